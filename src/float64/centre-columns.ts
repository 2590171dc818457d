/** W − 1 vᵀ with v the mean row of W: the same softmax, and logits no larger than they must be for float32. */
export function centreColumns(decoder: ArrayLike<number>, columns: number): Float64Array {
  const rows = decoder.length / columns;
  const mean = new Float64Array(columns);
  for (let i = 0; i < decoder.length; i++) mean[i % columns]! += decoder[i]! / rows;
  return Float64Array.from({ length: decoder.length }, (_, i) => decoder[i]! - mean[i % columns]!);
}
