/** values / √normSquared in float64, zeros where that is 0. */
export const unitMatrix = (values: ArrayLike<number>, normSquared: number): Float64Array =>
  Float64Array.from(values, (value) => (normSquared > 0 ? value / Math.sqrt(normSquared) : 0));
