/** softmax of every column of logits [words, stride] in float64. */
export function softmax(logits: ArrayLike<number>, words: number, stride: number): Float64Array {
  const q = new Float64Array(words * stride);
  for (let j = 0; j < stride; j++) {
    let [peak, total] = [-Infinity, 0];
    for (let i = j; i < q.length; i += stride) peak = Math.max(peak, logits[i]!);
    for (let i = j; i < q.length; i += stride) total += q[i] = Math.exp(logits[i]! - peak);
    for (let i = j; i < q.length; i += stride) q[i]! /= total;
  }
  return q;
}
