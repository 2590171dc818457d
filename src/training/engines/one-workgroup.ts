import type { GpuArray } from "../../gpu/array.ts";
import type { Recorder } from "../../gpu/batch.ts";
import type { Dispatch } from "../../gpu/kernel.ts";
import type { Workspace } from "../../gpu/workspace.ts";
import type { OneWorkgroupTile } from "../../../shaders/lib/one-workgroup-product.wgsl.ts";
import { coefficientDescent } from "../../kernels/coefficient-descent.ts";
import { decoderStep } from "../../kernels/decoder-step.ts";
import { prepareSupportAdjoint, prepareSupportLogits } from "../../maps/data-subspace.ts";
import type { PairArray } from "../../maps/decoder.ts";
import type { DeviceProblem } from "../../maps/device-problem.ts";
import { prepareLoss } from "../../maps/loss.ts";
import { relativeLogits } from "../../kernels/relative-logits.ts";
import { numberParams } from "../../kernels/entrywise-step.ts";
import { MOVING_PARTS, oneWorkgroupDescent } from "../../kernels/one-workgroup-descent.ts";
import { residentStepOf } from "../methods/method.ts";
import { paceOf } from "../methods/schedule.ts";
import { batchOf, type ProblemBatch } from "../../maps/problem-batch.ts";
import { hasCoefficients } from "./execution.ts";
import { gradientScale } from "./direction.ts";
import { copyPair, type Iteration, type Stepping } from "./iteration.ts";
import { SEGMENT, segmentEnd } from "./segments.ts";

/** Runs of one or many problems of one shape, side by side, whose steps stay on the device. */
export interface OneWorkgroupRuns extends Pick<Iteration, "advance" | "materialise" | "decoder" | "state"> {
  /** The decoders that the segment begins with, [count, V, paddedDim] as a pair: where those to start from belong. */
  readonly start: PairArray;
}

/** Compiles and binds the kernels of runs, hundreds of steps in a dispatch. */
export async function prepareRuns(
  workspace: Workspace,
  batched: ProblemBatch,
  stepping: Stepping,
): Promise<OneWorkgroupRuns> {
  const { words, contexts, paddedDim, paddedContexts: stride } = batched.shape;
  const rows = batched.problems.length * words;
  const decoders = (label: string): PairArray => ({
    high: workspace.array(label, "f32", [rows, paddedDim]),
    low: workspace.array(`${label} low`, "f32", [rows, paddedDim]),
  });
  const [start, decoder] = [decoders("decoder"), decoders("current decoder")];
  const logitPairs = workspace.array("dense logits", "f32", [rows, stride, 2]);
  const prepareSegment = hasCoefficients(stepping.method, batched.shape) ? prepareCoefficients : prepareMoving;
  const [segment, ...rebase] = await Promise.all([
    prepareSegment(workspace, batched, stepping),
    prepareSupportLogits(workspace, batched.rows, start, logitPairs),
    workspace.prepare(relativeLogits, {
      arrays: {
        logits: logitPairs,
        log_probabilities: batched.logProbabilities,
        origins: batched.origins,
        relative: batched.relative,
      },
      params: { rows, words, contexts, stride, zero: 0 },
    }),
  ]);
  const [foldStart, foldCurrent] = await Promise.all([segment.fold(start), segment.fold(decoder)]);
  let { taken } = stepping;
  let isRebased = false;
  return {
    advance: (batch, count) => {
      for (const last = taken + count; taken < last;) {
        if (!isRebased) batch.dispatch(...rebase);
        const end = segmentEnd(taken);
        const length = Math.min(last, end) - taken;
        batch.dispatch(...segment.steps.filter((_, power) => (length >> power) & 1));
        taken += length;
        isRebased = taken < end;
        if (isRebased) continue;
        batch.dispatch(foldStart);
        segment.clear(batch);
      }
    },
    materialise: (batch) => {
      copyPair(batch, start, decoder);
      batch.dispatch(foldCurrent);
    },
    decoder,
    state: [start.high, start.low, ...segment.state],
    start,
  };
}

/** A run whose steps stay on the device, measured by its loss. */
export async function prepareOneWorkgroup(
  workspace: Workspace,
  device: DeviceProblem,
  stepping: Stepping,
): Promise<Iteration> {
  const runs = await prepareRuns(workspace, batchOf(workspace, device), stepping);
  const loss = await prepareLoss(workspace, device, runs.decoder);
  return {
    ...loss,
    ...runs,
    loss: (batch) => {
      runs.materialise(batch);
      loss.loss(batch);
    },
    start: [runs.start],
  };
}

