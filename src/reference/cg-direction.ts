/** r + factor p in float64. */
export function cgDirection(r: ArrayLike<number>, p: ArrayLike<number>, factor: number): Float64Array {
  return Float64Array.from(r, (value, i) => value + factor * p[i]!);
}
