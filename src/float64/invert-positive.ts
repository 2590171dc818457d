import type { Work } from "../support/host-spells.ts";

/**
 * The inverse of a symmetric positive definite matrix [n, n], by Gauss and Jordan's method without pivots, on the lower triangle and two
 * columns at a time: n³/2 multiply-adds.
 */
export function* invertPositive(matrix: Float64Array, n: number): Work<Float64Array> {
  const swept = matrix.slice();
  const first = new Float64Array(n);
  const second = new Float64Array(n);
  for (let k = 0; k < n; k += 2) {
    if (k + 1 < n) sweepTwo(swept, n, k, first, second);
    else sweepLast(swept, n, first);
    yield { done: Math.min(k + 2, n), total: n };
  }
  for (let i = 0; i < n; i++) for (let c = 0; c <= i; c++) swept[c * n + i] = swept[i * n + c] = -swept[i * n + c]!;
  return swept;
}

/** Solves for unknowns k and k + 1 in all rows. */
function sweepTwo(a: Float64Array, n: number, k: number, first: Float64Array, second: Float64Array): void {
  const l = k + 1;
  const [kk, lk, ll] = [a[k * n + k]!, a[l * n + k]!, a[l * n + l]!];
  const determinant = kk * ll - lk * lk;
  const [p, q, r] = [ll / determinant, -lk / determinant, kk / determinant];
  for (let i = 0; i < n; i++) {
    first[i] = i < k ? a[k * n + i]! : a[i * n + k]!;
    second[i] = i < k ? a[l * n + i]! : a[i * n + l]!;
  }
  first[k] = first[l] = second[k] = second[l] = 0;
  for (let i = 0; i < n; i++) {
    const x = first[i]! * p + second[i]! * q;
    const y = first[i]! * q + second[i]! * r;
    const row = i * n;
    for (let c = 0; c <= i; c++) a[row + c]! -= x * first[c]! + y * second[c]!;
    if (i < k) [a[k * n + i], a[l * n + i]] = [x, y];
    else if (i > l) [a[row + k], a[row + l]] = [x, y];
  }
  [a[k * n + k], a[l * n + k], a[l * n + l]] = [-p, -q, -r];
}

/** The same for the last unknown by itself. */
function sweepLast(a: Float64Array, n: number, column: Float64Array): void {
  const last = (n - 1) * n;
  const pivot = 1 / a[last + n - 1]!;
  column.set(a.subarray(last, last + n - 1));
  for (let i = 0; i < n - 1; i++) {
    const x = column[i]! * pivot;
    for (let c = 0; c <= i; c++) a[i * n + c]! -= x * column[c]!;
    a[last + i] = x;
  }
  a[last + n - 1] = -pivot;
}
