/** Where a logit on the support is put: below all others. */
export const NOWHERE = -1e30;

/** Logits as differences from their context's most probable word. */
export interface SegmentStart {
  /** (l − log p)_k − (l − log p)_o on the support, [nnz]. */
  readonly ratios: Float64Array;
  /** L − (l − log p)_o off the support, NOWHERE on it, [words, stride]; columns past the contexts are 0. */
  readonly relative: Float64Array;
}

/** What the logits are where a segment of steps begins, in float64. */
export function segmentStart(
  rows: Readonly<Record<"offsets" | "tokens" | "probabilities", ArrayLike<number>>>,
  supportLogits: ArrayLike<number>,
  logits: ArrayLike<number>,
  { words, stride }: { readonly words: number; readonly stride: number },
): SegmentStart {
  const { offsets, tokens, probabilities } = rows;
  const ratios = Float64Array.from(supportLogits, (l, k) => l - Math.log(probabilities[k]!));
  const relative = new Float64Array(words * stride);
  for (let j = 0; j + 1 < offsets.length; j++) {
    const [start, end] = [offsets[j]!, offsets[j + 1]!];
    let likeliest = start;
    for (let k = start; k < end; k++) if (probabilities[k]! > probabilities[likeliest]!) likeliest = k;
    const origin = ratios[likeliest]!;
    for (let v = 0; v < words; v++) relative[v * stride + j] = logits[v * stride + j]! - origin;
    for (let k = start; k < end; k++) {
      ratios[k]! -= origin;
      relative[tokens[k]! * stride + j] = NOWHERE;
    }
  }
  return { ratios, relative };
}
