/** −factor · values in float64. */
export function negativeMultiple(values: ArrayLike<number>, factor: number): Float64Array {
  return Float64Array.from(values, (value) => -factor * value);
}
