import { EMBEDDING_FIGURES, FACTOR_NORMS } from "../figures/embedding-figures.ts";
import type { EmbeddingPoint, TrainEmbeddingsResult } from "../training/train-embeddings.ts";
import { formatFigure } from "./format-figure.ts";

/** What a record says of a run of both factors: all but its arrays. */
export interface EmbeddingFacts extends Pick<
  TrainEmbeddingsResult,
  "status" | "optimizer" | "schedule" | "stepSize" | "dimension" | "ridge" | "decay" | "execution" | "memoryBytes"
> {
  /** Where H started. */
  readonly initial: "drawn" | "given";
  /** Steps taken. */
  readonly steps: number;
  readonly trace: readonly (Omit<EmbeddingPoint, "modes" | "factors"> & { readonly modes?: readonly number[] })[];
}

export function embeddingFacts(result: TrainEmbeddingsResult, initial: EmbeddingFacts["initial"]): EmbeddingFacts {
  const { status, optimizer, schedule, stepSize, dimension, ridge, decay, execution, memoryBytes, state } = result;
  return {
    ...{ status, initial, optimizer, schedule, stepSize, dimension, ridge, decay, execution, memoryBytes },
    steps: state.step,
    trace: result.trace.map(({ modes, factors: _, ...point }) => ({ ...point, ...(modes && { modes: [...modes] }) })),
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
  const { status, initial, optimizer, stepSize, dimension, ridge, decay, steps, execution } = facts;
  const start = initial === "given" ? " from the given H" : "";
  const penalty = ridge > 0 ? `λ = ${formatFigure(ridge)}, ${decay}` : "no ridge";
  const ending = status === "done" ? "" : ` (${status})`;
  const lines = [
    {
      name: "both factors",
      text: `W and H of dimension ${dimension}${start} by ${optimizer}, η = ${formatFigure(stepSize)}, ${penalty}, ${steps} steps${ending}, ${execution}`,
    },
  ];
  const last = facts.trace.at(-1);
  if (!last) return lines;
  lines.push({ name: "their loss gap", text: `${formatFigure(last.lossGap)} nats at step ${last.step}` });
  for (const { key, symbol, isReported } of [...FACTOR_NORMS, ...EMBEDDING_FIGURES]) {
    const value = last[key];
    if (isReported && value !== undefined && Number.isFinite(value))
      lines.push({ name: symbol, text: formatFigure(value) });
  }
  return lines;
}
