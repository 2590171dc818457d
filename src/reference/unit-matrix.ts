/** values / √normSquared in float64, zeros where that is below what sums of squares in float32 are sure of. */
export const unitMatrix = (values: ArrayLike<number>, normSquared: number): Float64Array =>
  Float64Array.from(values, (value) => (normSquared >= 2 ** -100 ? value / Math.sqrt(normSquared) : 0));
