/** Σ_i left[r, i] right[i, c] in float64: [rows, columns] of left [rows, inner] and right [inner, columns]. */
export function matrixProduct(
  left: ArrayLike<number>,
  right: ArrayLike<number>,
  shape: { rows: number; inner: number; columns: number },
): Float64Array {
  const { rows, inner, columns } = shape;
  const result = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < inner; i++) {
      const value = left[r * inner + i]!;
      for (let c = 0; c < columns; c++) result[r * columns + c]! += value * right[i * columns + c]!;
    }
  return result;
}
