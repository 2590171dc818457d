/** The loss's second derivative in the logits of each context along u, and its energy ⟨u_j, t_j⟩, in float64; q and u are [words, stride]. */
export function softmaxCurvature(
  q: ArrayLike<number>,
  weights: ArrayLike<number>,
  u: ArrayLike<number>,
  shape: { words: number; stride: number },
): { curved: Float64Array; energies: Float64Array } {
  const { words, stride } = shape;
  const curved = new Float64Array(words * stride);
  const energies = new Float64Array(weights.length);
  for (let j = 0; j < weights.length; j++) {
    let [total, sum] = [0, 0];
    for (let i = j; i < curved.length; i += stride) {
      total += q[i]!;
      sum += q[i]! * u[i]!;
    }
    for (let i = j; i < curved.length; i += stride) {
      const above = u[i]! - sum / total;
      curved[i] = weights[j]! * q[i]! * above;
      energies[j]! += curved[i]! * above;
    }
  }
  return { curved, energies };
}
