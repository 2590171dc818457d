import { name as programName, version as programVersion } from "../../package.json";
import type { AdapterDescription } from "../gpu/adapter.ts";
import {
  chooseMethod,
  defaultStepSize,
  describeMethod,
  safeStepFormula,
  type Method,
} from "../training/methods/method.ts";
import type { Problem } from "../problem/problem.ts";
import type { Measure } from "../maps/loss.ts";
import type { Execution } from "../training/engines/execution.ts";
import { divisorOf } from "../training/methods/schedule.ts";
import { LIMIT_FIGURES, type LimitMeasures, type TracePoint } from "../figures/figures.ts";
import type { RidgePoint } from "../solvers/ridge-path/status.ts";
import type { Float64Check } from "../float64/gap-check.ts";
import { describeCheck } from "./float64-check.ts";
import { formatFigure } from "./format-figure.ts";
import type { LimitFacts } from "./limit-facts.ts";
import { describeEmbeddings, type EmbeddingFacts } from "./embedding-facts.ts";
import { describeNuclear, type NuclearFacts } from "./nuclear-facts.ts";
import { describePredictions, type PredictionRow } from "./prediction-facts.ts";
import { describeEdge } from "./step-sizes.ts";
import { describeVerdict } from "./verdict.ts";

/** Loss and norm of one decoder. */
export interface Figures extends Measure {
  /** CE in nats. */
  readonly loss: number;
}

/** A point of the regularization path, without its decoder. */
type PathFigures = Omit<RidgePoint, "decoder">;

/** What {@link runRecord} puts into a record as it is, besides the constants of the optimiser that are left out; of a point without its decoder. */
export interface RunFacts extends Partial<LimitFacts>, Method {
  /** How the run stands or ended, one word. */
  readonly status: string;
  /** Where the problem came from, and what was done to it on the way. */
  readonly source: { readonly name: string; readonly kind: string; readonly notes: readonly string[] };
  readonly adapter?: AdapterDescription | undefined;
  /** ε where the probabilities of the source were smoothed: `nuclear` and the trace of `embeddings` are towards the problem before. */
  readonly smoothing?: number | undefined;
  readonly seed: number;
  /** Gaussian for both factors. */
  readonly initial: "zero" | "lecun" | "gaussian";
  readonly stepSize?: number | undefined;
  /** Safe is 1/L for gradient descent, less for others, see {@link METHODS}; default is that of a run of both factors alone. */
  readonly stepSizeRule: "safe" | "default" | "given";
  /** Steps taken. */
  readonly steps: number;
  /**
   * From the start of the run to its last step; compiling, the search for the step size, and what the device does meanwhile for the
   * limits included, pauses left out.
   */
  readonly trainingMs: number;
  readonly execution?: Execution | undefined;
  /** GPU memory that the run held. */
  readonly memoryBytes?: number | undefined;
  /** Figures after `step` steps, the last that are known. */
  readonly final?: (Figures & { readonly step: number }) | undefined;
  readonly float64Check?: Float64Check | undefined;
  /** A decoder from elsewhere; the figures against limits are of the part of it that the loss depends on. */
  readonly evaluated?: (Figures & LimitMeasures & { readonly name: string; readonly gradientNorm: number }) | undefined;
  /** The regularization path. */
  readonly path?: readonly PathFigures[];
  /** The lines of theory, beside what was measured. */
  readonly predictions?: readonly PredictionRow[];
  /** A run of both factors. */
  readonly embeddings?: EmbeddingFacts;
  /** The margin problem in the nuclear norm of the logits. */
  readonly nuclear?: NuclearFacts;
  readonly trace: readonly TracePoint[];
}

/** What was run and what came out, without the arrays; goes into JSON. */
export interface RunRecord extends RunFacts {
  /** Name and version of this program. */
  readonly program: string;
  /** When the record was made, ISO 8601. */
  readonly date: string;
  readonly problem: {
    readonly contextCount: number;
    readonly vocabularySize: number;
    readonly embeddingDim: number;
    readonly supportEntries: number;
    readonly mergedCount: number;
  };
  /** H in nats. */
  readonly entropy: number;
}

/** The record of a run on a problem. */
export function runRecord(problem: Problem, facts: RunFacts): RunRecord {
  return {
    program: `${programName} ${programVersion}`,
    date: new Date().toISOString(),
    problem: {
      contextCount: problem.contextCount,
      vocabularySize: problem.vocabularySize,
      embeddingDim: problem.embeddingDim,
      supportEntries: problem.tokens.length,
      mergedCount: problem.mergedCount,
    },
    entropy: problem.entropy,
    ...facts,
    ...(facts.final && { final: withoutDecoder(facts.final) }),
    ...(facts.path && { path: facts.path.map(withoutDecoder) }),
    trace: facts.trace.map(withoutDecoder),
    ...chooseMethod(facts),
  };
}

