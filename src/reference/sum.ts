/** Column sums of terms [rows, columns] in float64. */
export function sum(terms: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows; i++) for (let c = 0; c < columns; c++) sums[c]! += terms[i * columns + c]!;
  return sums;
}
