/** L[v, j] = Σ_i W[v, i] h_j[i] in float64: logits [rows, columns] of decoder [rows, inner] and embeddings_t [inner, columns]. */
export function logits(
  decoder: ArrayLike<number>,
  embeddingsT: ArrayLike<number>,
  shape: { rows: number; inner: number; columns: number },
): Float64Array {
  const { rows, inner, columns } = shape;
  const result = new Float64Array(rows * columns);
  for (let v = 0; v < rows; v++)
    for (let i = 0; i < inner; i++) {
      const w = decoder[v * inner + i]!;
      for (let j = 0; j < columns; j++) result[v * columns + j]! += w * embeddingsT[i * columns + j]!;
    }
  return result;
}