function withoutDecoder<Point extends object>({
  decoder: _,
  ...figures
}: Point & { readonly decoder?: unknown }): Omit<Point, "decoder"> {
  return figures;
}

/** A record in lines for people. */
export function reportText(record: RunRecord): string {
  const { problem, source, status, final, float64Check, evaluated, stepSize } = record;
  const lines: [string, string][] = [
    ["problem", describeProblem(source, problem, problem.supportEntries)],
    ...source.notes.map((note): [string, string] => ["note", note]),
    ["adapter", record.adapter?.label ?? "none"],
    ["entropy bound", `${formatFigure(record.entropy)} nats`],
  ];
  if (record.smoothing !== undefined) lines.push(["smoothing", `ε = ${record.smoothing}${describeBefore(record)}`]);
  lines.push(["optimizer", describeMethod(record)]);
  if (stepSize !== undefined) lines.push(["step size", describeStepSize(record, stepSize)]);
  if (record.stepSizes?.edge) lines.push(["edge of stability", describeEdge(record.stepSizes.edge)]);
  const ending = status === "done" ? "" : ` (${status})`;
  lines.push(["steps", `${record.steps}${ending} in ${(record.trainingMs / 1000).toFixed(2)} s, set-up included`]);
  if (record.execution !== undefined && record.memoryBytes !== undefined)
    lines.push(["execution", `${record.execution}, ${(record.memoryBytes / 2 ** 20).toPrecision(3)} MiB on the GPU`]);
  if (final) {
    const behind = final.step === record.steps ? "" : ` at step ${final.step}`;
    lines.push(["loss", `${formatFigure(final.loss)} nats${behind}`]);
    lines.push(["loss gap", `${describeGap(final)}${behind}`]);
    lines.push(["norm", `${formatFigure(final.norm)}${behind}`]);
  }
  if (status === "diverged") {
    const advice = defaultStepSize(record) === "safe" ? ` (${safeStepFormula(record)} is the default)` : "";
    lines.push(["loss", `lost: the step size is too large${advice}`]);
  }
  if (float64Check) lines.push(["float64 check", describeCheck(float64Check)]);
  for (const { name, text } of record.verdict ? describeVerdict(record.verdict) : []) lines.push([name, text]);
  for (const { name, text } of describePredictions(record.predictions ?? [])) lines.push([name, text]);
  for (const point of record.path ?? [])
    lines.push([
      `λ = ${formatFigure(point.lambda)}`,
      `${point.status}: loss gap ${formatFigure(point.lossGap)}, ‖W‖ ${formatFigure(point.norm)}${Number.isFinite(point.alignment) ? `, cos(W, W_mm) ${formatFigure(point.alignment)}` : ""}, within ${point.errorBound.toExponential(0)}`,
    ]);
  for (const { name, text } of record.embeddings ? describeEmbeddings(record.embeddings) : []) lines.push([name, text]);
  for (const { name, text } of record.nuclear ? describeNuclear(record.nuclear) : []) lines.push([name, text]);
  if (evaluated) {
    lines.push([`gap at ${evaluated.name}`, describeGap(evaluated)]);
    lines.push(["gradient norm there", formatFigure(evaluated.gradientNorm)]);
    for (const { key, symbol } of LIMIT_FIGURES) {
      const value = evaluated[key];
      if (value !== undefined && !Number.isNaN(value)) lines.push([`${symbol} there`, formatFigure(value)]);
    }
  }
  return describeLines(lines);
}

/** The line on a problem that was read. */
export const describeProblem = (
  source: { readonly name: string; readonly kind: string },
  problem: Pick<Problem, "contextCount" | "vocabularySize" | "embeddingDim">,
  supportEntries: number,
): string =>
  `${source.name} (${source.kind}): ${count(problem.contextCount, "context")}, ${problem.vocabularySize} words, embedding dimension ${problem.embeddingDim}, ${count(supportEntries, "support entry", "support entries")}`;

/** Lines of a name and a text, the texts one below another. */
export function describeLines(lines: readonly (readonly [name: string, text: string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join("\n");
}

/** What of a smoothed problem's record is of the problem as it was before. */
function describeBefore({ nuclear, embeddings }: RunRecord): string {
  if (!nuclear) return "";
  return `; ${embeddings ? "L_in, L_mm" : "L_mm"} and S̃ below are of the problem before smoothing`;
}

function describeStepSize({ stepSizeRule, optimizer, schedule }: RunRecord, stepSize: number): string {
  const divisor = divisorOf({ schedule });
  const rule = stepSizeRule !== "safe" ? "" : ` = ${safeStepFormula({ optimizer })}`;
  return `${formatFigure(stepSize)}${rule}${divisor && `, over ${divisor}`}`;
}

function describeGap({ lossGap, inSupportGap, offSupportGap }: Measure): string {
  return `${formatFigure(lossGap)} nats above the entropy bound (in support ${formatFigure(inSupportGap)}, off support ${formatFigure(offSupportGap)})`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
