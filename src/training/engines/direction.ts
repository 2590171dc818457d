import type { Dispatch } from "../../gpu/kernel.ts";
import type { GpuArray } from "../../gpu/array.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import { decoderStep } from "../../kernels/decoder-step.ts";
import { entrywiseStep, numberParams } from "../../kernels/entrywise-step.ts";
import type { PairArray } from "../../maps/decoder.ts";
import { prepareAbsoluteSum, prepareInner, prepareSquares } from "../../maps/norms.ts";
import { preparePolar } from "../../maps/polar.ts";
import { partialCount } from "../../kernels/inner-product.ts";
import { stepLength } from "../../kernels/step-length.ts";
import { isLinear, stepOf, type EntrywiseStep, type Method } from "../methods/method.ts";
import { paceOf } from "../methods/schedule.ts";
import type { Problem } from "../../problem/problem.ts";
import type { Stepping } from "./iteration.ts";

/**
 * What gradients are multiplied by on the device where they are squared: the power of two that takes the bound
 * ‖∇CE‖ ≤ √2 max_j ‖h_j‖, or that of a sum of gradients, to at most √2 · 2^60, so that squares neither overflow nor underflow before the gradient is
 * below 1e-37 of that bound.
 */
export function gradientScale({ embeddings, embeddingDim: d, contextCount: m }: Problem, method: Method): number {
  let largest = 2 ** -120;
  for (let j = 0; j < m; j++) {
    let square = 0;
    for (let i = j * d; i < (j + 1) * d; i++) square += embeddings[i]! ** 2;
    largest = Math.max(largest, square);
  }
  return scaleFor(Math.sqrt(largest) / (1 - stepOf(method).decay), method);
}

/** The same where another bound on what multiplies the residuals is known. */
export const scaleFor = (bound: number, method: Method): number =>
  isLinear(method) ? 1 : 2 ** (60 - Math.ceil(Math.log2(bound)));

/** What steps that are steepest in the max norm go along. */
const SIGNS = stepOf({ optimizer: "sign", schedule: "constant" }).along as EntrywiseStep;

interface Move extends Stepping {
  readonly decoder: PairArray;
  /** `scale` times the gradient, or momentum's sum of gradients. */
  readonly direction: PairArray;
  readonly scale: number;
}

/** The kernels that move the decoder along the direction, and what they hand on to the next step. */
export async function prepareMove(
  workspace: Workspace,
  { decoder, direction, scale, method, stepSize, taken }: Move,
): Promise<{
  move: readonly Dispatch[];
  /** The length of the step, once the kernel before the last of `move` has run. */
  stepLength: GpuArray<"f32">;
  state: readonly GpuArray<"f32">[];
}> {
  const { length, shape } = decoder.high;
  const { along } = stepOf(method);
  const isSteepest = along === "max" || along === "nuclear";
  const terms = along === "unit" || isSteepest ? partialCount(length) : 1;
  const parts = workspace.array("direction squares", "f32", [terms], new Float32Array(terms).fill(1));
  const count = workspace.array("step count", "u32", [1], Uint32Array.of(taken));
  const step_length = workspace.array("step length", "f32", [1]);
  const moving = { step_length, decoder: decoder.high, decoder_low: decoder.low };
  const choose = workspace.prepare(stepLength, {
    arrays: { parts, count, step_length },
    params: { terms, step_size: stepSize, ...paceOf(method), steepness: isSteepest ? 1 / scale : 0 },
  });
  if (typeof along !== "string" || along === "max") {
    const entrywise = along === "max" ? SIGNS : along;
    const { rule } = entrywise;
    const averages = rule.averages.map((label) => workspace.array(label, "f32", shape));
    const [first, second] = [0, 1].map((n) => averages[n] ?? workspace.array("no average", "f32", [1]));
    const follow = workspace.prepare(
      entrywiseStep,
      {
        arrays: { gradient: direction.high, count, first_average: first!, second_average: second!, ...moving },
        params: { length, zero: 0, averages: averages.length, ...numberParams(entrywise.numbers(scale)) },
      },
      rule,
    );
    const measure = along === "max" ? [prepareAbsoluteSum(workspace, direction.high, parts)] : [];
    return { move: await Promise.all([...measure, choose, follow]), stepLength: step_length, state: averages };
  }
  if (along === "polar" || along === "nuclear") {
    const { polar, dispatches } = await preparePolar(workspace, direction.high, {
      rows: shape[0]!,
      columns4: shape[1]! / 4,
    });
    const zeros = workspace.array("zeros", "f32", [length]);
    const follow = workspace.prepare(decoderStep, {
      arrays: { direction_high: polar, direction_low: zeros, ...moving },
      params: { length, zero: 0 },
    });
    const measure = along === "nuclear" ? [prepareInner(workspace, direction.high, polar, parts)] : [];
    const last = await Promise.all([...measure, choose, follow]);
    return { move: [...dispatches, ...last], stepLength: step_length, state: [] };
  }
  const follow = workspace.prepare(decoderStep, {
    arrays: { direction_high: direction.high, direction_low: direction.low, ...moving },
    params: { length, zero: 0 },
  });
  if (along !== "unit") return { move: await Promise.all([choose, follow]), stepLength: step_length, state: [] };
  const measure = prepareSquares(workspace, direction.high, parts);
  return { move: await Promise.all([measure, choose, follow]), stepLength: step_length, state: [] };
}
