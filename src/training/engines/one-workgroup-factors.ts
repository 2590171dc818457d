import type { GpuArray } from "../../gpu/array.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import { decoderStep } from "../../kernels/decoder-step.ts";
import { numberParams } from "../../kernels/entrywise-step.ts";
import { factorDescent, factorWork } from "../../kernels/factor-descent.ts";
import { MOVING_PARTS } from "../../kernels/one-workgroup-descent.ts";
import { pairArray } from "../../maps/decoder.ts";
import type { DeviceProblem } from "../../maps/device-problem.ts";
import { prepareFactorLoss, type FactorShape } from "../../maps/factors.ts";
import { residentStepOf } from "../methods/method.ts";
import { paceOf } from "../methods/schedule.ts";
import { scaleFor } from "./direction.ts";
import type { FactorIteration, FactorStepping } from "./factor-iteration.ts";
import { arraysOf, copyPair } from "./iteration.ts";
import { chooseTile, powersOfTwo } from "./one-workgroup.ts";
import { SEGMENT, segmentEnd } from "./segments.ts";
import { LARGEST_ROW } from "./stepwise-factors.ts";

/**
 * Compiles and binds the kernels of steps of both factors that stay in one workgroup, hundreds a dispatch. What the steps of a segment
 * move the factors by is summed apart from them in float32, and added to their pair where the segment ends.
 */
export async function prepareOneWorkgroupFactors(
  workspace: Workspace,
  device: DeviceProblem,
  shape: FactorShape,
  { method, stepSize, taken: first, ridge, decay }: FactorStepping,
): Promise<FactorIteration> {
  const { words, contexts, paddedWords, paddedContexts: stride, paddedDim: columns } = shape;
  const rows = { words: paddedWords + stride, paddedDim: columns };
  const [start, factors] = [pairArray(workspace, "factors", rows), pairArray(workspace, "current factors", rows)];
  const { length } = start.high;
  const loss = await prepareFactorLoss(workspace, device, shape, factors);
  const moving = workspace.array("moving", "f32", [MOVING_PARTS, rows.words, columns]);
  const { along, decay: momentum } = residentStepOf(method);
  const scale = scaleFor(LARGEST_ROW, method);
  const sizes = { padded_words: paddedWords, stride, columns };
  const arrays = {
    base_high: start.high,
    base_low: start.low,
    ...denseRows(workspace, device, stride),
    weights: device.weights,
    count: workspace.array("step count", "u32", [1], Uint32Array.of(first)),
    moving,
    work: workspace.array("both factors and logits", "f32", [factorWork(sizes)]),
  };
  const params = {
    ...{ words, contexts, ...sizes, step_size: stepSize, ...paceOf(method), scale, decay: momentum },
    ridge: decay === "coupled" ? ridge : 0,
    beside: decay === "decoupled" ? ridge : 0,
    ...numberParams(typeof along === "string" ? [] : along.numbers(scale)),
  };
  const step = typeof along === "string" ? along : along.rule;
  const variant = { ...chooseTile(workspace, words), dim: columns, step };
  const still = {
    direction_high: moving,
    direction_low: workspace.array("zeros", "f32", [length]),
    step_length: workspace.array("step length", "f32", [1], Float32Array.of(-1)),
  };
  const [foldStart, foldCurrent, ...steps] = await Promise.all([
    ...[start, factors].map(({ high, low }) =>
      workspace.prepare(decoderStep, {
        arrays: { ...still, decoder: high, decoder_low: low },
        params: { length, zero: 0 },
      }),
    ),
    ...powersOfTwo(SEGMENT).map((count) =>
      workspace.prepare(factorDescent, { arrays, params: { ...params, steps: count } }, variant),
    ),
  ]);
  const materialise: FactorIteration["materialise"] = (batch) => {
    copyPair(batch, start, factors);
    batch.dispatch(foldCurrent!);
  };
  let taken = first;
  return {
    advance: (batch, count) => {
      for (const last = taken + count; taken < last;) {
        const end = segmentEnd(taken);
        const wanted = Math.min(last, end) - taken;
        batch.dispatch(...steps.filter((_, power) => (wanted >> power) & 1));
        taken += wanted;
        if (taken < end) continue;
        batch.dispatch(foldStart!);
        batch.clear(moving, length);
      }
    },
    materialise,
    loss: (batch) => {
      materialise(batch);
      loss.loss(batch);
    },
    measure: (batch) => loss.measure(batch),
    measures: loss.measures,
    state: [...arraysOf(start), moving],
    factors,
    start,
  };
}

/** p and log p of every word in every context, [V, stride], 0 off the supports. */
function denseRows(
  workspace: Workspace,
  { problem }: DeviceProblem,
  stride: number,
): Record<"probabilities" | "log_probabilities", GpuArray<"f32">> {
  const { contextCount, vocabularySize, offsets, tokens, probabilities } = problem;
  const dense = (label: string, value: (p: number) => number): GpuArray<"f32"> =>
    workspace.array(label, "f32", [vocabularySize, stride], () => {
      const values = new Float32Array(vocabularySize * stride);
      for (let j = 0; j < contextCount; j++)
        for (let k = offsets[j]!; k < offsets[j + 1]!; k++) values[tokens[k]! * stride + j] = value(probabilities[k]!);
      return values;
    });
  return { probabilities: dense("probabilities", (p) => p), log_probabilities: dense("log-probabilities", Math.log) };
}
