import { ProblemError } from "../../errors.ts";
import { createProblem, type Problem, type ProblemInput } from "../problem.ts";
import { embedContexts, lawWithoutTokens } from "./context-embeddings.ts";
import { completeOptions, pacerOf, type CorpusOptions } from "./settings.ts";

/** Positive counts by context, 0 … m − 1, and by word, 0 … V − 1. */
export type CountRows = Map<number, Map<number, number>>;

/** How often words follow contexts; a context is a row. */
export interface NextWordCounts {
  readonly rows: CountRows;
  /** m, with the contexts that nothing follows. */
  readonly contextCount: number;
  /** V. */
  readonly vocabularySize: number;
  readonly contextLabels?: readonly string[];
  readonly words?: readonly string[];
  /** Drawn where they are left out. */
  readonly embeddings?: Pick<ProblemInput, "embeddings" | "embeddingDim">;
}

/** A problem of counts, and what was done on the way to it. */
export interface CountedProblem {
  readonly problem: Problem;
  /** Contexts that nothing follows, which are left out. */
  readonly droppedContexts: number;
  /** How the embeddings were drawn, where they were. */
  readonly drawn: { readonly law: string; readonly dim: number; readonly seed: number } | undefined;
}

/** Adds to the count of a word after a context; of 0 nothing is kept. */
export function addCount(rows: CountRows, context: number, word: number, count: number): void {
  if (count === 0) return;
  let row = rows.get(context);
  if (!row) rows.set(context, (row = new Map<number, number>()));
  row.set(word, (row.get(word) ?? 0) + count);
}

/**
 * The next-token problem of counts N_jz: p_jz = N_jz / Σ_z N_jz, and π_j in proportion to Σ_z N_jz. Contexts and words keep their order.
 * @param options of which `embedding`, `embeddingDim`, `seed`, `signal` and `onProgress` count; `"positional"` is Gaussian here, where
 * contexts have no positions
 * @throws ProblemError for counts that make no problem; OptionError for a bad option; the signal's reason when aborted
 */
export async function problemFromCounts(counts: NextWordCounts, options: CorpusOptions = {}): Promise<CountedProblem> {
  const settings = completeOptions(options);
  const { rows, contextLabels, words, vocabularySize } = counts;
  const kept = [...rows.keys()].sort((a, b) => a - b);
  if (kept.length === 0) throw new ProblemError("counts: expected at least one above 0, found none");
  const embedded = counts.embeddings
    ? keptRows(counts.embeddings, kept)
    : await pacerOf(settings).run("embeddings", embedContexts(kept.length, vocabularySize, settings));
  const offsets = new Float64Array(kept.length + 1);
  kept.forEach((j, i) => (offsets[i + 1] = offsets[i]! + rows.get(j)!.size));
  const tokens = new Float64Array(offsets[kept.length]!);
  const probabilities = new Float64Array(tokens.length);
  const weights = new Float64Array(kept.length);
  kept.forEach((j, i) => {
    for (const count of rows.get(j)!.values()) weights[i]! += count;
    let k = offsets[i]!;
    for (const [word, count] of rows.get(j)!) {
      tokens[k] = word;
      probabilities[k++] = count / weights[i]!;
    }
  });
  const problem = createProblem({
    vocabularySize,
    ...embedded,
    ...{ offsets, tokens, probabilities, weights },
    contextLabels: contextLabels && kept.map((j) => contextLabels[j]!),
    words,
  });
  const drawn = { law: lawWithoutTokens(settings), dim: embedded.embeddingDim, seed: settings.seed };
  return {
    problem,
    droppedContexts: counts.contextCount - kept.length,
    drawn: counts.embeddings ? undefined : drawn,
  };
}

function keptRows(
  { embeddings, embeddingDim: d }: NonNullable<NextWordCounts["embeddings"]>,
  kept: readonly number[],
): NonNullable<NextWordCounts["embeddings"]> {
  const rows = new Float64Array(kept.length * d);
  kept.forEach((j, i) => {
    for (let k = 0; k < d; k++) rows[i * d + k] = embeddings[j * d + k]!;
  });
  return { embeddings: embeddings instanceof Float32Array ? Float32Array.from(rows) : rows, embeddingDim: d };
}
