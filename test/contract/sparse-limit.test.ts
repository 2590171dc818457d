import { expect, test } from "vitest";
import { createProblem } from "../../src/problem/problem.ts";
import { sparseLimit } from "../../src/solvers/sparse-limit.ts";
import { requireClose } from "../support/compare.ts";
import { drawProblem } from "../support/problems.ts";

test("by hand: two words of three, all words, a single one", () => {
  const problem = createProblem({
    vocabularySize: 3,
    embeddingDim: 1,
    embeddings: [1, 2, 3],
    offsets: [0, 2, 5, 6],
    tokens: [0, 2, 0, 1, 2, 1],
    probabilities: [0.8, 0.2, 0.5, 0.25, 0.25, 1],
  });
  const third = Math.log(2) / 3;
  const expected = [Math.log(2), 0, -Math.log(2), 2 * third, -third, -third, 0, 0, 0];
  requireClose("L_in", sparseLimit(problem), expected, 1e-15);
});

test("rows sum to zero, differences on the support are log-odds, and the rest is zero", () => {
  const problem = drawProblem({ contexts: 40, dim: 3, words: 23, support: [1, 23], seed: 6 });
  const { offsets, tokens, probabilities, vocabularySize: V } = problem;
  const logits = sparseLimit(problem);
  expect(logits.length).toBe(40 * V);
  for (let j = 0; j < 40; j++) {
    const row = logits.subarray(j * V, (j + 1) * V);
    const support = Array.from(tokens.subarray(offsets[j], offsets[j + 1]));
    const sizes = row.reduce((sum, x) => sum + Math.abs(x), 0);
    requireClose("sum of a row", [row.reduce((sum, x) => sum + x, 0)], [0], V * 2 ** -52 * (sizes + 10));
    row.forEach((x, v) => {
      if (!support.includes(v)) expect(x).toBe(0);
    });
    support.forEach((z, i) => {
      const odds = Math.log(probabilities[offsets[j]! + i]! / probabilities[offsets[j]!]!);
      requireClose("log-odds", [row[z]! - row[support[0]!]!], [odds], 1e-14 * (1 + sizes));
    });
  }
});
