import { describe, expect, test } from "vitest";
import { readProblem } from "../../src/formats/problem-file.ts";
import { Pacer } from "../../src/support/host-spells.ts";
import { createProblem, type Problem } from "../../src/problem/problem.ts";
import { subspaceRank, type SubspaceRank } from "../../src/solvers/log-odds/subspace-rank.ts";
import { denseOperator, solveDense } from "../support/dense.ts";
import { caseBytes, caseNumber, CASES } from "../support/fixtures.ts";
import { drawProblem, type Drawing } from "../support/problems.ts";

const rankOf = (problem: Problem): Promise<SubspaceRank> => new Pacer({}).run("rank", subspaceRank(problem));

describe.each(CASES)("%s", (name) => {
  test("has the rank of the solved case", async () => {
    const file = new File([caseBytes(name) as Uint8Array<ArrayBuffer>], "case.npz");
    const found = await rankOf((await readProblem(file)).problem);
    expect(found.status).toBe("determined");
    expect(found.rank).toBe(caseNumber(name, "subspace_rank"));
    if (found.rank !== 0) expect(found.ratio).toBeGreaterThan(1e3);
  });
});

const ROW = 12;
const DRAWN: Drawing = { contexts: 9, dim: ROW, words: 7, support: [3, 5], seed: 1 };
/** Context 1 becomes context 0, but for `part` of itself. */
const nearTwin =
  (part: number) =>
  (h: Float64Array): void => {
    for (let i = 0; i < ROW; i++) h[ROW + i] = h[i]! + part * h[ROW + i]!;
  };

describe("drawn problems have the rank that singular values tell", () => {
  test.each<[string, Drawing, SubspaceRank["method"]]>([
    ["independent contexts", DRAWN, "embeddings"],
    ["more contexts than dimensions", { ...DRAWN, dim: 5 }, "pivoted Cholesky"],
    ["more differences than unknowns", { ...DRAWN, dim: 2 }, "pivoted Cholesky"],
    ["one dimension", { ...DRAWN, dim: 1, support: [1, 7] }, "pivoted Cholesky"],
    ["two contexts of one embedding", { ...DRAWN, change: nearTwin(0) }, "pivoted Cholesky"],
    ["two of nearly one", { ...DRAWN, change: nearTwin(1e-6) }, "embeddings"],
    [
      "norms from 1e-8 to 1e8",
      { ...DRAWN, change: (h) => h.forEach((x, i) => (h[i] = x * 100 ** (Math.floor(i / ROW) - 4))) },
      "embeddings",
    ],
  ])("%s", async (_, drawing, method) => {
    const problem = drawProblem(drawing);
    // neither rank nor F depend on the norms, which would hide small singular values
    const unit = problem.embeddings.map((h, i, all) => {
      const start = Math.floor(i / drawing.dim) * drawing.dim;
      return h / Math.hypot(...all.subarray(start, start + drawing.dim));
    });
    const { singularValues } = solveDense(
      denseOperator({ ...problem, embeddings: unit }),
      new Float64Array(problem.tokens.length),
    );
    const found = await rankOf(problem);
    expect(found).toMatchObject({ status: "determined", method });
    expect(found.rank).toBe(singularValues.filter((size) => size > 1e-9).length);
  });
});

test("embeddings that nearly depend are ambiguous, and said to be", async () => {
  // the first two contexts share a support and differ by 1e-6, whose square is 375 times what rounding can leave of A Aᵀ
  const problem = createProblem({
    vocabularySize: 4,
    embeddingDim: 2,
    embeddings: [1, 0, 1, 1e-6, 0, 1],
    offsets: [0, 2, 4, 6],
    tokens: [0, 1, 0, 1, 2, 3],
    probabilities: [0.5, 0.5, 0.25, 0.75, 0.5, 0.5],
  });
  const found = await rankOf(problem);
  expect(found).toMatchObject({ status: "ambiguous", rank: 3, method: "pivoted Cholesky" });
  expect(found.ratio).toBeGreaterThan(100);
  expect(found.ratio).toBeLessThan(1000);
});

test("a problem of one word a context has F = {0}", async () => {
  const found = await rankOf(drawProblem({ ...DRAWN, support: [1, 1] }));
  expect(found).toEqual({ status: "determined", rank: 0, method: "embeddings" });
});

test("embeddings of zero span nothing", async () => {
  const found = await rankOf(drawProblem({ ...DRAWN, change: (h) => h.fill(0) }));
  expect(found).toEqual({ status: "determined", rank: 0, method: "pivoted Cholesky" });
});

test("what would take too long is not computed", async () => {
  // contexts beyond d depend on each other; 1,100 of three words make 2,200 differences
  const found = await rankOf(drawProblem({ contexts: 1100, dim: 3, words: 9, support: [3, 3], seed: 1 }));
  expect(found).toEqual({ status: "not computed" });
});
