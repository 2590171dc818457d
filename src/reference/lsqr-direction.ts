/** The vectors of one pass of LSQR in float64: v to unit norm, x a step along w, w the next direction. */
export function lsqrDirection(
  vectors: Record<"v" | "x" | "w", ArrayLike<number>>,
  scalars: { rightInverse: number; step: number; back: number },
): Record<"v" | "x" | "w", Float64Array> {
  const { rightInverse, step, back } = scalars;
  const v = Float64Array.from(vectors.v, (value) => rightInverse * value);
  return {
    v,
    x: Float64Array.from(vectors.x, (value, i) => value + step * vectors.w[i]!),
    w: v.map((value, i) => value - back * vectors.w[i]!),
  };
}
