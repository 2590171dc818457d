/** C (l − factor · u) in float64: centred in each context, `offsets` being the starts of the contexts' entries. */
export function centredUpdate(
  offsets: ArrayLike<number>,
  supportLogits: ArrayLike<number>,
  u: ArrayLike<number>,
  factor: number,
): Float64Array {
  const result = Float64Array.from(supportLogits, (logit, k) => logit - factor * u[k]!);
  centre(offsets, result);
  return result;
}

/** C a in place: subtracts from the entries of each context their mean. */
export function centre(offsets: ArrayLike<number>, a: Float64Array): void {
  for (let j = 0; j + 1 < offsets.length; j++) {
    const row = a.subarray(offsets[j], offsets[j + 1]);
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    for (let k = 0; k < row.length; k++) row[k]! -= mean;
  }
}
