import { describe, expect, test } from "vitest";
import { edgeOfStability, type EdgeOfStability } from "../../src/float64/edge-of-stability.ts";
import { findLargestEigenvalue } from "../../src/float64/gram-eigenvalue.ts";
import { createProblem, type Problem } from "../../src/problem/problem.ts";
import { paper1Plane } from "../../src/problem/synthetic.ts";
import { finished } from "../../src/support/host-spells.ts";
import { norm } from "../../src/float64/vectors.ts";
import { requireRelative } from "../support/compare.ts";
import { solveDense } from "../support/dense.ts";
import { drawProblem } from "../support/problems.ts";

const edgeOf = (problem: Problem): EdgeOfStability => finished(edgeOfStability(problem));

/** [words, probabilities] of each context. */
type Row = readonly [words: readonly number[], probabilities: readonly number[]];

const problemOf = (vocabularySize: number, embeddings: readonly (readonly number[])[], rows: readonly Row[]): Problem =>
  createProblem({
    vocabularySize,
    embeddingDim: embeddings[0]!.length,
    embeddings: embeddings.flat(),
    offsets: rows.reduce((offsets, [words]) => [...offsets, offsets.at(-1)! + words.length], [0]),
    tokens: rows.flatMap(([words]) => words),
    probabilities: rows.flatMap(([, probabilities]) => probabilities),
    contextLabels: rows.map((_, j) => `context ${j}`),
  });

/** M as its definition has it, [V·d, V·d]; without the p pᵀ where a fault is planted. */
function curvature(problem: Problem, isFaulty = false): Float64Array[] {
  const { vocabularySize: V, embeddingDim: d, embeddings, offsets, tokens, probabilities, weights } = problem;
  const matrix = Array.from({ length: V * d }, () => new Float64Array(V * d));
  weights.forEach((weight, j) => {
    const p = new Float64Array(V);
    for (let a = offsets[j]!; a < offsets[j + 1]!; a++) p[tokens[a]!] = probabilities[a]!;
    for (let r = 0; r < V * d; r++)
      for (let c = 0; c < V * d; c++) {
        const [z, w] = [Math.floor(r / d), Math.floor(c / d)];
        const ofWords = (z === w ? p[z]! : 0) - (isFaulty ? 0 : p[z]! * p[w]!);
        matrix[r]![c]! += weight * ofWords * embeddings[j * d + (r % d)]! * embeddings[j * d + (c % d)]!;
      }
  });
  return matrix;
}

/** Singular values of M, positive semidefinite, by Jacobi's rotations of its rows. */
const eigenvalue = (problem: Problem, isFaulty = false): number =>
  solveDense(curvature(problem, isFaulty), new Float64Array(problem.vocabularySize * problem.embeddingDim))
    .singularValues[0]!;

/** Beyond the roundings that the bounds allow for, Jacobi's own: some units of float64 for each of a hundred rows. */
const JACOBI = 1e-13;

function expectBetween({ lower, upper }: EdgeOfStability, expected: number, width = 1e-9): void {
  expect(lower).toBeLessThanOrEqual(expected * (1 + JACOBI));
  expect(upper).toBeGreaterThanOrEqual(expected * (1 - JACOBI));
  expect(upper / lower - 1).toBeLessThan(width);
}

describe("of one context", () => {
  test("with two equal words η_c is 4/‖h‖²", () => {
    expectBetween(
      edgeOf(
        problemOf(
          3,
          [[3, 4]],
          [
            [
              [0, 2],
              [0.5, 0.5],
            ],
          ],
        ),
      ),
      4 / 25,
    );
  });

  test("with p it is 2/(‖h‖² λ_max(diag p − p pᵀ))", () => {
    // of 0.6, 0.2, 0.2: across the two equal words 0.2, and 0.36 from the trace 0.56
    expectBetween(
      edgeOf(
        problemOf(
          4,
          [[1, 2, 2]],
          [
            [
              [0, 1, 3],
              [0.6, 0.2, 0.2],
            ],
          ],
        ),
      ),
      2 / (9 * 0.36),
    );
  });

  test("with a word that is nearly certain, 1/(‖h‖² p (1 − p))", () => {
    const p = 1 - 2 ** -20;
    expectBetween(
      edgeOf(
        problemOf(
          2,
          [[3, 4]],
          [
            [
              [0, 1],
              [p, 1 - p],
            ],
          ],
        ),
      ),
      1 / (25 * p * (1 - p)),
      1e-5,
    );
  });
});

