/** y = x⁺ + factor (x⁺ − x) in float64. */
export function dualExtrapolation(moved: ArrayLike<number>, x: ArrayLike<number>, factor: number): Float64Array {
  return Float64Array.from(moved, (next, i) => next + factor * (next - x[i]!));
}
