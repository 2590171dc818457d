import {
  checkInFloat64,
  checkOfRun,
  describePredictions,
  describeVerdict,
  predict,
  predictionRows,
  type PredictionRow,
  estimateRun,
  limitFacts,
  memoryNeeded,
  minimiserAt,
  train,
  USUAL_FIGURES,
  type LimitFacts,
  type TracePoint,
  type TrainResult,
} from "../../src/index.ts";
import { chartsOf, type ChartFrame } from "../charts.ts";
import { fixedLimits, type KnownLimits } from "../limits.ts";
import { PAGE_CHECK, type Model, type RunSoFar } from "./model.ts";

export interface FixedSettings {
  readonly stepSize: number | "safe";
  readonly initial: "zero" | "lecun";
}

const FRAMES: Readonly<Record<string, ChartFrame>> = {
  gap: { title: "Loss gap against step" },
  norm: {
    title: "Norm ‖W‖ against step",
    styles: [
      { color: "--line-4", dash: [], marker: "diamond" },
      { color: "--line-1", dash: [7, 4], marker: "circle" },
    ],
  },
  direction: { title: "How far the direction is from W_mm", absent: whyNoDirection },
  subspace: {
    title: "In the data subspace",
    references: [
      { label: "‖W*‖, its size", color: "--ink-2", dash: [3, 3], value: (_, { finiteNorm = NaN }) => finiteNorm },
    ],
    absent: whyNoSubspace,
  },
};

function whyNoDirection({ margin, missing }: KnownLimits): string | undefined {
  if (margin?.decoder) return undefined;
  if (margin?.status === "infeasible-certified")
    return "There is no W_mm here: no decoder separates the words that follow from the others.";
  return margin ? "No decoder that separates was found, so there is no W_mm to compare with." : missing;
}

function whyNoSubspace({ finite, missing }: KnownLimits): string | undefined {
  if (finite?.rank.rank === 0) return "The data subspace has no dimension here: every context has a single next word.";
  return finite ? undefined : missing;
}

/** The charts of a run of the decoder. */
export const FIXED_CHARTS = chartsOf(USUAL_FIGURES, FRAMES);

/** W alone, by gradient descent. */
export function fixedEmbeddings({ stepSize, initial }: FixedSettings): Model<TracePoint, TrainResult> {
  return {
    name: "fixed",
    figures: USUAL_FIGURES,
    charts: FIXED_CHARTS,
    spoken: ["lossGap", "norm"],
    stepSize: stepSize === "safe" ? { rule: "1/L" } : stepSize,
    whenDiverged: "Choose a smaller one; with the safe one, 1/L, the loss never rises.",
    largestBufferBytes: async (problem) => (await memoryNeeded(problem)).largestBufferBytes,
    estimate: estimateRun,
    findLimits: fixedLimits,
    predict: async (problem, limits, signal) => {
      const { smoothness } = limits.stepSizes ?? {};
      const size = stepSize === "safe" ? smoothness && 1 / smoothness : stepSize;
      if (size === undefined) return [];
      const run = { optimizer: "gradient-descent", schedule: "constant", stepSize: size } as const;
      return await predict(problem, limits, run, { signal });
    },
    train: (gpu, problem, { from, onStep, seed, ...stretch }) =>
      train(gpu, problem, {
        ...stretch,
        onProgress: ({ step }) => onStep(step),
        ...(from ? { from } : { stepSize, initial, seed }),
      }),
    check: async (problem, limits, { decoder, trace }, last) => {
      const heldBack = await minimiserAt(problem, limits, decoder);
      return { check: checkOfRun(checkInFloat64(problem, decoder, last, PAGE_CHECK), trace), heldBack };
    },
    verdict: (run) => [
      ...describeVerdict(limitFactsOf(run).verdict),
      ...describePredictions(rowsOf(run)).map((line) => ({ kind: "prediction" as const, ...line })),
    ],
    facts: (run) => ({
      initial,
      optimizer: "gradient-descent",
      schedule: "constant",
      stepSize: run.stepSize,
      stepSizeRule: stepSize === "safe" ? "safe" : "given",
      execution: run.end?.execution,
      memoryBytes: run.end?.memoryBytes,
      final: run.trace.at(-1),
      float64Check: run.check,
      ...limitFactsOf(run),
      predictions: rowsOf(run),
      trace: run.trace,
    }),
    arrays: ({ trace, limits }, end) => ({ trained: { ...end, trace }, limits }),
  };
}

const rowsOf = ({ predictions, trace }: RunSoFar<TracePoint>): PredictionRow[] => predictionRows(predictions, trace);

function limitFactsOf({ loaded, limits, trace, stepSize, heldBack }: RunSoFar<TracePoint>): LimitFacts {
  return limitFacts(loaded.problem, limits ?? {}, { trace, stepSize, heldBack });
}
