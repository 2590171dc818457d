import type { Problem } from "../../src/problem/problem.ts";

type Rows = Pick<Problem, "vocabularySize" | "embeddingDim" | "contextCount" | "embeddings" | "offsets" | "tokens">;

/** The matrix of W ↦ (C_j W h_j)_j, written out: a row for each entry of the supports, V d columns. */
export function denseOperator(problem: Rows): Float64Array[] {
  const { vocabularySize, embeddingDim: d, contextCount, embeddings, offsets, tokens } = problem;
  const rows: Float64Array[] = [];
  for (let j = 0; j < contextCount; j++) {
    const support = [...tokens.subarray(offsets[j], offsets[j + 1])];
    for (const z of support) {
      const row = new Float64Array(vocabularySize * d);
      for (const other of support)
        for (let i = 0; i < d; i++)
          row[other * d + i] = ((other === z ? 1 : 0) - 1 / support.length) * embeddings[j * d + i]!;
      rows.push(row);
    }
  }
  return rows;
}

/** Singular values, descending, and the least-squares solution of least norm with those above `cutoff` times the largest. */
export interface DenseSolution {
  readonly singularValues: number[];
  readonly solution: Float64Array;
}

/**
 * Least squares by one-sided Jacobi rotations of the rows, which become orthogonal: rows = U Σ Vᵀ with the rotations
 * gathered in what is done to b. Accurate to a few units of float64 times the condition number; for some hundred rows.
 */
export function solveDense(matrix: readonly Float64Array[], b: ArrayLike<number>, cutoff = 1e-11): DenseSolution {
  const rows = matrix.map((row) => row.slice());
  const right = Array.from(b);
  for (let sweep = 0, largest = 1; largest > 1e-15 && sweep < 60; sweep++) {
    largest = 0;
    for (let p = 0; p < rows.length; p++)
      for (let q = p + 1; q < rows.length; q++) largest = Math.max(largest, rotate(rows, right, p, q));
  }
  const sizes = rows.map((row) => Math.sqrt(dot(row, row)));
  const least = cutoff * Math.max(...sizes);
  const solution = new Float64Array(matrix[0]!.length);
  rows.forEach((row, p) => {
    if (sizes[p]! > least) row.forEach((value, i) => (solution[i]! += (value * right[p]!) / sizes[p]! ** 2));
  });
  return { singularValues: sizes.sort((a, c) => c - a), solution };
}

/** Makes two rows orthogonal; returns the cosine between them before. */
function rotate(rows: Float64Array[], right: number[], p: number, q: number): number {
  const [a, c] = [rows[p]!, rows[q]!];
  const [aa, cc, ac] = [dot(a, a), dot(c, c), dot(a, c)];
  const cosine = Math.abs(ac) / Math.sqrt(aa * cc);
  // rows that rounding alone holds up are left alone
  if (!(cosine > 1e-15) || Math.min(aa, cc) < 1e-30 * Math.max(aa, cc)) return 0;
  const zeta = (cc - aa) / (2 * ac);
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const cos = 1 / Math.hypot(1, t);
  const sin = cos * t;
  for (let i = 0; i < a.length; i++) [a[i], c[i]] = [cos * a[i]! - sin * c[i]!, sin * a[i]! + cos * c[i]!];
  [right[p], right[q]] = [cos * right[p]! - sin * right[q]!, sin * right[p]! + cos * right[q]!];
  return cosine;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
