import { describe, expect, test } from "vitest";
import { smoothed } from "../../src/problem/changes.ts";
import { allSubsets, paper2Stories, paper2Synthetic } from "../../src/problem/language.ts";
import { distinctSupports } from "../../src/problem/distinct-supports.ts";
import { sparseLimit } from "../../src/solvers/sparse-limit.ts";
import { cosine } from "../../src/float64/geometry.ts";
import { requireClose } from "../support/compare.ts";

describe("every subset", () => {
  test("of two of four words once, in order", () => {
    const { offsets, tokens, contextCount, embeddingDim, probabilities } = allSubsets({
      vocabularySize: 4,
      supportSize: 2,
    });
    expect([contextCount, embeddingDim]).toEqual([6, 6]);
    expect([...offsets]).toEqual([0, 2, 4, 6, 8, 10, 12]);
    expect([...tokens]).toEqual([0, 1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3]);
    expect([...probabilities]).toEqual(new Array(12).fill(0.5));
  });

  test("is refused where there are too many, or none", () => {
    expect(() => allSubsets({ vocabularySize: 30, supportSize: 15 })).toThrow(
      "supportSize: expected at most 4096 subsets, found 155117520 of 15 out of 30 words",
    );
    expect(() => allSubsets({ vocabularySize: 4, supportSize: 4 })).toThrow("supportSize: expected a whole number");
  });
});

test("the synthetic shape of the second paper", () => {
  const problem = paper2Synthetic();
  expect([problem.contextCount, problem.vocabularySize, problem.embeddingDim]).toEqual([16, 30, 128]);
  expect([...problem.offsets]).toEqual(Array.from({ length: 17 }, (_, j) => 3 * j));
  const { ofContext } = distinctSupports(problem);
  expect([ofContext[14], ofContext[15]]).toEqual([ofContext[0], ofContext[1]]);
  // counts of one and two
  expect(problem.probabilities.every((p) => [1, 2].some((n) => [3, 4, 5, 6].some((all) => p === n / all)))).toBe(true);
  expect(paper2Synthetic({ seed: 2 }).tokens).not.toEqual(problem.tokens);
  expect(paper2Synthetic()).toEqual(problem);
});

test("the stories' shape", () => {
  const problem = paper2Stories();
  expect([problem.contextCount, problem.vocabularySize]).toEqual([403, 104]);
  expect(problem.mergedCount).toBe(0);
  const mean = problem.tokens.length / 403;
  expect(mean).toBeGreaterThan(4.5);
  expect(mean).toBeLessThan(5.5);
  const { count, multiplicities } = distinctSupports(problem);
  expect(count).toBeGreaterThan(27);
  expect(multiplicities.reduce((a, b) => a + b)).toBe(403);
  expect(problem.contextLabels!.every((label) => label.split(" ").length === 5)).toBe(true);
  const known = new Set(problem.words);
  expect(problem.contextLabels!.flatMap((label) => label.split(" ")).filter((word) => !known.has(word))).toEqual([]);
  expect(problem.entropy).toBeGreaterThan(1.3);
  expect(problem.entropy).toBeLessThan(1.7);
});

test("label smoothing puts every word into every support, and its low-rank part tends to the centred supports", () => {
  const problem = paper2Synthetic();
  const { contextCount: m, vocabularySize: V, offsets, tokens } = problem;
  const proxy = new Float64Array(m * V);
  for (let j = 0; j < m; j++) {
    for (let v = 0; v < V; v++) proxy[j * V + v] = -3 / V;
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) proxy[j * V + tokens[k]!]! += 1;
  }
  const sparse = sparseLimit(problem);
  for (const [epsilon, least] of [
    [1e-2, 0.99],
    [1e-6, 0.9999],
  ] as const) {
    const smooth = smoothed(problem, epsilon);
    expect(smooth.tokens.length).toBe(m * V);
    requireClose(
      "p",
      [smooth.probabilities[tokens[0]!]!],
      [(1 - epsilon) * problem.probabilities[0]! + epsilon / V],
      1e-15,
    );
    // with every word in the support the minimiser over all logits is L_in of the smoothed problem itself
    const minimiser = sparseLimit(smooth);
    expect(
      cosine(
        minimiser.map((l, i) => l - sparse[i]!),
        proxy,
      ),
    ).toBeGreaterThan(least);
  }
  expect(() => smoothed(problem, 1)).toThrow("smoothing: expected a number above 0 and below 1, found 1");
});
