import { dualExtrapolation } from "./dual-extrapolation.ts";
import { dualStep } from "./dual-step.ts";
import { nesterovFactor } from "./nesterov-factor.ts";

/** The arrays of one problem of the kernel one-workgroup-ascent; matrices are [words, stride]. */
export interface OneWorkgroupAscent {
  readonly gram: ArrayLike<number>;
  readonly linear: ArrayLike<number>;
  readonly room: ArrayLike<number>;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** t, factor. */
  readonly state: ArrayLike<number>;
}

/** x, y and state of one problem after an iteration of the kernel one-workgroup-ascent, in float64. */
export function oneWorkgroupAscent(
  given: OneWorkgroupAscent,
  shape: { contexts: number; words: number; stride: number },
): { x: Float64Array; y: Float64Array; state: [t: number, factor: number] } {
  const { gram, y } = given;
  const { words, stride } = shape;
  const gradient = new Float64Array(words * stride);
  for (let v = 0; v < words; v++)
    for (let j = 0; j < stride; j++)
      for (let k = 0; k < stride; k++) gradient[v * stride + j]! += y[v * stride + k]! * gram[k * stride + j]!;
  const { moved, overlap } = dualStep({ ...given, moved: gradient }, shape);
  const state = nesterovFactor(overlap, given.state[0]!);
  return { x: moved, y: dualExtrapolation(moved, given.x, state[1]), state };
}
