import { EMBEDDING_FIGURES, FACTOR_NORMS } from "../figures/embedding-figures.ts";
import { chooseMethod, describeMethod, type Method } from "../training/methods/method.ts";
import type { EmbeddingPoint, TrainEmbeddingsResult } from "../training/train-embeddings.ts";
import type { Problem } from "../problem/problem.ts";
import type { Execution } from "../training/engines/execution.ts";
import { embeddingTheory } from "./embedding-theory.ts";
import type { Float64Check } from "../float64/gap-check.ts";
import { describeCheck } from "./float64-check.ts";
import { formatFigure } from "./format-figure.ts";

/** A run of both factors as far as it has come. */
interface EmbeddingRun
  extends
    Method,
    Pick<TrainEmbeddingsResult, "dimension" | "ridge" | "decay">,
    Readonly<Partial<Record<"stepSize" | "memoryBytes", number | undefined>>> {
  /** How it stands or ended, one word. */
  readonly status: string;
  /** Where H started; `"drawn"` where it is left out. */
  readonly initial?: "drawn" | "given" | undefined;
  /** Steps taken. */
  readonly steps: number;
  readonly execution?: Execution | undefined;
  /** Of the start, where another than the default was asked for. */
  readonly scale?: number | undefined;
  /** The last loss gap beside that of `decoder` on the problem with `embeddings` in place of its own. */
  readonly float64Check?: Float64Check | undefined;
  readonly trace: readonly EmbeddingPoint[];
}

/** What a record says of a run of both factors: all but its arrays. */
export interface EmbeddingFacts extends Omit<EmbeddingRun, "trace"> {
  /** See {@link embeddingTheory}. */
  readonly theory: string;
  readonly trace: readonly (Omit<EmbeddingPoint, "modes" | "factors"> & { readonly modes?: readonly number[] })[];
}

export function embeddingFacts(problem: Problem, run: EmbeddingRun): EmbeddingFacts {
  const { status, stepSize, dimension, ridge, decay, scale, execution, memoryBytes, steps } = run;
  return {
    ...chooseMethod(run),
    ...{ status, stepSize, dimension, ridge, decay, scale, execution, memoryBytes, steps },
    initial: run.initial ?? "drawn",
    float64Check: run.float64Check,
    theory: embeddingTheory(problem, run),
    trace: run.trace.map(({ modes, factors: _, ...point }) => ({ ...point, ...(modes && { modes: [...modes] }) })),
  };
}

/** The columns of `embedding_trace`: the step, CE − H, then the figures of both factors in the order of their tables. */
const COLUMNS = [
  "step" as const,
  "lossGap" as const,
  ...FACTOR_NORMS.map(({ key }) => key),
  ...EMBEDDING_FIGURES.map(({ key }) => key),
];

/** Rows of the columns, NaN for what is not known. */
export const embeddingTrace = (
  trace: readonly EmbeddingPoint[],
): { readonly data: Float64Array; readonly shape: number[] } => ({
  data: Float64Array.from(trace.flatMap((point) => COLUMNS.map((name) => point[name] ?? NaN))),
  shape: [trace.length, COLUMNS.length],
});

/** A run of both factors in lines for people. */
export function describeEmbeddings(facts: EmbeddingFacts): { readonly name: string; readonly text: string }[] {
  const { status, initial, stepSize, dimension, ridge, decay, steps, execution, float64Check } = facts;
  const start = initial === "given" ? " from the given H" : "";
  const size = stepSize === undefined ? [] : [`η = ${formatFigure(stepSize)}`];
  const penalty = ridge > 0 ? `λ = ${formatFigure(ridge)}, ${decay}` : "no ridge";
  const ending = status === "done" ? "" : ` (${status})`;
  const run = [
    `W and H of dimension ${dimension}${start} by ${describeMethod(facts)}`,
    ...size,
    penalty,
    `${steps} steps${ending}`,
  ];
  const last = facts.trace.at(-1);
  return [
    { name: "both factors", text: [...run, ...(execution ? [execution] : [])].join(", ") },
    { name: "their theory", text: facts.theory },
    ...(last ? describeEmbeddingPoint(last) : []),
    ...(float64Check ? [{ name: "their float64 check", text: describeCheck(float64Check) }] : []),
  ];
}

/** The figures of a recorded step in lines for people. */
export function describeEmbeddingPoint(
  point: Omit<EmbeddingPoint, "modes">,
): { readonly name: string; readonly text: string }[] {
  const lines = [{ name: "their loss gap", text: `${formatFigure(point.lossGap)} nats at step ${point.step}` }];
  for (const { key, symbol, isReported } of [...FACTOR_NORMS, ...EMBEDDING_FIGURES]) {
    const value = point[key];
    if (isReported && value !== undefined && Number.isFinite(value))
      lines.push({ name: symbol, text: formatFigure(value) });
  }
  return lines;
}
