import {
  checkInFloat64,
  checkOfRun,
  describeVerdict,
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
  norm: { title: "Norm ‖W‖ against step", styles: [{ color: "--line-4", dash: [], marker: "diamond" }] },
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
    verdict: (run) => describeVerdict(limitFactsOf(run).verdict),
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
      trace: run.trace,
    }),
    arrays: ({ trace, limits }, end) => ({ trained: { ...end, trace }, limits }),
  };
}

function limitFactsOf({ loaded, limits, trace, stepSize, heldBack }: RunSoFar<TracePoint>): LimitFacts {
  return limitFacts(loaded.problem, limits ?? {}, { trace, stepSize, heldBack });
}