/** What takes the steps of a segment. */
interface Segment {
  /** Dispatches of 1, 2, 4 … SEGMENT steps. */
  readonly steps: readonly Dispatch[];
  /** Adds what the steps have moved to the decoders. */
  fold(into: PairArray): Promise<Dispatch>;
  /** Forgets what has been folded in. */
  clear(batch: Recorder): void;
  readonly state: readonly GpuArray<"f32">[];
}

async function prepareCoefficients(
  workspace: Workspace,
  batched: ProblemBatch,
  { method, stepSize, taken }: Stepping,
): Promise<Segment> {
  const { words, contexts, paddedContexts: stride } = batched.shape;
  const { decay } = residentStepOf(method);
  const problems = batched.problems.length;
  const rows = problems * words;
  const coefficients = workspace.array("coefficients", "f32", [rows, stride]);
  const direction = workspace.array("direction", "f32", decay > 0 ? [rows, stride] : [1]);
  const arrays = {
    gram: batched.gram(),
    relative: batched.relative,
    probabilities: batched.probabilities,
    weights: batched.weights,
    count: workspace.array("step count", "u32", [problems], new Uint32Array(problems).fill(taken)),
    coefficients,
    direction,
    change: workspace.array("change of logits", "f32", [rows, stride]),
  };
  const shared = {
    problems,
    words,
    contexts,
    stride,
    step_size: stepSize,
    ...paceOf(method),
    momentum: decay,
  };
  const variant = { ...chooseTile(workspace, words), hasMomentum: decay > 0 };
  return {
    steps: await Promise.all(
      powersOfTwo(SEGMENT).map((steps) =>
        workspace.prepare(coefficientDescent, { arrays, params: { ...shared, steps } }, variant),
      ),
    ),
    fold: (into) => prepareSupportAdjoint(workspace, batched.rows, coefficients, into, { stepSize: -1, decay: 1 }),
    clear: (batch) => batch.clear(coefficients, coefficients.length),
    state: decay > 0 ? [coefficients, direction] : [coefficients],
  };
}

async function prepareMoving(
  workspace: Workspace,
  batched: ProblemBatch,
  { method, stepSize, taken }: Stepping,
): Promise<Segment> {
  const { words, contexts, paddedDim: columns, paddedContexts: stride } = batched.shape;
  const problems = batched.problems.length;
  const length = problems * words * columns;
  const moving = workspace.array("moving", "f32", [MOVING_PARTS, problems, words, columns]);
  const arrays = {
    embeddings: batched.embeddings,
    embeddings_t: batched.embeddingsT,
    relative: batched.relative,
    probabilities: batched.probabilities,
    weights: batched.weights,
    count: workspace.array("step count", "u32", [problems], new Uint32Array(problems).fill(taken)),
    change: workspace.array("change of logits", "f32", [problems, words, stride]),
    moving,
  };
  const scale = Math.min(...batched.problems.map((problem) => gradientScale(problem, method)));
  const { along, decay } = residentStepOf(method);
  const shared = {
    ...{ problems, words, contexts, stride, columns },
    ...{ step_size: stepSize, ...paceOf(method), scale, decay },
    ...numberParams(typeof along === "string" ? [] : along.numbers(scale)),
  };
  const variant = { ...chooseTile(workspace, words), step: typeof along === "string" ? along : along.rule };
  const still = {
    direction_low: workspace.array("zeros", "f32", [length]),
    step_length: workspace.array("step length", "f32", [1], Float32Array.of(-1)),
  };
  return {
    steps: await Promise.all(
      powersOfTwo(SEGMENT).map((steps) =>
        workspace.prepare(oneWorkgroupDescent, { arrays, params: { ...shared, steps } }, variant),
      ),
    ),
    fold: (into) =>
      workspace.prepare(decoderStep, {
        arrays: { direction_high: moving, ...still, decoder: into.high, decoder_low: into.low },
        params: { length, zero: 0 },
      }),
    clear: (batch) => batch.clear(moving, length),
    state: [moving],
  };
}

export const powersOfTwo = (largest: number): number[] =>
  Array.from({ length: Math.log2(largest) + 1 }, (_, power) => 2 ** power);

/** The layout of the workgroup: a single subgroup where barriers cost by the subgroup, enough threads elsewhere. */
export function chooseTile({ gpu }: Workspace, words: number): OneWorkgroupTile {
  const rows = Math.ceil(words / Math.ceil(words / 12));
  const sharing = gpu.device.features.has("subgroups") ? "quad" : "none";
  return gpu.adapter.isSoftware
    ? { words, lanes: 4, rows, columns: 4, sharing }
    : { words, lanes: 64, rows: Math.min(rows, 4), columns: 1, sharing: "none" };
}
