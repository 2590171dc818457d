/** The weights of I, A and A². */
export interface Quintic {
  readonly identity: number;
  readonly gram: number;
  readonly square: number;
}

/** identity I + gram A + square A² of A and A², [n, n], in float64. */
export const quinticFactor = (
  gram: ArrayLike<number>,
  square: ArrayLike<number>,
  n: number,
  weights: Quintic,
): Float64Array =>
  Float64Array.from(
    gram,
    (a, i) => (i % (n + 1) === 0 ? weights.identity : 0) + weights.gram * a + weights.square * square[i]!,
  );
