/** off[v] ← decay off[v] − η Σ_j B[v, j] h_j, in float64 and in place; B is [rows, inner], embeddings [inner, columns]. */
export function offSupportStep(
  offSpan: Float64Array,
  residual: ArrayLike<number>,
  embeddings: ArrayLike<number>,
  shape: { rows: number; inner: number; columns: number },
  stepSize: number,
  decay = 1,
): void {
  const { rows, inner, columns } = shape;
  for (let i = 0; i < offSpan.length; i++) offSpan[i]! *= decay;
  for (let v = 0; v < rows; v++)
    for (let j = 0; j < inner; j++) {
      const change = stepSize * residual[v * inner + j]!;
      if (change !== 0)
        for (let i = 0; i < columns; i++) offSpan[v * columns + i]! -= change * embeddings[j * columns + i]!;
    }
}
