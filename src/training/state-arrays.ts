import type { GpuArray } from "../gpu/array.ts";
import { joinDecoder, type PairArray } from "../maps/decoder.ts";
import { deviceShape } from "../maps/device-shape.ts";
import { joinFactors, type Factors, type FactorShape } from "../maps/factors.ts";
import type { Problem } from "../problem/problem.ts";
import type { Recorded } from "./engines/iteration.ts";

/** The arrays of a state, by name. */
type StateArrays = Readonly<Record<string, Float32Array>>;

/** A start as the pair of arrays that it is on the device. */
export type Split = Record<"high" | "low", Float32Array<ArrayBuffer>>;

/** The state of a run before its first step: zero, but for what it starts from. */
export function arraysAtStart(
  { state }: Pick<Recorded, "state">,
  starts: readonly PairArray[],
  given: Split | undefined,
): StateArrays {
  const written = new Map<GpuArray<"f32">, Float32Array>();
  if (given) for (const { high, low } of starts) written.set(high, given.high).set(low, given.low);
  return Object.fromEntries(state.map((array) => [array.label, written.get(array) ?? new Float32Array(array.length)]));
}

/** W, V × d, as the device would add it up: the decoder that the last segment of steps began with, and how far it has moved since then. */
export function decoderOf(problem: Problem, arrays: StateArrays): Float64Array {
  const shape = deviceShape(problem);
  const decoder = joinDecoder(partsOf(arrays, "decoder"), shape);
  const { coefficients } = arrays;
  if (!coefficients) return decoder;
  const { words, contexts, dim, paddedContexts: stride } = shape;
  for (let v = 0; v < words; v++)
    for (let j = 0; j < contexts; j++)
      for (let i = 0; i < dim; i++)
        decoder[v * dim + i]! += coefficients[v * stride + j]! * problem.embeddings[j * dim + i]!;
  return decoder;
}

/** Likewise W and H. */
export const factorsOf = (shape: FactorShape, arrays: StateArrays): Factors =>
  joinFactors(partsOf(arrays, "factors"), shape);

/** What has to be added up: of what a segment has moved by, the first part of its array. */
const partsOf = (arrays: StateArrays, label: string): Float32Array[] =>
  [label, `${label} low`, "moving", "moving low"].flatMap((name) => arrays[name] ?? []);
