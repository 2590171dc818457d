import type { Work } from "../support/host-spells.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { frobeniusNorm, nuclearNormBound, spectralNormBound, type Matrix } from "./matrix-norms.ts";
import { transposed } from "./products.ts";
import { orthogonalRotation } from "./row-rotations.ts";

/** Norms of a decoder: √Σ W², the largest |W_vi|, the largest singular value. Their duals: the same, Σ |W_vi|, the sum of singular values. */
export type DecoderNorm = "frobenius" | "max" | "spectral";

export const DECODER_NORMS: readonly DecoderNorm[] = ["frobenius", "max", "spectral"];

/** A number that ‖A‖ does not exceed, off by rounding alone. */
export function* decoderNormBound(norm: DecoderNorm, matrix: Matrix): Work<number> {
  if (norm === "frobenius") return frobeniusBound(matrix);
  return norm === "max" ? largestEntry(matrix.values) : yield* spectralNormBound(withFewerRows(matrix));
}

/** A number that the dual norm of A, max ⟨A, W⟩ over ‖W‖ ≤ 1, does not exceed. */
export function* dualNormBound(norm: DecoderNorm, matrix: Matrix): Work<number> {
  if (norm === "frobenius") return frobeniusBound(matrix);
  if (norm === "max") return absoluteSum(matrix) * (1 + (matrix.rows + matrix.columns + 4) * F64_UNIT);
  const wide = withFewerRows(matrix);
  return yield* nuclearNormBound(wide, yield* orthogonalRotation(wide));
}

/** The matrix or its transpose, whichever has no more rows than columns. */
function withFewerRows({ values, rows, columns }: Matrix): Matrix {
  if (rows <= columns) return { values, rows, columns };
  return { values: transposed(values, rows), rows: columns, columns: rows };
}

export function largestEntry(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}

const frobeniusBound = ({ values, rows, columns }: Matrix): number =>
  frobeniusNorm(values, columns) * (1 + (rows + columns + 4) * F64_UNIT);

/** A row at a time, for the rounding's sake. */
function absoluteSum({ values, columns }: Matrix): number {
  let total = 0;
  for (let start = 0; start < values.length; start += columns) {
    let sum = 0;
    for (let i = start; i < start + columns; i++) sum += Math.abs(values[i]!);
    total += sum;
  }
  return total;
}
