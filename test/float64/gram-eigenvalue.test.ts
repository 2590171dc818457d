import { describe, expect, test } from "vitest";
import { readProblem } from "../../src/formats/problem-file.ts";
import type { Problem } from "../../src/problem/problem.ts";
import {
  findLargestEigenvalue,
  largestGramEigenvalue,
  type LargestEigenvalue,
} from "../../src/float64/gram-eigenvalue.ts";
import { embeddingNorms } from "../../src/float64/margin-certificate.ts";
import { caseBytes, caseNumber, CASES } from "../support/fixtures.ts";
import { drawProblem } from "../support/problems.ts";

async function problemOf(name: string): Promise<Problem> {
  return (await readProblem(new File([new Uint8Array(caseBytes(name))], `${name}.npz`))).problem;
}

function find(problem: Problem, weights: ArrayLike<number>, tolerance = 1e-7): LargestEigenvalue {
  const work = findLargestEigenvalue(problem, weights, tolerance);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Contexts with these embeddings, m × d. */
function withEmbeddings(rows: readonly (readonly number[])[]): Problem {
  const sizes = { contexts: rows.length, dim: rows[0]!.length, words: 3, support: [1, 2] as const, seed: 1 };
  return drawProblem({ ...sizes, change: (embeddings) => embeddings.set(rows.flat()) });
}

describe("the largest eigenvalue", () => {
  test.each(CASES)("is that of the reference on %s", async (name) => {
    const problem = await problemOf(name);
    const { eigenvalue, residual, iterations } = find(problem, problem.weights);
    // gd_step is 1/L = 2/λ
    expect(Math.abs((eigenvalue * caseNumber(name, "gd_step")) / 2 - 1)).toBeLessThan(1e-10);
    expect(residual).toBeLessThanOrEqual(1e-7);
    expect(iterations).toBeLessThanOrEqual(problem.embeddingDim);
  });

  test.each([
    ["one coordinate", [[3], [4]], 25],
    [
      "all eigenvalues equal",
      [
        [2, 0, 0],
        [0, 2, 0],
        [0, 0, 2],
      ],
      4,
    ],
    ["a single context in many coordinates", [[1, 2, 2, 4]], 25],
    [
      "two that are nearly equal",
      [
        [1, 0, 0],
        [0, 1 + 1e-9, 0],
        [0, 0, 0.5],
      ],
      (1 + 1e-9) ** 2,
    ],
    [
      "sizes of 1e-12",
      [
        [3e-12, 0],
        [0, 4e-12],
      ],
      16e-24,
    ],
  ])("%s", (_, rows, expected) => {
    const { eigenvalue, residual } = find(withEmbeddings(rows), new Float64Array(rows.length).fill(1));
    expect(Math.abs(eigenvalue / expected - 1)).toBeLessThan(4e-9);
    expect(residual).toBeLessThan(1e-7);
  });

  test("of a thousand contexts is there to a residual of 1e-7 within a hundred products", () => {
    const problem = drawProblem({ contexts: 1000, dim: 300, words: 5, support: [1, 3], seed: 4 });
    const rough = find(problem, problem.weights);
    expect(rough.iterations).toBeLessThan(100);
    const fine = find(problem, problem.weights, 1e-12);
    // a Ritz value only rises
    expect(fine.eigenvalue).toBeGreaterThanOrEqual(rough.eigenvalue * (1 - 1e-14));
    expect(fine.eigenvalue / rough.eigenvalue - 1).toBeLessThan(1e-10);
  });
});

describe("the bound of the Gram matrix", () => {
  test("is met from above", () => {
    const found = largestGramEigenvalue(
      withEmbeddings([
        [3, 0],
        [0, 2],
        [0, 1],
      ]),
      new Float64Array(3).fill(1),
    );
    expect(found).toBeGreaterThanOrEqual(9);
    expect(found).toBeLessThan(9 * (1 + 3e-4));
  });

  test.each(CASES)("is above every Rayleigh quotient on %s", async (name) => {
    const problem = await problemOf(name);
    const norms = embeddingNorms(problem);
    const found = largestGramEigenvalue(problem, norms);
    // contexts of unit length: the trace is m
    expect(found).toBeLessThanOrEqual((1 + 3e-4) * problem.contextCount);
    const weights = norms.map((norm) => 1 / norm ** 2);
    expect(found).toBeGreaterThanOrEqual(find(problem, weights, 1e-12).eigenvalue);
  });
});
