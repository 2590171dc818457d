import { contextLogits } from "../float64/margin-certificate.ts";
import type { Problem } from "../problem/problem.ts";

/** What a decoder says of the first contexts of a problem; a row of V for each of them, in float64. */
export interface DecoderMaps {
  /** W h_j. */
  readonly logits: Float64Array;
  /** q_j = softmax(W h_j). */
  readonly softmax: Float64Array;
  /** p_j − q_j: what is left to learn, and −∂ℓ_j/∂(W h_j) of the cross-entropy ℓ_j. A row sums to zero but for rounding. */
  readonly residual: Float64Array;
}

/**
 * @param decoder W, V × d row-major
 * @param contexts how many, from the first on; all of them where it is left out
 */
export function decoderMaps(
  problem: Problem,
  decoder: ArrayLike<number>,
  contexts: number = problem.contextCount,
): DecoderMaps {
  const { vocabularySize: V, offsets, tokens, probabilities } = problem;
  const logits = contextLogits({ ...problem, contextCount: contexts }, decoder);
  const softmax = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += V) {
    const row = logits.subarray(start, start + V);
    const peak = row.reduce((a, b) => Math.max(a, b));
    let total = 0;
    for (let v = 0; v < V; v++) total += softmax[start + v] = Math.exp(row[v]! - peak);
    for (let v = 0; v < V; v++) softmax[start + v]! /= total;
  }
  const residual = softmax.map((q) => -q);
  for (let j = 0; j < contexts; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) residual[j * V + tokens[k]!]! += probabilities[k]!;
  return { logits, softmax, residual };
}
