/** relative[v, j] = (l − log p)[v, j] − (l − log p)[o_j, j]: one problem, all [words, stride]; columns past the contexts are 0. */
export function relativeLogits(
  logits: ArrayLike<number>,
  logProbabilities: ArrayLike<number>,
  origins: ArrayLike<number>,
  { words, stride }: { readonly words: number; readonly stride: number },
): Float64Array {
  const relative = new Float64Array(words * stride);
  for (let v = 0; v < words; v++)
    for (let j = 0; j < origins.length; j++) {
      const [own, origin] = [v * stride + j, origins[j]! * stride + j];
      relative[own] = logits[own]! - logProbabilities[own]! - (logits[origin]! - logProbabilities[origin]!);
    }
  return relative;
}
