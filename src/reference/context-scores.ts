/** scores[j] = π_j ⟨h_j, x⟩ / ‖x‖ in float64; embeddings are [m, dim]. */
export function contextScores(
  embeddings: ArrayLike<number>,
  weights: ArrayLike<number>,
  x: ArrayLike<number>,
): Float64Array {
  const dim = x.length;
  let normSquared = 0;
  for (let i = 0; i < dim; i++) normSquared += x[i]! ** 2;
  return Float64Array.from(weights, (weight, j) => {
    let score = 0;
    for (let i = 0; i < dim; i++) score += embeddings[j * dim + i]! * x[i]!;
    return (weight * score) / Math.sqrt(normSquared);
  });
}
