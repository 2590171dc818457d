/** [columns, rows] of a matrix [rows, columns]. */
export function transpose(
  matrix: ArrayLike<number>,
  { rows, columns }: Readonly<Record<"rows" | "columns", number>>,
): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}
