import { F64_UNIT } from "./data-subspace.ts";
import { largestEigenvalueOf } from "./gram-eigenvalue.ts";
import { innerProduct } from "../reference/inner-product.ts";
import type { Work } from "../support/host-spells.ts";

/** The eigenvalue is then good to about the square. */
const EIGENVECTOR_RESIDUAL = 1e-9;
/** By how much more than the largest eigenvalue found the first number is that is tried as a bound, and at which no more is tried. */
const [FIRST_EXCESS, LAST_EXCESS] = [1e-11, 1];

/** Row-major [rows, columns]. */
export interface Matrix {
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** Frobenius norm, a row at a time: the rounding is that of a row and a column, not of all entries in one sum. */
export function frobeniusNorm(matrix: Float32Array | Float64Array, columns: number): number {
  let total = 0;
  for (let start = 0; start < matrix.length; start += columns) {
    let sum = 0;
    for (let i = start; i < start + columns; i++) sum += matrix[i]! * matrix[i]!;
    total += sum;
  }
  return Math.sqrt(total);
}

/** A Aᵀ, in float64. */
export function* gramOfRows({ values, rows, columns }: Matrix): Work<Float64Array> {
  const gram = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += values[i * columns + c]! * values[k * columns + c]!;
      gram[i * rows + k] = gram[k * rows + i] = sum;
    }
    yield { done: i + 1, total: rows };
  }
  return gram;
}

/**
 * A number that the spectral norm of A does not exceed, and not far above it: the root of what bounds the largest eigenvalue of A Aᵀ.
 */
export function* spectralNormBound(matrix: Matrix): Work<number> {
  const gram = yield* gramOfRows(matrix);
  const { upper, trace } = yield* boundLargestEigenvalue(gram, matrix.rows);
  return Math.sqrt(upper + 2 * (matrix.columns + 2) * F64_UNIT * trace) * (1 + 4 * F64_UNIT);
}

/** The largest eigenvalue of a symmetric matrix between two bounds, with the sum of its diagonal. */
export interface EigenvalueBounds {
  readonly lower: number;
  readonly upper: number;
  readonly trace: number;
}

/**
 * Bounds of the largest eigenvalue of a symmetric matrix G [n, n] that is positive semidefinite but for rounding. From below the
 * Rayleigh quotient of a vector. From above a level λ a little larger at which λ I − G has a Cholesky factor in float64, with what
 * rounding can have done in that (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 10.1: the factor is that of a
 * matrix whose entries are off by (n + 1) u √(a_ii a_jj) at most).
 */
export function* boundLargestEigenvalue(gram: Float64Array, n: number): Work<EigenvalueBounds> {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += gram[i * n + i]!;
  if (trace === 0) return { lower: 0, upper: 0, trace };
  const { eigenvalue, vector } = yield* largestEigenvalueOf(n, (x) => timesSymmetric(gram, x), EIGENVECTOR_RESIDUAL);
  const quotient = innerProduct(vector, timesSymmetric(gram, vector)) / innerProduct(vector, vector);
  // two inner products of n terms, and ‖|G|‖ is at most the trace
  const lower = Math.max(quotient - 4 * (n + 2) * F64_UNIT * trace, 0);
  for (let excess = FIRST_EXCESS; excess < LAST_EXCESS; excess *= 10) {
    const level = eigenvalue * (1 + excess);
    if (yield* hasFactor(gram, n, level)) return { lower, upper: level * (1 + 2 * n * (n + 2) * F64_UNIT), trace };
  }
  // the sum of all eigenvalues: always there, never below
  return { lower, upper: trace * (1 + 2 * (n + 2) * F64_UNIT), trace };
}

function timesSymmetric(matrix: Float64Array, x: Float64Array): Float64Array {
  return x.map((_, i) => innerProduct(matrix.subarray(i * x.length, (i + 1) * x.length), x));
}

