import { OptionError } from "../../errors.ts";
import { RandomStream } from "../../support/random.ts";
import type { Work } from "../../support/host-spells.ts";
import { drawEmbeddingRows, positionalEmbeddingRows, requireDrawable } from "../embeddings.ts";
import { requireDecoder } from "../problem.ts";

/** The stream of synthetic problems, so that equal laws, sizes and seeds give equal embeddings. */
export const EMBEDDING_STREAM = 1;

/** How contexts are embedded; as in `CorpusOptions`. */
export interface ContextEmbedding {
  readonly embedding: "gaussian" | "orthonormal" | "positional";
  readonly embeddingDim?: number;
  readonly seed: number;
}

/** The law by which contexts without tokens are embedded: they have no positions, and independent ones in their place. */
export function lawWithoutTokens({ embedding }: Pick<ContextEmbedding, "embedding">): "gaussian" | "orthonormal" {
  return embedding === "orthonormal" ? embedding : "gaussian";
}

/**
 * Embeddings of contexts that were counted.
 * @param contexts the tokens of each, or how many there are where they have none
 * @returns m × d, row-major
 * @throws OptionError for embeddings that are too many numbers, or orthonormal with too few dimensions; ProblemError for too large a decoder
 */
export function* embedContexts(
  contexts: readonly Int32Array[] | number,
  vocabularySize: number,
  settings: ContextEmbedding,
): Work<{ readonly embeddings: Float64Array; readonly embeddingDim: number }> {
  const { embedding, seed } = settings;
  const windows = typeof contexts === "number" ? undefined : contexts;
  const total = typeof contexts === "number" ? contexts : contexts.length;
  const embeddingDim = settings.embeddingDim ?? defaultDim(embedding, total);
  requireDrawable(total, embeddingDim);
  requireDecoder(vocabularySize, embeddingDim);
  if (embedding === "orthonormal" && embeddingDim < total)
    throw new OptionError(
      "embeddingDim",
      `expected at least ${total}, the number of contexts${windows ? " kept" : ""}, for orthonormal embeddings, found ${embeddingDim}${windows ? "; maxContexts lowers it" : ""}`,
    );
  const rows =
    embedding === "positional" && windows
      ? positionalEmbeddingRows(windows, embeddingDim, seed)
      : drawEmbeddingRows(lawWithoutTokens(settings), total, embeddingDim, new RandomStream(seed, EMBEDDING_STREAM));
  const embeddings = new Float64Array(total * embeddingDim);
  let done = 0;
  for (const row of rows) {
    embeddings.set(row, done++ * embeddingDim);
    yield { done, total };
  }
  return { embeddings, embeddingDim };
}

function defaultDim(embedding: ContextEmbedding["embedding"], contextCount: number): number {
  if (embedding === "orthonormal") return contextCount;
  return Math.min(256, Math.max(16, Math.ceil((6 * contextCount) / 5)));
}
