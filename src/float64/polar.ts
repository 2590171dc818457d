import { matrixProduct } from "../reference/matrix-product.ts";
import { quinticFactor } from "../reference/quintic-factor.ts";
import { transpose } from "../reference/transpose.ts";
import { norm, ratio } from "./vectors.ts";

/**
 * The iterations of a polar factor. Each one takes every singular value σ from 0 to 1 to (15 σ − 10 σ³ + 3 σ⁵)/8, which rises from 0 to 1
 * with the derivative 15 (1 − σ²)²/8 and closes in on 1 like 1 − 5/2 (1 − σ)³. More of them would reach smaller singular values, and what
 * rounding leaves in the place of none.
 */
export const POLAR_ITERATIONS = 14;

/** An iteration as a polynomial in the Gram matrix A of X: X ← (identity I + gram A + square A²) X. */
export const QUINTIC = { identity: 15 / 8, gram: -10 / 8, square: 3 / 8 } as const;

/**
 * What the iterations make of a singular value that is such a share of the matrix's Frobenius norm: 1 − 6e-5 and more of 5e-4 and more, at
 * most 6,638 times the share.
 */
export function polarValue(share: number): number {
  let value = share;
  for (let k = 0; k < POLAR_ITERATIONS; k++)
    value *= QUINTIC.identity + value ** 2 * (QUINTIC.gram + QUINTIC.square * value ** 2);
  return value;
}

/**
 * The polar factor U Vᵀ of G = U Σ Vᵀ as the iterations leave it: Σ_i {@link polarValue}(σ_i / ‖G‖) u_i v_iᵀ, in float64, and zero for zero.
 * @param matrix row-major with `columns` columns
 */
export function polarFactor(matrix: ArrayLike<number>, columns: number): Float64Array {
  const rows = matrix.length / columns;
  const size = norm(matrix);
  const unit = Float64Array.from(matrix, (g) => ratio(g, size));
  if (rows <= columns) return iterated(unit, rows, columns);
  return transpose(iterated(transpose(unit, { rows, columns }), columns, rows), { rows: columns, columns: rows });
}

/** The iterations on a matrix that has no more rows than columns. */
function iterated(matrix: Float64Array, rows: number, columns: number): Float64Array {
  let x = matrix;
  for (let k = 0; k < POLAR_ITERATIONS; k++) {
    const gram = matrixProduct(x, transpose(x, { rows, columns }), { rows, inner: columns, columns: rows });
    const square = matrixProduct(gram, gram, { rows, inner: rows, columns: rows });
    x = matrixProduct(quinticFactor(gram, square, rows, QUINTIC), x, { rows, inner: rows, columns });
  }
  return x;
}
