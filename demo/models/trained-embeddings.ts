import {
  checkInFloat64,
  chooseMethod,
  checkOfRun,
  defaultFactorStep,
  describeEmbeddingPoint,
  describeNuclear,
  embeddingFacts,
  memoryNeeded,
  embeddingTheory,
  FACTOR_FIGURES,
  nuclearFacts,
  predict,
  predictionRows,
  trainEmbeddings,
  withEmbeddings,
  type Decay,
  type EmbeddingPoint,
  type Optimizer,
  type Problem,
  type Schedule,
  type TrainEmbeddingsOptions,
  type TrainEmbeddingsResult,
  type VerdictLine,
} from "../../src/index.ts";
import { chartsOf, type ChartFrame } from "../charts.ts";
import { trainedLimits, type KnownLimits } from "../limits.ts";
import { fourDigits } from "../format.ts";
import { angleWords, lawWords } from "./headline.ts";
import { PAGE_CHECK, type Model } from "./model.ts";

export interface TrainedSettings {
  /** Default min(V, 128). */
  readonly dimension: number | undefined;
  readonly ridge: number;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly decay: Decay;
  /** Undefined for the usual one. */
  readonly stepSize: number | undefined;
  readonly scale: number;
}

const MOST_BY_DEFAULT = 128;

/** Steps that are recorded, and whose factors are kept, beside powers of ten and the last. */
const KEPT: readonly number[] = [0, 3000];

/** Entries of both factors that are kept at every recorded step, of which there are a hundred or so; they are saved with a run. */
const MOST_KEPT = 10_000;

const FRAMES: Readonly<Record<string, ChartFrame>> = {
  gap: { title: "Loss gap" },
  collapse: { title: "Contexts with the same next words", absent: whyNoCollapse },
  norms: { title: "Norms ‖W‖ and ‖H‖", isLinear: true },
  direction: { title: "How far the direction is from L_mm", absent: whyNoLimit },
  subspace: { title: "In the data subspace", absent: whyNoLimit },
  structure: { title: "How far the cosines are from those of theory", absent: whyNoLimit },
};

function whyNoLimit({ nuclear, missing }: KnownLimits): string | undefined {
  return nuclear ? undefined : missing;
}

function whyNoCollapse(limits: KnownLimits): string | undefined {
  const { supports } = limits.nuclear ?? {};
  if (supports?.count === supports?.ofContext.length && supports)
    return "No two contexts have the same next words here, so that there is nothing to collapse.";
  return whyNoLimit(limits);
}

const CHARTS = chartsOf(FACTOR_FIGURES, FRAMES);

const isKept = (step: number): boolean => KEPT.includes(step) || /^10*$/.test(String(step));

/** W and H together. */
export function trainedEmbeddings(settings: TrainedSettings): Model<EmbeddingPoint, TrainEmbeddingsResult> {
  const { ridge, optimizer, schedule, decay, stepSize, scale } = settings;
  const method = chooseMethod({ optimizer, schedule });
  const modelOf = ({ vocabularySize }: Problem): Pick<TrainEmbeddingsResult, "dimension" | "ridge" | "decay"> => ({
    dimension: settings.dimension ?? Math.min(vocabularySize, MOST_BY_DEFAULT),
    ...{ ridge, decay },
  });
  return {
    name: "trained",
    figures: FACTOR_FIGURES,
    charts: CHARTS,
    spoken: ["lossGap", "decoderNorm", "embeddingNorm"],
    stepSize: stepSize ?? { rule: "default" },
    whenDiverged: "Choose a smaller one.",
    needs: async (problem) => {
      const run = { ...method, ...modelOf(problem) };
      const { contextCount: m, vocabularySize: V } = problem;
      // the logits and both gradients
      const multiplyAdds = 3 * m * V * run.dimension;
      return { ...(await memoryNeeded(problem, { model: "embeddings", ...run })), multiplyAdds };
    },
    findLimits: trainedLimits,
    predict: async (problem, limits, signal) => {
      const size = stepSize ?? defaultFactorStep(problem, method);
      const run = { model: "embeddings", ...method, ...modelOf(problem), stepSize: size } as const;
      return limits.nuclear ? await predict(problem, limits, run, { signal }) : [];
    },
    train: (gpu, problem, { from, onStep, onCheckpoint, seed, steps, record, towards, signal }) => {
      const size = modelOf(problem).dimension * (problem.vocabularySize + problem.contextCount);
      const first = from?.step ?? -1;
      const recorded = [...record, ...KEPT.filter((step) => step > first && step <= steps)];
      return trainEmbeddings(gpu, problem, {
        ...{ steps, record: recorded, signal },
        keep: recorded.filter((step) => size <= MOST_KEPT || isKept(step) || step === steps),
        ...towardsEmbeddings(towards),
        onProgress: ({ step }) => onStep(step),
        onCheckpoint,
        ...(from
          ? { from }
          : { ...modelOf(problem), ...method, scale, seed, ...(stepSize !== undefined && { stepSize }) }),
      });
    },
    check: (problem, _, { decoder, embeddings, trace }, last) => {
      const ofLast = checkInFloat64(withEmbeddings(problem, embeddings), decoder, last, PAGE_CHECK);
      return Promise.resolve({ check: checkOfRun(ofLast, trace) });
    },
    headline: ({ limits, trace, predictions }) => {
      const last = trace.at(-1);
      if (!limits || !last) return undefined;
      const { words } = lawWords(predictionRows(predictions, trace));
      const aligned =
        limits.missing !== undefined || last.alignment === undefined
          ? ""
          : `logits point ${angleWords(last.alignment)} from L_mm, `;
      // how soon its law holds is expected of it, and not proved
      return { text: `On course: ${aligned}loss gap ${fourDigits(last.lossGap)}${words}.`, tone: "calm" };
    },
    verdict: ({ loaded: { problem }, limits, trace }) => {
      const last = trace.at(-1);
      const theory = embeddingTheory(problem, { ...modelOf(problem), optimizer });
      return [
        { kind: "theory", name: "theory", text: theory },
        ...linesOf("theory", limits?.nuclear ? describeNuclear(nuclearFacts(limits.nuclear)) : []),
        ...linesOf("figure", last ? describeEmbeddingPoint(last) : []),
      ];
    },
    facts: ({ loaded: { problem }, limits, predictions, trace, stepSize: found, step, phase, end, check }) => ({
      initial: "gaussian",
      ...{ optimizer, schedule },
      stepSizeRule: stepSize === undefined ? "default" : "given",
      ...(limits?.nuclear && { nuclear: nuclearFacts(limits.nuclear) }),
      embeddings: embeddingFacts(problem, {
        ...{ ...modelOf(problem), optimizer, schedule, scale, stepSize: found },
        ...{ status: phase, steps: step, float64Check: check, trace },
        ...{ execution: end?.execution, memoryBytes: end?.memoryBytes },
      }),
      predictions: predictionRows(predictions, trace),
      trace: [],
    }),
    arrays: ({ limits, trace }, end) => ({ nuclear: limits?.nuclear, embeddings: { ...end, trace } }),
  };
}

function towardsEmbeddings(limits: KnownLimits | Promise<KnownLimits>): Pick<TrainEmbeddingsOptions, "towards"> {
  if ("then" in limits) return { towards: limits.then(({ embeddings }) => embeddings) };
  return limits.embeddings ? { towards: limits.embeddings } : {};
}

const linesOf = (
  kind: "theory" | "figure",
  lines: readonly { readonly name: string; readonly text: string }[],
): VerdictLine[] => lines.map((line) => ({ kind, ...line }));
