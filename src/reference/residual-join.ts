/** The kernel residual-join in float64, on a copy: `tokens` are those of the entries. */
export function residualJoin(
  given: Readonly<Record<"offsets" | "tokens" | "in_residual" | "residual", ArrayLike<number>>>,
  { stride }: { readonly stride: number },
): Float64Array {
  const { offsets, tokens, in_residual } = given;
  const residual = Float64Array.from(given.residual);
  for (let j = 0; j + 1 < offsets.length; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) residual[tokens[k]! * stride + j]! += in_residual[k]!;
  return residual;
}
