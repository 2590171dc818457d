/** in[z] ← decay in[z] − η Σ_{entries k of word z} A[k] h_{j_k}, in float64 and in place; `inSpan` is [V, dim]. */
export function supportAdjoint(
  inSpan: Float64Array,
  entryContexts: ArrayLike<number>,
  entryTokens: ArrayLike<number>,
  inResidual: ArrayLike<number>,
  embeddings: ArrayLike<number>,
  dim: number,
  stepSize: number,
  decay = 1,
): void {
  for (let i = 0; i < inSpan.length; i++) inSpan[i]! *= decay;
  for (let k = 0; k < entryTokens.length; k++) {
    const [w, h] = [entryTokens[k]! * dim, entryContexts[k]! * dim];
    const step = stepSize * inResidual[k]!;
    for (let i = 0; i < dim; i++) inSpan[w + i]! -= step * embeddings[h + i]!;
  }
}
