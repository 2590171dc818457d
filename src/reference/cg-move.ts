/** Iterate and residual of conjugate gradients on C + λI a step along p, in float64, and ‖r‖² of the latter. */
export function cgMove(
  vectors: Record<"p" | "curved" | "x" | "r", ArrayLike<number>>,
  numbers: Record<"ridge" | "step", number>,
): { x: Float64Array; r: Float64Array; residualSquared: number } {
  const { p, curved } = vectors;
  const { ridge, step } = numbers;
  const x = Float64Array.from(vectors.x, (value, i) => value + step * p[i]!);
  const r = Float64Array.from(vectors.r, (value, i) => value - step * (curved[i]! + ridge * p[i]!));
  return { x, r, residualSquared: r.reduce((sum, value) => sum + value * value, 0) };
}