/** Whether Cholesky's method finds level · I − gram positive definite. */
function* hasFactor(gram: Float64Array, n: number, level: number): Work<boolean> {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = (i === k ? level : 0) - gram[i * n + k]!;
      for (let c = 0; c < k; c++) sum -= factor[i * n + c]! * factor[k * n + c]!;
      if (i !== k) factor[i * n + k] = sum / factor[k * n + k]!;
      else if (sum > 0) factor[i * n + i] = Math.sqrt(sum);
      else return false;
    }
    yield;
  }
  return true;
}

/** A vector so much shorter than another is freed of what it has of it. */
const SHORT = 1e-3;

/**
 * A number that the nuclear norm of A does not exceed, from a matrix Q [n, n] that is orthogonal to some digits, A having n rows: with
 * B = Q A and E = I − Q Qᵀ, A = Qᵀ (I + E) B up to a rest of ‖E‖² ‖A‖, and a sum of products of vectors has at most the sum of the
 * products of their lengths. Rows of B that are much shorter than others are freed of their parts along those, which then carry them:
 * c_ik = ⟨b_i, b_k⟩ / ‖b_k‖². Tight to second order where the rows of B are nearly orthogonal.
 */
export function* nuclearNormBound({ values, rows: n, columns }: Matrix, rotation: ArrayLike<number>): Work<number> {
  let size = 0;
  for (const value of values) size += value * value;
  size = Math.sqrt(size) * (1 + (values.length + 2) * F64_UNIT);
  const error = yield* gramOfRows({ values: Float64Array.from(rotation), rows: n, columns: n });
  let errorSize = 0;
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      error[i * n + k] = (i === k ? 1 : 0) - error[i * n + k]!;
      errorSize += error[i * n + k]! ** 2;
    }
  errorSize = Math.sqrt(errorSize) + 2 * (n + 2) * n * F64_UNIT;
  if (!(errorSize < 0.5)) return Math.sqrt(Math.min(n, columns)) * size;
  const rotated = new Float64Array(n * columns);
  const row = (i: number): Float64Array => rotated.subarray(i * columns, (i + 1) * columns);
  for (let i = 0; i < n; i++) {
    const b = row(i);
    for (let k = 0; k < n; k++) {
      const q = rotation[i * n + k]!;
      if (q !== 0) for (let c = 0; c < columns; c++) b[c]! += q * values[k * columns + c]!;
    }
    yield { done: i + 1, total: n };
  }
  // ⟨r_i, r_k⟩ with R = (I + E) Q are the entries of I + E − E² − E³
  const ofError = (i: number, k: number): number => Math.abs(error[i * n + k]!) + errorSize ** 2 + errorSize ** 3;
  const squares = Float64Array.from({ length: n }, (_, i) => innerProduct(row(i), row(i)));
  const crossings = new Float64Array(n);
  const carried = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      if (!(squares[i]! < SHORT ** 2 * squares[k]!)) continue;
      const part = innerProduct(row(i), row(k)) / squares[k]!;
      const [b, longer] = [row(i), row(k)];
      for (let c = 0; c < columns; c++) b[c]! -= part * longer[c]!;
      crossings[k]! += 2 * Math.abs(part) * ofError(i, k);
      carried[k]! += 2 * Math.abs(part);
    }
    yield;
  }
  let total = 0;
  for (let i = 0; i < n; i++) {
    let squareOfRow = 1 + error[i * n + i]!;
    for (let k = 0; k < n; k++) squareOfRow -= error[i * n + k]! ** 2;
    squareOfRow += errorSize ** 3 + 4 * (n + 2) * n * F64_UNIT + crossings[i]! + carried[i]! ** 2;
    total += Math.sqrt(innerProduct(row(i), row(i)) * squareOfRow) * (1 + (columns + 8) * F64_UNIT);
  }
  const rounding = 4 * n * (n + 2) * F64_UNIT * size;
  const rest = Math.sqrt(Math.min(n, columns)) * errorSize ** 2 * size;
  return total + rest + rounding;
}
