import type { Work } from "../support/host-spells.ts";

/** Solves A x = right for a symmetric positive definite A [n, n] by Cholesky's method, n³/6 multiply-adds; A is overwritten. */
export function* solvePositive(a: Float64Array, right: Float64Array): Work<Float64Array> {
  const n = right.length;
  for (let i = 0; i < n; i += 2) {
    factorRows(a, n, i, Math.min(i + 1, n - 1));
    yield;
  }
  const x = right.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= a[i * n + k]! * x[k]!;
    x[i]! /= a[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    x[i]! /= a[i * n + i]!;
    for (let k = 0; k < i; k++) x[k]! -= a[i * n + k]! * x[i]!;
  }
  return x;
}

/** Rows i and l = i + 1 of the factor, side by side in registers; l = i for the last row alone. */
function factorRows(a: Float64Array, n: number, i: number, l: number): void {
  const [p, q] = [i * n, l * n];
  for (let j = 0; j < i; j++) {
    const r = j * n;
    const pivot = a[r + j]!;
    let s0 = a[p + j]!;
    let s1 = 0;
    let t0 = a[q + j]!;
    let t1 = 0;
    let k = 0;
    for (; k + 1 < j; k += 2) {
      const x = a[r + k]!;
      const y = a[r + k + 1]!;
      s0 -= a[p + k]! * x;
      s1 -= a[p + k + 1]! * y;
      t0 -= a[q + k]! * x;
      t1 -= a[q + k + 1]! * y;
    }
    if (k < j) {
      s0 -= a[p + k]! * a[r + k]!;
      t0 -= a[q + k]! * a[r + k]!;
    }
    a[p + j] = (s0 + s1) / pivot;
    a[q + j] = (t0 + t1) / pivot;
  }
  a[p + i] = Math.sqrt(lessProducts(a, p, p, i));
  if (l === i) return;
  a[q + i] = lessProducts(a, q, p, i) / a[p + i]!;
  a[q + l] = Math.sqrt(lessProducts(a, q, q, l));
}

/** The entry at column c of the row at q, less the inner product of what is before it with the row at p. */
function lessProducts(a: Float64Array, q: number, p: number, c: number): number {
  let rest = a[q + c]!;
  for (let k = 0; k < c; k++) rest -= a[q + k]! * a[p + k]!;
  return rest;
}
