import type { Work } from "../support/host-spells.ts";
import type { Matrix } from "./matrix-norms.ts";

/** Cosines that count as zero. */
const ORTHOGONAL = 1e-13;
/** Squared lengths below this part of the largest are rounding. */
const NOTHING = 1e-30;
const MOST_SWEEPS = 40;

/**
 * One sweep of one-sided Jacobi rotations in float64 (Golub and Van Loan, Matrix Computations, 2013, section 8.6.3), in place: every pair
 * of rows is made orthogonal once.
 * @param rotation [rows, rows], turned along with the rows
 * @returns the largest |cos| that a pair met with
 */
function* rotationSweep({ values, rows: n, columns }: Matrix, rotation: Float64Array): Work<number> {
  const squares = Float64Array.from({ length: n }, (_, i) => product(values, columns, i, i));
  const least = NOTHING * squares.reduce((most, square) => Math.max(most, square), 0);
  let largest = 0;
  for (let p = 0; p < n; p++) {
    for (let q = p + 1; q < n; q++) {
      const [pp, qq] = [squares[p]!, squares[q]!];
      if (!(Math.min(pp, qq) > least)) continue;
      const inner = product(values, columns, p, q);
      const cosine = Math.abs(inner) / Math.sqrt(pp * qq);
      if (!(cosine > ORTHOGONAL)) continue;
      largest = Math.max(largest, cosine);
      const tangent = tangentOf(pp, qq, inner);
      turn(values, columns, p, q, tangent);
      turn(rotation, n, p, q, tangent);
      squares[p] = product(values, columns, p, p);
      squares[q] = product(values, columns, q, q);
    }
    yield;
  }
  return largest;
}

/**
 * One sweep of Jacobi rotations of Q G Qᵀ, in place, over the pairs whose |cos| = |g_pq| / √(g_pp g_qq) is above `enough` (Golub and Van
 * Loan, section 8.5.3): as {@link rotationSweep} does from the inner products of the rows alone.
 * @param gram Q G Qᵀ, symmetric [n, n]
 * @param rotation Q [n, n], turned along
 * @returns how many pairs were turned
 */
export function* diagonalSweep(gram: Float64Array, rotation: Float64Array, n: number, enough: number): Work<number> {
  let turned = 0;
  for (let p = 0; p < n; p++) {
    for (let q = p + 1; q < n; q++) {
      const inner = gram[p * n + q]!;
      const pp = gram[p * n + p]!;
      const qq = gram[q * n + q]!;
      if (!(inner * inner > enough * enough * pp * qq)) continue;
      const tangent = tangentOf(pp, qq, inner);
      turn(gram, n, p, q, tangent);
      gram[p * n + p] = pp - tangent * inner;
      gram[q * n + q] = qq + tangent * inner;
      gram[p * n + q] = gram[q * n + p] = 0;
      for (let i = 0; i < n; i++) {
        gram[i * n + p] = gram[p * n + i]!;
        gram[i * n + q] = gram[q * n + i]!;
      }
      turn(rotation, n, p, q, tangent);
      turned++;
    }
    yield;
  }
  return turned;
}

/** Q, orthogonal to rounding, with Q A of orthogonal rows. */
export function* orthogonalRotation({ values, rows, columns }: Matrix): Work<Float64Array> {
  const rotated = { values: values.slice(), rows, columns };
  const rotation = identity(rows);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) if ((yield* rotationSweep(rotated, rotation)) === 0) break;
  return rotation;
}

export function identity(n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = 1;
  return matrix;
}

/** Of the smaller angle by which two rows are turned to be orthogonal, from their squares and their inner product. */
function tangentOf(pp: number, qq: number, inner: number): number {
  const cotangent = (qq - pp) / (2 * inner);
  return (cotangent >= 0 ? 1 : -1) / (Math.abs(cotangent) + Math.hypot(1, cotangent));
}

function turn(values: Float64Array, columns: number, p: number, q: number, tangent: number): void {
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = cosine * tangent;
  for (let a = p * columns, b = q * columns; a < (p + 1) * columns; a++, b++) {
    const x = values[a]!;
    const y = values[b]!;
    values[a] = cosine * x - sine * y;
    values[b] = sine * x + cosine * y;
  }
}

function product(values: Float64Array, columns: number, p: number, q: number): number {
  let sum = 0;
  for (let a = p * columns, b = q * columns; a < (p + 1) * columns; a++, b++) sum += values[a]! * values[b]!;
  return sum;
}
