/** l[k] = Σ_i W[z_k, i] h_{j_k}[i] in float64, for the entries k of the sparse rows; decoder [V, dim], embeddings [m, dim]. */
export function supportLogits(
  entryContexts: ArrayLike<number>,
  entryTokens: ArrayLike<number>,
  decoder: ArrayLike<number>,
  embeddings: ArrayLike<number>,
  dim: number,
): Float64Array {
  const result = new Float64Array(entryTokens.length);
  for (let k = 0; k < result.length; k++) {
    const [w, h] = [entryTokens[k]! * dim, entryContexts[k]! * dim];
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += decoder[w + i]! * embeddings[h + i]!;
    result[k] = sum;
  }
  return result;
}
