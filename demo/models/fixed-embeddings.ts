import {
  checkInFloat64,
  chooseMethod,
  defaultStepSize,
  findSafeStep,
  safeStepFormula,
  checkOfRun,
  describeVerdict,
  predict,
  predictionRows,
  type PredictionRow,
  limitFacts,
  memoryNeeded,
  minimiserAt,
  train,
  USUAL_FIGURES,
  type LimitFacts,
  type Method,
  type Optimizer,
  type Schedule,
  type DecoderPoint,
  type Float64State,
  type Problem,
  type TrainResult,
} from "../../src/index.ts";
import { chartsOf, type ChartFrame } from "../charts.ts";
import { fixedLimits, type KnownLimits } from "../limits.ts";
import { float64Limits } from "../float64/limits.ts";
import { float64Run, whyNotInFloat64 } from "../float64/run.ts";
import { headlineOfDecoder, KNOWN_RADIANS } from "./headline.ts";
import { PAGE_CHECK, type Model, type RunSoFar } from "./model.ts";

export interface FixedSettings {
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  /** Undefined for the safe one, or the usual one where there is none. */
  readonly stepSize: number | undefined;
  readonly initial: "zero" | "lecun";
}

const FRAMES: Readonly<Record<string, ChartFrame>> = {
  gap: { title: "Loss gap" },
  norm: {
    title: "Norm ‖W‖, which grows like log k",
    isLinear: true,
    styles: [
      { color: "--line-4", dash: [], marker: "diamond" },
      { color: "--line-1", dash: [7, 4], marker: "circle" },
    ],
  },
  direction: {
    title: "How far the direction is: 1 − cos(·, W_mm)",
    shorten: (label) => /^1 − cos\((.*), W_mm\)$/.exec(label)?.[1] ?? label,
    absent: whyNoDirection,
  },
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

/** W alone. */
export function fixedEmbeddings({
  optimizer,
  schedule,
  stepSize: asked,
  initial,
}: FixedSettings): Model<DecoderPoint, TrainResult> {
  const method = chooseMethod({ optimizer, schedule });
  const stepSize = asked ?? defaultStepSize(method);
  return {
    name: "fixed",
    figures: USUAL_FIGURES,
    charts: FIXED_CHARTS,
    spoken: ["lossGap", "norm"],
    stepSize: stepSize === "safe" ? { rule: safeStepFormula(method) } : stepSize,
    whenDiverged: optimizer === "gradient-descent" ? SAFER_STEP : "Choose a smaller one.",
    needs: async (problem) => {
      const { contextCount: m, vocabularySize: V, embeddingDim: d } = problem;
      // the logits and the gradient
      return { ...(await memoryNeeded(problem, method)), multiplyAdds: 2 * m * V * d };
    },
    findLimits: fixedLimits,
    predict: async (problem, limits, signal) => {
      const size = stepSize === "safe" ? await findSafeStep(problem, method) : stepSize;
      return await predict(problem, limits, { ...method, stepSize: size }, { signal });
    },
    train: (gpu, problem, { from, onStep, seed, ...stretch }) =>
      train(gpu, problem, {
        ...stretch,
        ...(isKept(problem) && { keep: stretch.record }),
        onProgress: ({ step }) => onStep(step),
        ...(from ? { from } : { ...method, stepSize, initial, seed }),
      }),
    inFloat64: {
      whyNot: (problem) => whyNotInFloat64(problem, "fixed", method),
      findLimits: float64Limits,
      train: (problem, { steps, record, seed, towards, from, signal, onStep }) =>
        float64Run(problem, {
          ...{ method, stepSize, initial, steps, record, seed, towards, signal, onStep },
          from: from as Float64State | undefined,
          keep: isKept(problem) ? record : [],
        }),
    },
    check: async (problem, limits, { decoder, trace }, last) => {
      const heldBack = await minimiserAt(problem, limits, decoder);
      return { check: checkOfRun(checkInFloat64(problem, decoder, last, PAGE_CHECK), trace), heldBack };
    },
    headline: (run) => {
      const { loaded, limits, trace } = run;
      if (!limits) return undefined;
      const { tokens, contextCount: m, vocabularySize: V } = loaded.problem;
      return headlineOfDecoder(rowsOf(run), limitFactsOf(run, method).verdict, {
        alignment: (limits.margin?.angleBoundRadians ?? NaN) <= KNOWN_RADIANS ? trace.at(-1)?.alignment : undefined,
        hasWords: tokens.length < m * V,
      });
    },
    verdict: (run) => describeVerdict(limitFactsOf(run, method).verdict),
    facts: (run) => ({
      initial,
      ...method,
      stepSize: run.stepSize,
      stepSizeRule: asked !== undefined ? "given" : stepSize === "safe" ? "safe" : "default",
      execution: run.end?.execution,
      memoryBytes: run.end?.memoryBytes,
      final: run.trace.at(-1),
      float64Check: run.check,
      ...limitFactsOf(run, method),
      predictions: rowsOf(run),
      trace: run.trace,
    }),
    arrays: ({ trace, limits }, end) => ({ trained: { ...end, trace }, limits }),
  };
}

/** Entries of a decoder that is kept at every recorded step, of which there are a hundred or so. */
const MOST_KEPT = 40_000;
const isKept = ({ vocabularySize, embeddingDim }: Problem): boolean => vocabularySize * embeddingDim <= MOST_KEPT;
const SAFER_STEP = "Choose a smaller one; with the safe one, 1/L, the loss never rises.";

const rowsOf = ({ predictions, trace }: RunSoFar<DecoderPoint>): PredictionRow[] => predictionRows(predictions, trace);

function limitFactsOf(
  { loaded, limits, trace, stepSize, heldBack }: RunSoFar<DecoderPoint>,
  { optimizer, schedule }: Method,
): LimitFacts {
  return limitFacts(loaded.problem, limits ?? {}, { trace, optimizer, schedule, stepSize, heldBack });
}
