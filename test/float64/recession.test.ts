import { describe, expect, test } from "vitest";
import { findRecession, type Recession } from "../../src/float64/recession.ts";
import { createProblem, type Problem } from "../../src/problem/problem.ts";
import { RandomStream } from "../../src/support/random.ts";
import { requireClose, requireRelative } from "../support/compare.ts";
import { caseArray, caseProblem } from "../support/fixtures.ts";
import { decoderFigures, dualFigures, isInSupport, orthonormalCase, uniformInput } from "../support/margin.ts";
import { finished } from "../../src/support/host-spells.ts";

type Rows = readonly (readonly number[])[];

const U = 2 ** -53;

const uniform = (V: number, embeddings: Rows, supports: Rows): Problem =>
  createProblem({ ...uniformInput(embeddings, supports, V), contextLabels: supports.map((_, j) => `context ${j}`) });

const recession = (problem: Problem): Recession => finished(findRecession(problem))!;

const norm = (values: Float64Array): number => Math.hypot(...values);

/** The words left behind, [context, word]. */
function leftBehind({ vocabularySize: V }: Problem, { leftBehind }: Recession): number[][] {
  return [...leftBehind].flatMap((is, i) => (is ? [[Math.floor(i / V), i % V]] : []));
}

describe("what proves that words can be left behind, and that they cannot", () => {
  // along h = (1, 0) words 0 and 1 hold each other, word 2 is free; along (0, 1) both others are
  const problem = uniform(
    3,
    [
      [1, 0],
      [1, 0],
      [0, 1],
    ],
    [[0], [1], [2]],
  );
  const found = recession(problem);

  test("words are told apart", () => {
    expect(leftBehind(problem, found)).toEqual([
      [0, 2],
      [1, 2],
      [2, 0],
      [2, 1],
    ]);
    expect(found.margin).toBeUndefined();
  });

  test("the direction has equal logits where words are held back, lower ones where they are left behind", () => {
    const { decoder, isProved } = found.direction!;
    expect(isProved).toBe(true);
    const logit = (v: number, i: number): number => decoder[2 * v + i]!;
    requireClose("held back", [logit(0, 0)], [logit(1, 0)], () => 4 * U);
    expect(logit(0, 0) - logit(2, 0)).toBeGreaterThan(0.9);
    expect(logit(2, 1) - Math.max(logit(0, 1), logit(1, 1))).toBeGreaterThan(0.9);
  });

  test("the multipliers hold back those words alone, and their sum is zero", () => {
    const { dual, isProved } = found.heldBack!;
    expect(isProved).toBe(true);
    requireClose("multipliers", dual, [1, -1, 0, -1, 1, 0, 0, 0, 0], () => 4 * U);
  });
});

test("two contexts with one embedding and other words leave nothing behind", () => {
  const problem = uniform(2, [[1], [1]], [[0], [1]]);
  const found = recession(problem);
  expect(leftBehind(problem, found)).toEqual([]);
  expect(found.direction).toBeUndefined();
  expect(found.heldBack!.isProved).toBe(true);
});

test("a zero embedding holds every word back, and others are left behind", () => {
  const problem = uniform(3, [[0], [1]], [[0], [1]]);
  const found = recession(problem);
  expect(leftBehind(problem, found)).toEqual([
    [1, 0],
    [1, 2],
  ]);
  expect([found.heldBack!.isProved, found.direction!.isProved]).toEqual([true, true]);
});

test("contexts followed by every word leave nothing to decide", () => {
  const found = recession(
    uniform(
      2,
      [[1], [2]],
      [
        [0, 1],
        [0, 1],
      ].slice(),
    ),
  );
  expect(found.direction).toBeUndefined();
  expect(found.heldBack).toBeUndefined();
});

