import { jacobiBlocks, type JacobiArrays, type JacobiShape } from "./lib/jacobi-blocks.ts";

/** The kernel jacobi-round in float64, on copies; its cosines are those of its own round, [matrices, order / 16]. */
export function jacobiRound(
  given: Readonly<Record<keyof JacobiArrays, ArrayLike<number>>>,
  { matrices, round, ...shape }: JacobiShape & { readonly matrices: number; readonly round: number },
): JacobiArrays & { readonly cosines: Float64Array } {
  const arrays = { rows: Float64Array.from(given.rows), rotation: Float64Array.from(given.rotation) };
  const cosines = Array.from({ length: matrices }, (_, matrix) => jacobiBlocks(arrays, shape, matrix, round));
  return { ...arrays, cosines: Float64Array.from(cosines.flat()) };
}
