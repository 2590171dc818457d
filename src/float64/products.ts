import type { Work } from "../support/host-spells.ts";

/** Rows of A whose products with two rows of B are summed side by side, in registers. */
const ROWS_AT_ONCE = 4;

/** A Bᵀ of A [n, inner] and B [p, inner], row-major in float64; every entry is summed in order. */
export function* timesTransposed(a: Float64Array, b: Float64Array, inner: number): Work<Float64Array> {
  const [n, p] = [a.length / inner, b.length / inner];
  const product = new Float64Array(n * p);
  for (let first = 0; first < n; first += ROWS_AT_ONCE) {
    multiplyRows(a, b, inner, product, first);
    yield { done: Math.min(first + ROWS_AT_ONCE, n), total: n };
  }
  return product;
}

/** Beyond the last row the last row is taken again. */
function multiplyRows(a: Float64Array, b: Float64Array, inner: number, product: Float64Array, first: number): void {
  const [n, p] = [a.length / inner, b.length / inner];
  const [i0, i1, i2, i3] = [first, Math.min(first + 1, n - 1), Math.min(first + 2, n - 1), Math.min(first + 3, n - 1)];
  const [a0, a1, a2, a3] = [i0 * inner, i1 * inner, i2 * inner, i3 * inner];
  for (let k = 0; k < p; k += 2) {
    const l = Math.min(k + 1, p - 1);
    const [b0, b1] = [k * inner, l * inner];
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let t0 = 0;
    let t1 = 0;
    let t2 = 0;
    let t3 = 0;
    for (let c = 0; c < inner; c++) {
      const x = b[b0 + c]!;
      const y = b[b1 + c]!;
      const u0 = a[a0 + c]!;
      const u1 = a[a1 + c]!;
      const u2 = a[a2 + c]!;
      const u3 = a[a3 + c]!;
      s0 += u0 * x;
      s1 += u1 * x;
      s2 += u2 * x;
      s3 += u3 * x;
      t0 += u0 * y;
      t1 += u1 * y;
      t2 += u2 * y;
      t3 += u3 * y;
    }
    product[i0 * p + k] = s0;
    product[i1 * p + k] = s1;
    product[i2 * p + k] = s2;
    product[i3 * p + k] = s3;
    product[i0 * p + l] = t0;
    product[i1 * p + l] = t1;
    product[i2 * p + l] = t2;
    product[i3 * p + l] = t3;
  }
}

/** Aᵀ [columns, rows] of A [rows, columns]. */
export function transposed(values: Float64Array, rows: number): Float64Array {
  const columns = values.length / rows;
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) for (let c = 0; c < columns; c++) result[c * rows + i] = values[i * columns + c]!;
  return result;
}
