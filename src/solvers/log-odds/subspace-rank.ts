import type { Work } from "../../support/host-spells.ts";
import type { Problem } from "../../problem/problem.ts";
import { F64_UNIT } from "../../float64/data-subspace.ts";

/**
 * The dimension of F = span{(e_z − e_z′) h_jᵀ : z, z′ ∈ S_j}, as far as float64 tells. A direction that is in F by less than
 * 1e-13 of its embeddings counts as none; where contexts are dependent that is 1e-7, the root of what rounding leaves of A Aᵀ.
 */
export interface SubspaceRank {
  /**
   * `"determined"`: pivots on either side of the decision differ by 1e3 or more. `"ambiguous"`: they do not, and `rank` is
   * the likeliest. `"not computed"`: it would take too long; contexts are dependent or
   * some 1,600, and Σ(|S_j| − 1) is above 2,000; or it was cancelled.
   */
  readonly status: "determined" | "ambiguous" | "not computed";
  readonly rank?: number;
  /** Last pivot that was kept over the first one dropped, or over what rounding can make of a zero where that is more. */
  readonly ratio?: number;
  /**
   * `"embeddings"`: those of contexts with two words or more are independent (Gram and Schmidt), so that the rank is Σ(|S_j| − 1).
   * `"pivoted Cholesky"`: of A Aᵀ, Σ(|S_j| − 1) square.
   */
  readonly method?: "embeddings" | "pivoted Cholesky";
}

/** Multiply-adds that the host may spend, some seconds: Cholesky to Σ(|S_j| − 1) = 2,000. */
const MOST_OPERATIONS = 4e9;
const LEAST_RATIO = 1e3;

/** Numerical rank of F, from float64 embeddings scaled to unit norm: neither their sizes nor the probabilities matter to F. */
export function* subspaceRank(problem: Problem): Work<SubspaceRank> {
  const { offsets, tokens, contextCount, embeddingDim, vocabularySize } = problem;
  const rows: Row[] = [];
  for (let j = 0; j < contextCount; j++)
    if (offsets[j + 1]! - offsets[j]! > 1)
      rows.push({ unit: unitRow(problem, j), support: tokens.subarray(offsets[j], offsets[j + 1]) });
  const total = rows.reduce((sum, { support }) => sum + support.length - 1, 0);
  if (total === 0) return { status: "determined", rank: 0, method: "embeddings" };
  if (rows.length <= embeddingDim && rows.length ** 2 * embeddingDim <= MOST_OPERATIONS) {
    const { rank, ratio } = yield* rankOfRows(rows.map(({ unit }) => unit.slice()));
    if (rank === rows.length && ratio >= LEAST_RATIO)
      return { status: "determined", rank: total, ratio, method: "embeddings" };
  }
  if (total ** 3 / 2 > MOST_OPERATIONS) return { status: "not computed" };
  const coordinates = rows.flatMap(({ support }, r) =>
    Array.from({ length: support.length - 1 }, (_, a) => ({ r, a })),
  );
  const { rank, ratio } = yield* pivotedCholesky(
    coordinates.map(({ r }) => dot(rows[r]!.unit, rows[r]!.unit)),
    (k) => columnOf(rows, coordinates[k]!, vocabularySize, total),
  );
  return {
    status: ratio >= LEAST_RATIO ? "determined" : "ambiguous",
    rank,
    ...(rank > 0 && { ratio }),
    method: "pivoted Cholesky",
  };
}

interface Row {
  readonly unit: Float64Array;
  readonly support: Uint32Array;
}

