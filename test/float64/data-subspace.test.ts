import { describe, expect, test } from "vitest";
import { createProblem, type ProbabilityType, type Problem } from "../../src/problem/problem.ts";
import { DataSubspace } from "../../src/float64/data-subspace.ts";
import { norm } from "../../src/float64/vectors.ts";
import { innerProduct } from "../../src/reference/inner-product.ts";
import { requireClose, requireRelative } from "../support/compare.ts";
import { denseOperator, solveDense } from "../support/dense.ts";
import { normals } from "../support/draw.ts";
import { RandomStream } from "../../src/support/random.ts";
import { drawProblem, roundTo, type Drawing } from "../support/problems.ts";

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

describe("what a type rounds of the probabilities moves the log-odds within the bound, and near it", () => {
  const ROWS = 300;

  /** Rows e^(scale · normal), normalised, as they are and as the type has them; those with a zero are left out. */
  function drawRows(type: ProbabilityType, size: number, scale: number, labelOf: (j: number) => string): Problem[] {
    const stream = new RandomStream(11, 3);
    const drawn = Array.from({ length: ROWS }, () => {
      const parts = Array.from({ length: size }, () => Math.exp(scale * stream.normal()));
      const total = parts.reduce((sum, part) => sum + part, 0);
      return parts.map((part) => part / total);
    });
    const exact = drawn.filter((row) => row.every((p) => roundTo(type, p) > 0));
    expect(exact.length).toBeGreaterThan(ROWS / 2);
    const rounded = exact.map((row) => row.map((p) => roundTo(type, p)));
    return [exact, rounded].map((rows, i) =>
      createProblem({
        vocabularySize: size,
        embeddingDim: 1,
        embeddings: new Float64Array(rows.length).fill(1),
        offsets: Array.from({ length: rows.length + 1 }, (_, j) => j * size),
        tokens: rows.flatMap((row) => row.map((_, z) => z)),
        probabilities: rows.flat(),
        probabilityType: i === 0 ? "float64" : type,
        sumTolerance: 2 ** -10,
        contextLabels: rows.map((_, j) => labelOf(j)),
      }),
    );
  }

  // The least share of the bound that the worst of some hundred entries or more has to reach. It errs by nearly its own part,
  // half of the bound or more, while the errors of the other words cancel in their mean. Near the least normal number the
  // bound is up to twice what it has to be, and for means of rows, of which the errors cancel too, twice again.
  test.each<[ProbabilityType, number, number, number]>([
    ["float32", 2, 1, 0.5],
    ["float32", 9, 1, 0.5],
    ["float32", 40, 5, 0.5],
    ["float16", 2, 1, 0.5],
    ["float16", 9, 1, 0.5],
    ["float16", 9, 3, 0.3],
  ])("%s, %i words, logits of size %i", (type, size, scale, share) => {
    const [exact, rounded] = drawRows(type, size, scale, String);
    expect(worstShare(exact!, rounded!)).toBeLessThanOrEqual(1);
    expect(worstShare(exact!, rounded!)).toBeGreaterThan(share);
  });

  test.each<[ProbabilityType, number, number]>([
    ["float32", 9, 1],
    ["float16", 9, 1],
    ["float16", 9, 3],
  ])("means of two rows in %s, %i words, logits of size %i", (type, size, scale) => {
    const [exact, rounded] = drawRows(type, size, scale, (j) => String(j >> 1));
    expect(rounded!.mergedCount).toBeGreaterThan(ROWS / 5);
    expect(worstShare(exact!, rounded!)).toBeLessThanOrEqual(1);
    expect(worstShare(exact!, rounded!)).toBeGreaterThan(0.15);
  });

  function worstShare(exact: Problem, rounded: Problem): number {
    const bound = new DataSubspace(rounded).logOddsRounding();
    const b = new DataSubspace(exact).logOdds();
    const shares = new DataSubspace(rounded).logOdds().map((value, k) => Math.abs(value - b[k]!) / bound[k]!);
    return Math.max(...shares);
  }
});
