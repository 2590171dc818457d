import { cosines, gramMatrix } from "../float64/geometry.ts";
import { logitsOf } from "../float64/logit-loss.ts";
import type { Factors } from "../maps/factors.ts";

/**
 * L = H Wᵀ, m × V, with the mean of each row taken off: softmax does not see it, and L_mm, S̃ and L_in have none.
 * @param dimension d of both factors
 */
export function centredLogits({ decoder, embeddings }: Factors, dimension: number): Float64Array {
  const logits = logitsOf(decoder, embeddings, dimension);
  const V = decoder.length / dimension;
  for (let start = 0; start < logits.length; start += V) {
    const row = logits.subarray(start, start + V);
    const mean = row.reduce((sum, x) => sum + x, 0) / V;
    row.forEach((x, v) => (row[v] = x - mean));
  }
  return logits;
}

/** The matrices that both factors are looked at by. */
export interface EmbeddingMaps {
  /** L with centred rows, m × V. */
  readonly logits: Float64Array;
  /** Cosines between words, V × V. */
  readonly wordCosines: Float64Array;
  /** Cosines between contexts, m × m. */
  readonly contextCosines: Float64Array;
}

/** @param dimension d of both factors */
export function embeddingMaps(factors: Factors, dimension: number): EmbeddingMaps {
  const { decoder, embeddings } = factors;
  return {
    logits: centredLogits(factors, dimension),
    wordCosines: cosines(gramMatrix(decoder, dimension)),
    contextCosines: cosines(gramMatrix(embeddings, dimension)),
  };
}