function unitRow({ embeddings, embeddingDim: d }: Problem, j: number): Float64Array {
  const row = Float64Array.from(embeddings.subarray(j * d, (j + 1) * d));
  const largest = row.reduce((most, h) => Math.max(most, Math.abs(h)), 0) || 1;
  const scaled = row.map((h) => h / largest);
  const size = Math.sqrt(dot(scaled, scaled)) || 1;
  return scaled.map((h) => h / size);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * A column of A Aᵀ. Coordinate a of a context is Helmert's contrast of its words, (1, …, 1, −(a + 1), 0, …) with a + 1 ones,
 * over its norm: orthonormal, and orthogonal to what centring removes. Two contrasts meet in the words they share, times
 * ⟨h_j, h_k⟩.
 */
function columnOf(rows: readonly Row[], at: { r: number; a: number }, words: number, total: number): Float64Array {
  const { unit, support } = rows[at.r]!;
  const contrast = new Float64Array(words);
  for (let i = 0; i <= at.a; i++) contrast[support[i]!] = 1 / helmertNorm(at.a);
  contrast[support[at.a + 1]!] = -(at.a + 1) / helmertNorm(at.a);
  const column = new Float64Array(total);
  let place = 0;
  for (const row of rows) {
    const product = dot(row.unit, unit);
    let before = 0;
    for (let a = 0; a + 1 < row.support.length; a++) {
      before += contrast[row.support[a]!]!;
      column[place++] = (product * (before - (a + 1) * contrast[row.support[a + 1]!]!)) / helmertNorm(a);
    }
  }
  return column;
}

const helmertNorm = (a: number): number => Math.sqrt((a + 1) * (a + 2));

interface Found {
  readonly rank: number;
  readonly ratio: number;
}

/** Gram and Schmidt's elimination with the longest remaining row as pivot. What is left of a row errs by some n u of it. */
function* rankOfRows(rows: Float64Array[]): Work<Found> {
  const n = rows.length;
  const rounding = 8 * n * F64_UNIT;
  let kept = Infinity;
  for (let rank = 0; rank < n; rank++) {
    const sizes = rows.map((row) => Math.sqrt(dot(row, row)));
    const pivot = sizes.reduce((best, size, i) => (size > sizes[best]! ? i : best), 0);
    const size = sizes[pivot]!;
    if (!(size > rounding)) return { rank, ratio: rank ? kept / rounding : Infinity };
    kept = size;
    const [row] = rows.splice(pivot, 1);
    for (const other of rows) {
      const weight = dot(row!, other) / size ** 2;
      for (let i = 0; i < other.length; i++) other[i]! -= weight * row![i]!;
    }
    yield { done: rank + 1, total: n };
  }
  return { rank: n, ratio: kept / rounding };
}

/**
 * Cholesky factorisation of a positive semidefinite matrix with the largest remaining diagonal as pivot, a column at a
 * time. A pivot counts as zero from 8 n u times the largest on, u = 2^-53: n updates round it by no more (Higham 2002, 10.3).
 */
function* pivotedCholesky(diagonal: readonly number[], column: (k: number) => Float64Array): Work<Found> {
  const n = diagonal.length;
  const left = Float64Array.from(diagonal);
  const largest = left.reduce((most, value) => Math.max(most, value), 0);
  const rounding = 8 * n * F64_UNIT * largest;
  const factors: Float64Array[] = [];
  let [kept, dropped] = [Infinity, 0];
  while (factors.length < n) {
    const pivot = left.reduce((best, value, i) => (value > left[best]! ? i : best), 0);
    if (!(left[pivot]! > rounding)) {
      dropped = Math.max(left[pivot]!, 0);
      break;
    }
    const next = column(pivot);
    for (const factor of factors) {
      const weight = factor[pivot]!;
      if (weight !== 0) for (let i = 0; i < n; i++) next[i]! -= weight * factor[i]!;
    }
    kept = left[pivot]!;
    const root = Math.sqrt(kept);
    for (let i = 0; i < n; i++) {
      next[i]! /= root;
      left[i]! -= next[i]! ** 2;
    }
    left[pivot] = -Infinity;
    factors.push(next);
    yield { done: factors.length, total: n };
  }
  return { rank: factors.length, ratio: factors.length === 0 ? Infinity : kept / Math.max(dropped, rounding) };
}
