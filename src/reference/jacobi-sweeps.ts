import { jacobiBlocks, type JacobiArrays, type JacobiShape } from "./lib/jacobi-blocks.ts";

/** The kernel jacobi-sweeps in float64, on copies. */
export function jacobiSweeps(
  given: Readonly<Record<keyof JacobiArrays, ArrayLike<number>>>,
  { matrices, sweeps, ...shape }: JacobiShape & { readonly matrices: number; readonly sweeps: number },
): JacobiArrays & { readonly cosines: Float64Array } {
  const arrays = { rows: Float64Array.from(given.rows), rotation: Float64Array.from(given.rotation) };
  const cosines = new Float64Array(matrices);
  for (let matrix = 0; matrix < matrices; matrix++)
    for (let sweep = 0; sweep < sweeps; sweep++) {
      const met = Array.from({ length: shape.order / 8 - 1 }, (_, round) => jacobiBlocks(arrays, shape, matrix, round));
      cosines[matrix] = Math.max(...met.flat());
      if (cosines[matrix]! <= shape.tolerance) break;
    }
  return { ...arrays, cosines };
}
