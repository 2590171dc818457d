/** A small problem with every word in every context: matrices [words, stride]. */
export interface DenseSetting {
  readonly words: number;
  readonly contexts: number;
  readonly stride: number;
  /** Logits less log-probabilities, but for a constant of each context. */
  readonly relative: ArrayLike<number>;
  /** p, 0 off the supports. */
  readonly probabilities: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/** R = π_j (softmax(relative + change + log p) − p), where log p counts on the support only; [words, stride]. */
export function denseResidual(
  { words, contexts, stride, relative, probabilities, weights }: DenseSetting,
  change: ArrayLike<number>,
): Float64Array {
  const residual = new Float64Array(words * stride);
  for (let j = 0; j < contexts; j++) {
    const logits = Float64Array.from({ length: words }, (_, v) => {
      const p = probabilities[v * stride + j]!;
      return relative[v * stride + j]! + change[v * stride + j]! + (p > 0 ? Math.log(p) : 0);
    });
    const peak = logits.reduce((a, b) => Math.max(a, b));
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - peak), 0);
    for (let v = 0; v < words; v++) {
      const i = v * stride + j;
      residual[i] = weights[j]! * (Math.exp(logits[v]! - peak) / total - probabilities[i]!);
    }
  }
  return residual;
}
