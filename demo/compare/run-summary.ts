import {
  FACTOR_FIGURES,
  safeStepFormula,
  USUAL_FIGURES,
  type Optimizer,
  type PredictionRow,
  type RunRecord,
  type Schedule,
} from "../../src/index.ts";
import { plainFigure } from "../format.ts";
import type { PageFigure, RunPoint } from "../models/point.ts";
import { recordOf } from "../record.ts";
import type { RunView } from "../run-view.ts";

/** A recorded step with its figures alone. */
export type SummaryPoint = Readonly<Partial<Record<PageFigure["key"], number>>> & { readonly step: number };

/** The settings in which runs differ, in the order in which a name says them. */
export const SETTINGS = [
  "problem",
  "trained",
  "optimizer",
  "step",
  "initial",
  "seed",
  "dimension",
  "smoothing",
  "ridge",
  "scale",
] as const;

/** What a run comes to, for comparison with others: figures without decoders, as they will stay. */
export interface RunSummary {
  readonly model: "fixed" | "trained";
  /** Each as a name says it, empty where a run has no such setting. */
  readonly settings: Readonly<Record<(typeof SETTINGS)[number], string>>;
  readonly optimizer: Optimizer;
  /** How the run stood, one word. */
  readonly status: string;
  /** Steps taken. */
  readonly steps: number;
  /** H in nats. */
  readonly entropy: number;
  /** ‖W_mm‖, where it is known. */
  readonly marginNorm: number | undefined;
  readonly predictions: readonly PredictionRow[];
  readonly trace: readonly SummaryPoint[];
}

/** What of a record a summary is made of. */
export type SummaryRecord = Pick<
  RunRecord,
  "source" | "optimizer" | "schedule" | "stepSizeRule" | "initial" | "seed" | "status" | "steps" | "problem" | "entropy"
> &
  Partial<Pick<RunRecord, "stepSize" | "smoothing" | "margin" | "embeddings" | "predictions">> & {
    readonly trace: readonly RunPoint[];
  };

const DIVISORS: Readonly<Record<Schedule, string>> = { constant: "", "inverse-sqrt": "/√k", inverse: "/k" };
const STARTS: Readonly<Record<RunRecord["initial"], string>> = {
  zero: "from zero",
  lecun: "LeCun start",
  gaussian: "",
};

/** An optimiser in words. */
const optimizerWords = (optimizer: Optimizer): string =>
  optimizer === "adam" || optimizer === "muon"
    ? optimizer.charAt(0).toUpperCase() + optimizer.slice(1)
    : optimizer.replace("-", " ");

/** Of the run as the page has it now. */
export function summaryOf(view: RunView): RunSummary {
  return summarise({ ...recordOf(view), smoothing: view.settings.smoothing, trace: view.trace });
}

export function summarise(record: SummaryRecord): RunSummary {
  const { source, optimizer, initial, seed, problem, smoothing = 0, embeddings, margin, predictions = [] } = record;
  const { ridge = 0, decay, scale } = embeddings ?? {};
  return {
    model: embeddings ? "trained" : "fixed",
    settings: {
      problem: source.name,
      trained: embeddings ? "W and H" : "W alone",
      optimizer: optimizerWords(optimizer),
      step: stepWords(record),
      initial: STARTS[initial],
      seed: `seed ${seed}`,
      dimension: `d = ${embeddings?.dimension ?? problem.embeddingDim}`,
      smoothing: `ε = ${smoothing}`,
      ridge: ridge > 0 ? `λ = ${ridge}, ${decay}` : "no ridge",
      scale: scale === undefined ? "" : `start scale ${scale}`,
    },
    optimizer,
    status: record.status,
    steps: record.steps,
    entropy: record.entropy,
    marginNorm: Number.isFinite(margin?.norm) ? margin?.norm : undefined,
    predictions,
    trace: record.trace.map(figuresOfPoint),
  };
}

function stepWords({ optimizer, schedule, stepSizeRule, stepSize: own, embeddings }: SummaryRecord): string {
  const stepSize = own ?? embeddings?.stepSize;
  const divisor = DIVISORS[schedule];
  if (stepSizeRule === "safe") {
    const formula = safeStepFormula({ optimizer });
    return divisor ? `(${formula})${divisor}` : formula;
  }
  return stepSize === undefined ? `usual η${divisor}` : `η ${plainFigure(stepSize)}${divisor}`;
}

const KEYS = new Set<string>([...USUAL_FIGURES, ...FACTOR_FIGURES].map(({ key }) => key));

function figuresOfPoint(point: RunPoint): SummaryPoint {
  const figures = Object.entries(point).filter(([name, value]) => KEYS.has(name) && typeof value === "number");
  return { step: point.step, ...Object.fromEntries(figures) };
}
