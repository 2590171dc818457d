import type { Work } from "../support/host-spells.ts";

/** Unknowns that are solved for together: entries are loaded and stored once for so many multiply-adds. */
const AT_ONCE = 4;

/**
 * The inverse of a symmetric positive definite matrix [n, n], by Gauss and Jordan's method without pivots, on the lower triangle and four
 * columns at a time: n³/2 multiply-adds.
 */
export function* invertPositive(matrix: Float64Array, n: number): Work<Float64Array> {
  const swept = matrix.slice();
  const columns = Array.from({ length: AT_ONCE }, () => new Float64Array(n));
  for (let k = 0; k < n;) {
    const count = k + AT_ONCE <= n ? AT_ONCE : 1;
    sweep(swept, n, k, columns.slice(0, count));
    k += count;
    yield { done: k, total: n };
  }
  for (let i = 0; i < n; i++) for (let c = 0; c <= i; c++) swept[c * n + i] = swept[i * n + c] = -swept[i * n + c]!;
  return swept;
}

/** Solves in all rows for the unknowns from k on, one for each of the columns, which are work space; one or four of them. */
function sweep(a: Float64Array, n: number, k: number, columns: readonly Float64Array[]): void {
  const count = columns.length;
  const pivot = new Float64Array(count ** 2);
  for (const [q, column] of columns.entries()) {
    for (let i = 0; i < n; i++) column[i] = i < k + q ? a[(k + q) * n + i]! : a[i * n + k + q]!;
    for (let p = 0; p < count; p++) pivot[p * count + q] = column[k + p]!;
    column.fill(0, k, k + count);
  }
  const inverse = invertSmall(pivot, count);
  const factors = new Float64Array(count);
  for (let i = 0; i < n; i++) {
    factors.fill(0);
    for (const [p, column] of columns.entries())
      for (let q = 0; q < count; q++) factors[q]! += column[i]! * inverse[p * count + q]!;
    if (count === AT_ONCE) takeFour(a, i * n, i + 1, factors, columns);
    else for (let c = 0; c <= i; c++) a[i * n + c]! -= factors[0]! * columns[0]![c]!;
    for (let q = 0; q < count; q++) {
      if (i < k) a[(k + q) * n + i] = factors[q]!;
      else if (i >= k + count) a[i * n + k + q] = factors[q]!;
    }
  }
  for (let p = 0; p < count; p++) for (let q = 0; q <= p; q++) a[(k + p) * n + k + q] = -inverse[p * count + q]!;
}

/** Takes the columns times their factors away from the first entries of a row. */
function takeFour(
  a: Float64Array,
  row: number,
  length: number,
  factors: Float64Array,
  columns: readonly Float64Array[],
): void {
  const [w, x, y, z] = [factors[0]!, factors[1]!, factors[2]!, factors[3]!];
  const [c0, c1, c2, c3] = [columns[0]!, columns[1]!, columns[2]!, columns[3]!];
  for (let c = 0; c < length; c++) a[row + c]! -= w * c0[c]! + x * c1[c]! + (y * c2[c]! + z * c3[c]!);
}

/** The inverse of a small positive definite matrix, all of whose entries are given. */
function invertSmall(matrix: Float64Array, n: number): Float64Array {
  const a = matrix.slice();
  for (let k = 0; k < n; k++) {
    const pivot = 1 / a[k * n + k]!;
    a[k * n + k] = 1;
    for (let c = 0; c < n; c++) a[k * n + c]! *= pivot;
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a[i * n + k]!;
      a[i * n + k] = 0;
      for (let c = 0; c < n; c++) a[i * n + c]! -= factor * a[k * n + c]!;
    }
  }
  return a;
}
