/** Euclidean norm in float64. */
export function norm(values: ArrayLike<number>): number {
  let square = 0;
  for (let i = 0; i < values.length; i++) square += values[i]! ** 2;
  return Math.sqrt(square);
}

/** a − b, entry by entry. */
export const difference = (a: Float64Array, b: ArrayLike<number>): Float64Array => a.map((value, i) => value - b[i]!);

/** a / b, and 0 where a is 0. */
export const ratio = (a: number, b: number): number => (a === 0 ? 0 : a / b);
