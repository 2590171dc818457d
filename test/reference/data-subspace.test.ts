import { describe, expect, test } from "vitest";
import { createProblem } from "../../src/problem/problem.ts";
import { DataSubspace, norm } from "../../src/reference/data-subspace.ts";
import { innerProduct } from "../../src/reference/inner-product.ts";
import { requireClose, requireRelative } from "../support/compare.ts";
import { denseOperator, solveDense } from "../support/dense.ts";
import { normals } from "../support/draw.ts";
import { drawProblem, type Drawing } from "../support/problems.ts";

const DRAWINGS: readonly Drawing[] = [
  { contexts: 1, dim: 1, words: 2, support: [2, 2], seed: 1 },
  { contexts: 6, dim: 4, words: 5, support: [1, 5], seed: 2 },
  { contexts: 11, dim: 3, words: 9, support: [3, 3], seed: 3 },
];
/** Sums of at most a hundred terms of size ten, each rounded once. */
const CLOSE = 1e-13;

describe.each(DRAWINGS)("$contexts contexts, d = $dim, V = $words", (drawing) => {
  const problem = drawProblem(drawing);
  const subspace = new DataSubspace(problem);
  const dense = denseOperator(problem);
  const decoder = Float64Array.from(normals(5, drawing.words * drawing.dim));
  const a = Float64Array.from(normals(6, problem.tokens.length));

  test("A and Aᵀ are the matrix written out and its transpose", () => {
    const image = dense.map((row) => innerProduct(row, decoder));
    requireClose("A(W)", subspace.apply(decoder), image, CLOSE);
    const combined = decoder.map((_, i) => dense.reduce((sum, row, k) => sum + row[i]! * a[k]!, 0));
    requireClose("Aᵀ(a)", subspace.applyAdjoint(a), combined, CLOSE);
    expect(a).toEqual(Float64Array.from(normals(6, problem.tokens.length)));
  });

  test("‖A‖ is the Frobenius norm", () => {
    const squares = dense.reduce((sum, row) => sum + innerProduct(row, row), 0);
    requireRelative("operatorNorm", subspace.operatorNorm, Math.sqrt(squares), CLOSE);
  });

  test("the log-odds are centred, and differ as log p does", () => {
    const b = subspace.logOdds();
    for (let j = 0; j < problem.contextCount; j++) {
      const [start, end] = [problem.offsets[j]!, problem.offsets[j + 1]!];
      requireClose("sum", [b.subarray(start, end).reduce((x, y) => x + y, 0)], [0], CLOSE);
      for (let k = start; k < end; k++)
        requireClose(
          "difference",
          [b[k]! - b[start]!],
          [Math.log(problem.probabilities[k]! / problem.probabilities[start]!)],
          CLOSE,
        );
    }
  });

  test("rounding stays within its bounds, which are near it", () => {
    // W of F and A(W) as b, and an a without image: what is left is rounding alone
    const inSpan = subspace.applyAdjoint(a);
    const b = subspace.apply(inSpan);
    const { solution } = solveDense(dense, b);
    const left = subspace.apply(solution).map((value, k) => b[k]! - value);
    const bound = subspace.residualRounding(solution, b);
    // the dense solve adds rounding of its own, some sweeps of rotations
    expect(norm(left)).toBeLessThanOrEqual(20 * bound);
    expect(bound).toBeLessThanOrEqual(1e-12 * norm(b));
    const level = new Float64Array(a.length).fill(1.1);
    expect(norm(subspace.applyAdjoint(level))).toBeLessThanOrEqual(subspace.adjointRounding(level));
    expect(subspace.adjointRounding(level)).toBeLessThanOrEqual(1e-13 * norm(level) * subspace.operatorNorm);
  });
});

test("a context of one word has no part in A", () => {
  const problem = createProblem({
    vocabularySize: 3,
    embeddingDim: 1,
    embeddings: [2, 3],
    offsets: [0, 1, 3],
    tokens: [1, 0, 2],
    probabilities: [1, 0.25, 0.75],
  });
  const subspace = new DataSubspace(problem);
  expect([...subspace.apply([1, 50, 5])]).toEqual([0, -6, 6]);
  expect([...subspace.applyAdjoint([9, 1, 5])]).toEqual([-6, 0, 6]);
});

test("equal probabilities have log-odds of zero, whatever their number", () => {
  for (let words = 2; words <= 40; words++) {
    const problem = createProblem({
      vocabularySize: words,
      embeddingDim: 1,
      embeddings: [1],
      offsets: [0, words],
      tokens: Array.from({ length: words }, (_, z) => z),
      probabilities: new Float64Array(words).fill(1 / words),
    });
    requireClose("log-odds", new DataSubspace(problem).logOdds(), new Float64Array(words), 0);
  }
});