describe("max-margin decoders", () => {
  const requireOptimal = (problem: Problem, expected: number, allowed: number): void => {
    const { margin, direction } = recession(problem);
    expect(direction!.isProved).toBe(true);
    requireRelative("‖W_mm‖", norm(margin!.decoder), expected, allowed);
    const { spread, margin: least } = decoderFigures(problem, margin!.decoder);
    expect(spread).toBeLessThanOrEqual(allowed);
    expect(least).toBeGreaterThanOrEqual(1 - allowed);
    // strong duality: Σ(−β_off) = ‖W‖²
    requireRelative("dual", dualFigures(problem, margin!.dual).total, expected ** 2, 4 * allowed);
  };

  test("of orthogonal embeddings, which are a formula", () => {
    const { input, norm: expected } = orthonormalCase([[0], [0, 1], [1, 2, 4], [0, 2, 3, 4], [3]], 5);
    requireOptimal(createProblem(input), expected, 1e-14);
  });

  // (w_0 − w_1)·(a, 1) = 1 and (w_0 − w_1)·(a + 1, 1) = −1; the rows have the condition number 4 a² or so
  test.each([1, 30, 1999, 1e5])("of the contexts (a, 1) and (a + 1, 1) with a = %d", (a) => {
    const problem = uniform(
      2,
      [
        [a, 1],
        [a + 1, 1],
      ],
      [[0], [1]],
    );
    requireOptimal(problem, Math.sqrt((4 + (2 * a + 1) ** 2) / 2), 64 * a ** 2 * U);
  });

  test("of embeddings that differ by 1e-9", () => {
    const problem = uniform(
      2,
      [
        [1, 0],
        [1, 1e-9],
      ],
      [[0], [1]],
    );
    requireOptimal(problem, Math.sqrt(0.5 + 2e18), 1e-6);
  });

  test("of orthogonal embeddings whose sizes differ by 1e9", () => {
    const problem = uniform(
      3,
      [
        [1, 0],
        [0, 1e-9],
      ],
      [[0], [1]],
    );
    requireOptimal(problem, Math.sqrt((2 / 3) * (1 + 1e18)), 1e-14);
  });

  test.each(["plane", "mixed-supports", "narrow-separable"])("of the reference %s", async (name) => {
    const problem = await caseProblem(name);
    const expected = caseArray(name, "max_margin_decoder").data;
    const { decoder } = recession(problem).margin!;
    requireRelative("‖W_mm‖", norm(decoder), norm(expected), 1e-9);
    requireRelative("distance", norm(decoder.map((w, i) => w - expected[i]!)) / norm(expected) + 1, 1, 1e-6);
  });
});

test("a reference that is not separable has multipliers for every word, another for some", async () => {
  const [whole, part] = [await caseProblem("underparameterized"), await caseProblem("support-clash")];
  const [all, some] = [recession(whole), recession(part)];
  expect(leftBehind(whole, all)).toEqual([]);
  expect(all.heldBack!.isProved).toBe(true);
  expect([some.heldBack!.isProved, some.direction!.isProved]).toEqual([true, true]);
  expect(some.margin).toBeUndefined();
  requireHeldBack(part, some);
});

test.each([1, 2, 3, 4, 5, 6])(
  "small whole numbers, with many dependences: both proofs hold and exclude each other (seed %d)",
  (seed) => {
    const stream = new RandomStream(seed, 0);
    const [V, m, d] = [4, 9, 3];
    const embeddings = Array.from({ length: m }, () => Array.from({ length: d }, () => stream.integer(5) - 2));
    const supports = embeddings.map(() => stream.sample(V, 1 + stream.integer(2)));
    const problem = uniform(V, embeddings, supports);
    const found = recession(problem);
    expect(found.heldBack?.isProved ?? true).toBe(true);
    expect(found.direction?.isProved ?? true).toBe(true);
    requireHeldBack(problem, found);
  },
);

test("what differs by one rounding from a problem that is not separable is not decided", () => {
  // 3 · 0.1 rounds: the embeddings are parallel to the eye only, and a decoder of norm 1e16 separates
  const h = [0.1, 0.2, 0.7];
  const found = recession(uniform(2, [h, h.map((x) => 3 * x)], [[0], [1]]));
  expect([found.direction?.isProved ?? false, found.heldBack?.isProved ?? false]).toEqual([false, false]);
});

test("a direction is not proved either where rows depend on each other up to one rounding", () => {
  // the same embeddings with one support: float64 has one equality, exact arithmetic two
  const h = [0.1, 0.2, 0.7];
  const found = recession(
    uniform(
      3,
      [h, h.map((x) => 3 * x)],
      [
        [0, 1],
        [0, 1],
      ],
    ),
  );
  expect(found.direction!.isProved).toBe(false);
  expect(found.margin).toBeUndefined();
});

/** β is zero in sum, its signs are those of the words held back; D separates the rest. */
function requireHeldBack(problem: Problem, { heldBack, direction, leftBehind }: Recession): void {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings } = problem;
  if (heldBack) {
    const { largestSum, norm: rest } = dualFigures(problem, heldBack.dual);
    const size = norm(heldBack.dual) * norm(Float64Array.from(embeddings));
    expect(largestSum).toBeLessThanOrEqual(V * U * norm(heldBack.dual));
    expect(rest).toBeLessThanOrEqual(m * V * U * size);
  }
  for (let j = 0; j < m; j++) {
    const logits = Array.from({ length: V }, (_, v) => {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += (direction?.decoder[v * d + i] ?? 0) * embeddings[j * d + i]!;
      return sum;
    });
    const top = Math.max(...logits);
    for (let v = 0; v < V; v++) {
      if (isInSupport(problem, j, v)) continue;
      if (heldBack) expect(heldBack.dual[j * V + v]! < 0).toBe(leftBehind[j * V + v] === 0);
      if (leftBehind[j * V + v]) expect(top - logits[v]!).toBeGreaterThan(0.9);
      else expect(top - logits[v]!).toBeLessThan(1e-8);
    }
  }
}
