import type { Problem } from "../problem/problem.ts";
import { softLabelGrad } from "../reference/soft-label-grad.ts";
import { sumGaps } from "./loss.ts";

/** The loss of free logits in float64. */
export interface LogitLoss {
  readonly inSupportGap: number;
  readonly offSupportGap: number;
  /** CE − H in nats. */
  readonly lossGap: number;
  /** ∇_L CE, m × V row-major: π_j (q_j − p_j). */
  readonly gradient: Float64Array;
}

/** @param logits m × V row-major */
export function lossOfLogits(problem: Problem, logits: ArrayLike<number>): LogitLoss {
  const { contextCount: m, vocabularySize: V, offsets, tokens } = problem;
  const byWord = new Float64Array(V * m);
  for (let j = 0; j < m; j++) for (let v = 0; v < V; v++) byWord[v * m + j] = logits[j * V + v]!;
  const onSupports = new Float64Array(tokens.length);
  for (let j = 0; j < m; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) onSupports[k] = logits[j * V + tokens[k]!]!;
  const { gaps, inResidual, offResidual } = softLabelGrad(problem, onSupports, byWord, { words: V, stride: m });
  const gradient = new Float64Array(m * V);
  for (let j = 0; j < m; j++) {
    for (let v = 0; v < V; v++) gradient[j * V + v] = offResidual[v * m + j]!;
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) gradient[j * V + tokens[k]!]! += inResidual[k]!;
  }
  return { ...sumGaps(gaps), gradient };
}

/** L = H Wᵀ, m × V, of a decoder W (V × d) and embeddings H (m × d). */
export function logitsOf(decoder: ArrayLike<number>, embeddings: ArrayLike<number>, d: number): Float64Array {
  const [V, m] = [decoder.length / d, embeddings.length / d];
  const logits = new Float64Array(m * V);
  for (let j = 0; j < m; j++)
    for (let v = 0; v < V; v++) {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += embeddings[j * d + i]! * decoder[v * d + i]!;
      logits[j * V + v] = sum;
    }
  return logits;
}