test("contexts of orthogonal embeddings and of other words do not add up", () => {
  const halves: Row = [
    [0, 1],
    [0.5, 0.5],
  ];
  const single: Row = [[2], [1]];
  const problem = problemOf(
    3,
    [
      [2, 0],
      [0, 1],
      [0, 9],
    ],
    [halves, halves, single],
  );
  expectBetween(edgeOf(problem), 2 / (0.5 * 4 * problem.weights[0]!));
});

describe.each([
  ["more entries than words times dimensions", { contexts: 30, dim: 3, words: 5, support: [1, 4] as const }],
  ["fewer", { contexts: 6, dim: 11, words: 7, support: [2, 5] as const }],
  ["every word after every context", { contexts: 5, dim: 4, words: 4, support: [4, 4] as const }],
])("%s", (_, shape) => {
  test.each([1, 2, 3])("is between bounds, draw %d", (seed) => {
    const problem = drawProblem({ ...shape, seed });
    expectBetween(edgeOf(problem), 2 / eigenvalue(problem));
    expect(2 / eigenvalue(problem, true)).toBeLessThan(edgeOf(problem).lower * (1 - 1e-3));
  });
});

test("is 2/L or more", () => {
  for (const problem of [paper1Plane(), drawProblem({ contexts: 9, dim: 5, words: 4, support: [2, 3], seed: 5 })])
    expect(edgeOf(problem).lower).toBeGreaterThan(
      4 / finished(findLargestEigenvalue(problem, problem.weights, 1e-9)).eigenvalue,
    );
});

describe("bounds of large problems", () => {
  // the same contexts so often over words of their own: M is the same block again, at a share of the weight
  const copies = (problem: Problem, count: number): Problem => {
    const { vocabularySize: V, embeddingDim: d, embeddings, offsets, tokens, probabilities, contextCount: m } = problem;
    const rows = Array.from({ length: m * count }, (_, c): Row => {
      const [start, end] = [offsets[c % m]!, offsets[(c % m) + 1]!];
      const words = [...tokens.subarray(start, end)].map((word) => word + V * Math.floor(c / m));
      return [words, [...probabilities.subarray(start, end)]];
    });
    const all = rows.map((_, c) => [...embeddings.subarray((c % m) * d, ((c % m) + 1) * d)]);
    return problemOf(V * count, all, rows);
  };

  test.each([
    [
      "halves",
      problemOf(
        2,
        [[3, 4]],
        [
          [
            [0, 1],
            [0.5, 0.5],
          ],
        ],
      ),
      700,
      1,
    ],
    ["a drawn problem", drawProblem({ contexts: 6, dim: 4, words: 6, support: [2, 4], seed: 2 }), 100, 1.1],
  ])("hold with a factor of 2 between them: %s", (_, small, count, slack) => {
    const { lower, upper } = edgeOf(copies(small, count));
    const exact = (count * 2) / eigenvalue(small);
    expect(lower).toBeLessThanOrEqual((exact / slack) * (1 + JACOBI));
    expect(upper).toBeGreaterThanOrEqual(exact * slack * (1 - JACOBI));
    // each is widened by 8 (m + d + 10) u Σ_j π_j ‖h_j‖², which is 4 · 700 times the eigenvalue of a word at most
    requireRelative("their ratio", upper / lower, 2, 1e-8);
  });

  test("hold with the traces of words where embeddings are long too", () => {
    const problem = drawProblem({ contexts: 330, dim: 641, words: 4, support: [2, 3], seed: 1 });
    const { lower, upper } = edgeOf(problem);
    const parts = problem.weights.map((weight, j) => {
      const row = problem.probabilities.subarray(problem.offsets[j], problem.offsets[j + 1]);
      const h = problem.embeddings.subarray(j * 641, (j + 1) * 641);
      return weight * norm(h) ** 2 * Math.max(...row.map((p) => p * (1 - p)));
    });
    // one context bends the loss less than all, and a word's trace is that of all its contexts
    expect(upper).toBeGreaterThan(0);
    expect(lower).toBeLessThan(2 / Math.max(...parts));
    expect(lower).toBeGreaterThanOrEqual(1 / parts.reduce((sum, part) => sum + part, 0));
  });
});

test("one-hot data and embeddings of zero have none", () => {
  const none = { lower: Infinity, upper: Infinity };
  expect(edgeOf(drawProblem({ contexts: 8, dim: 3, words: 5, support: [1, 1], seed: 1 }))).toEqual(none);
  expect(
    edgeOf(
      problemOf(
        3,
        [
          [0, 0],
          [1, 2],
        ],
        [
          [
            [0, 1],
            [0.5, 0.5],
          ],
          [[2], [1]],
        ],
      ),
    ),
  ).toEqual(none);
});
