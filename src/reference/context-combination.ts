/** x[i] = Σ_j scores[j] h_j[i] in float64; embeddings are [m, dim]. */
export function contextCombination(
  embeddings: ArrayLike<number>,
  scores: ArrayLike<number>,
  dim: number,
): Float64Array {
  const x = new Float64Array(dim);
  for (let j = 0; j < scores.length; j++) for (let i = 0; i < dim; i++) x[i]! += scores[j]! * embeddings[j * dim + i]!;
  return x;
}
