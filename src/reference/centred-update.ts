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
    const [start, end] = [offsets[j]!, offsets[j + 1]!];
    let sum = 0;
    for (let k = start; k < end; k++) sum += a[k]!;
    const mean = sum / (end - start);
    for (let k = start; k < end; k++) a[k]! -= mean;
  }
}
