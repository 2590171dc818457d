import { softLabelGrad } from "./soft-label-grad.ts";
import type { SegmentStart } from "./segment-start.ts";

/** R[v, j] = π_j (q_v − p_v), [words, stride], in float64: q_j the softmax of relative + change, on the support of ratios + change + log p. */
export function segmentResidual(
  rows: Readonly<Record<"offsets" | "tokens" | "probabilities" | "weights", ArrayLike<number>>>,
  { ratios, relative }: SegmentStart,
  change: ArrayLike<number>,
  shape: { readonly words: number; readonly stride: number },
): Float64Array {
  const { offsets, tokens, probabilities, weights } = rows;
  const supportLogits = ratios.slice();
  const positions = new Uint32Array(tokens.length);
  for (let j = 0; j < weights.length; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) {
      positions[k] = tokens[k]! * shape.stride + j;
      supportLogits[k]! += change[positions[k]!]! + Math.log(probabilities[k]!);
    }
  const logits = relative.map((x, i) => x + change[i]!);
  const { inResidual, offResidual } = softLabelGrad(rows, supportLogits, logits, shape);
  inResidual.forEach((x, k) => (offResidual[positions[k]!]! += x));
  return offResidual;
}
