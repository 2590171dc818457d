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

/**
 * R = π_j (softmax(relative + change + log p) − p), where log p counts on the support only; [words, stride]. With x = relative +
 * change, Z the sum of p e^x on the support and of e^x off it, E the latter part alone, and Σ p = 1,
 *
 *     R_v = π_j p_v (Σ_u p_u (e^x_v − e^x_u) − E) / Z    on the support, to its own digits
 *     R_v = π_j e^x_v / Z                                off it
 */
export function denseResidual(
  { words, contexts, stride, relative, probabilities, weights }: DenseSetting,
  change: ArrayLike<number>,
): Float64Array {
  const residual = new Float64Array(words * stride);
  const range = Array.from({ length: words }, (_, v) => v);
  const total = (term: (v: number) => number): number => range.reduce((sum, v) => sum + term(v), 0);
  for (let j = 0; j < contexts; j++) {
    const p = range.map((v) => probabilities[v * stride + j]!);
    const x = range.map((v) => relative[v * stride + j]! + change[v * stride + j]!);
    const peak = Math.max(...x);
    const below = x.map((each) => each - peak);
    const outside = total((v) => (p[v]! > 0 ? 0 : Math.exp(below[v]!)));
    const all = outside + total((v) => p[v]! * Math.exp(below[v]!));
    for (const v of range) {
      const inside = total((u) => p[u]! * differenceOfExponentials(below[v]!, below[u]!));
      const share = p[v]! > 0 ? p[v]! * (inside - outside) : Math.exp(below[v]!);
      residual[v * stride + j] = (weights[j]! * share) / all;
    }
  }
  return residual;
}

/** e^a − e^b, to its own digits also where a and b are close. */
function differenceOfExponentials(a: number, b: number): number {
  return a > b ? -Math.exp(a) * Math.expm1(b - a) : Math.exp(b) * Math.expm1(a - b);
}
