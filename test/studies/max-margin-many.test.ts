import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MaxMarginManyOptions, MaxMarginOfMany, RandomProblems } from "../../src/index.ts";
import type { Problem } from "../../src/problem/problem.ts";
import { randomProblems } from "../../src/reference/random-problems.ts";
import { F32_UNIT, requireClose, requireSameBits } from "../support/compare.ts";
import { Lab } from "../support/lab.ts";
import { decoderFigures, uniformInput } from "../support/margin.ts";
import type { leave, solveEach } from "./max-margin-many.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const call = <T>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/studies/max-margin-many.page.ts", name, ...args);

/** Near the border of separability, so that there are problems on both sides. */
const MIXED: RandomProblems = {
  ...{ count: 24, seed: 5, contextCount: 9, embeddingDim: 8, vocabularySize: 10, supportSize: 6 },
};
const solveMany = (source: RandomProblems | readonly Problem[], options: MaxMarginManyOptions = {}) =>
  call<MaxMarginOfMany[]>("solveMany", source, options);

describe("drawn problems", () => {
  let many: MaxMarginOfMany[];
  let each: Awaited<ReturnType<typeof solveEach>>;
  beforeAll(async () => {
    many = await solveMany(MIXED);
    each = await call("solveEach", MIXED, { maxIterations: 10_000 });
  });

  test("come in order, on both sides of the border", () => {
    expect(many.map(({ index }) => index)).toEqual(Array.from({ length: MIXED.count }, (_, p) => p));
    expect(many.filter(({ separable }) => separable === true).length).toBeGreaterThan(3);
    expect(many.filter(({ separable }) => separable === false).length).toBeGreaterThan(3);
  });

  test("are judged as maxMargin judges each by itself", () => {
    many.forEach(({ status, lowerBound, upperBound }, p) => {
      const single = each[p]!;
      expect(status, `problem ${p}`).toBe(single.status);
      // both intervals hold ‖W_mm‖
      expect(lowerBound).toBeLessThanOrEqual(single.upperBound);
      expect(upperBound).toBeGreaterThanOrEqual(single.lowerBound);
    });
  });

  test("separable ones have decoders that separate, of the norm that is said", () => {
    many.forEach(({ separable, decoder, lowerBound, upperBound, relativeGap, status }, p) => {
      expect(decoder !== undefined).toBe(separable === true);
      if (!decoder) return;
      const { problem } = each[p]!;
      const { spread, margin } = decoderFigures(problem, decoder);
      const size = Math.hypot(...decoder);
      // in-support logits may differ by 1e-10 ‖H‖ ‖W‖, as the certificate allows
      const allowed = 2e-10 * size * Math.hypot(...problem.embeddings);
      expect(spread).toBeLessThanOrEqual(allowed);
      expect(margin).toBeGreaterThanOrEqual(1 - allowed);
      expect(upperBound).toBeGreaterThanOrEqual(size * (1 - 1e-14));
      requireClose("gap", [relativeGap], [1 - (lowerBound / upperBound) ** 2], 1e-15);
      if (status === "optimal-certified") expect(relativeGap).toBeLessThanOrEqual(1e-5);
    });
  });

  test("are those that the host draws", () => {
    const { contextCount: contexts, embeddingDim: dim, vocabularySize: words, supportSize: support, seed = 1 } = MIXED;
    const shape = { seed, first: 0, count: MIXED.count, contexts, dim, words, support };
    const expected = randomProblems({ ...shape, probability: "dirichlet" });
    each.forEach(({ problem }, p) => {
      const of = <A extends Float64Array | Uint32Array>(array: A, size: number): A =>
        array.slice(p * contexts * size, (p + 1) * contexts * size) as A;
      expect(problem.embeddings).toBeInstanceOf(Float32Array);
      // as in the test of the kernel
      const tolerance = 24 * F32_UNIT * Math.sqrt(48 * Math.LN2);
      requireClose("embeddings", problem.embeddings, of(expected.embeddings, dim), tolerance);
      expect(problem.tokens).toEqual(of(expected.tokens, support));
      const probabilities = of(expected.probabilities, support);
      requireClose("probabilities", problem.probabilities, probabilities, (i) => 64 * F32_UNIT * probabilities[i]!);
    });
  });

  test("given as a list they have the same results, bit for bit", async () => {
    const given = await solveMany(each.slice(3, 11).map(({ problem }) => problem));
    given.forEach((result, p) => {
      const drawn = many[p + 3]!;
      expect({ ...result, index: p + 3, decoder: undefined }).toEqual({ ...drawn, decoder: undefined });
      if (drawn.decoder) requireSameBits("decoder", result.decoder!, drawn.decoder);
    });
  });

  test("a wide tolerance asks for separability alone, and takes fewer iterations", async () => {
    const decided = await solveMany(MIXED, { gapTolerance: 0.9 });
    expect(decided.map(({ separable }) => separable)).toEqual(many.map(({ separable }) => separable));
    const sum = (results: readonly MaxMarginOfMany[]): number =>
      results.reduce((total, { iterations }) => total + iterations, 0);
    expect(sum(decided)).toBeLessThan(sum(many));
  });
});

test("parallel embeddings whose supports exclude each other are certified without an iteration", async () => {
  const clash = uniformInput(
    [
      [1, 2],
      [2, 4],
    ],
    [[0], [1]],
    3,
  );
  const fine = uniformInput(
    [
      [1, 2],
      [2, -1],
    ],
    [[0], [1]],
    3,
  );
  const results = await call<MaxMarginOfMany[]>("solveMany", [clash, fine]);
  expect(results.map(({ status }) => status)).toEqual(["infeasible-certified", "optimal-certified"]);
  expect([results[0]!.iterations, results[0]!.lowerBound]).toEqual([0, Infinity]);
});

test("max-iterations: bounds hold, and nothing is claimed", async () => {
  const results = await solveMany({ ...MIXED, count: 4 }, { maxIterations: 16 });
  for (const { status, iterations, relativeGap } of results) {
    expect(["max-iterations", "infeasible-below-norm"]).toContain(status);
    expect(iterations).toBe(16);
    expect(relativeGap).toBeGreaterThan(1e-5);
  }
});

describe("a study that is left", () => {
  const LARGE = { ...MIXED, count: 1_000_000, contextCount: 4 };
  test.each(["abort", "break"] as const)("by %s: it ends soon and gives back its memory", async (how) => {
    const { results, told, alive, readbacks } = await call<Awaited<ReturnType<typeof leave>>>("leave", LARGE, 200, how);
    expect(results.length).toBeGreaterThanOrEqual(200);
    expect(results.length).toBeLessThan(20_000);
    if (how === "break") expect(results.length).toBe(200);
    else expect(told.at(-1)).toBe(results.length);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    for (const { status } of results) expect(["optimal-certified", "cancelled"]).toContain(status);
    expect(alive).toBe(0);
    // far fewer than problems: one for the drawing of a group and one for each of its rounds
    expect(readbacks).toBeLessThan(100);
  });
});

describe("what cannot be asked", () => {
  test.each<[object, object, string]>([
    [{}, { gapTolerence: 1e-6 }, "gapTolerence: no such option"],
    [{}, { gapTolerance: 0 }, "gapTolerance: expected a number above 0 and below 1, found 0"],
    [{}, { maxIterations: 0 }, "maxIterations: expected a whole number from 1"],
    [{ count: 0 }, {}, "count: expected a whole number from 1"],
    [{ seed: -1 }, {}, "seed: expected a whole number from 0"],
    [{ supportSize: 11 }, {}, "supportSize: expected at most vocabularySize = 10, found 11"],
    [{ supportSize: 10 }, {}, "supportSize: every context is followed by every word"],
    [{ vocabularySize: 17 }, {}, "problems: expected at most 16 words and 256 contexts, found 17 and 9"],
    [{ contextCount: 257 }, {}, "problems: expected at most 16 words and 256 contexts, found 10 and 257"],
    [{ probability: "zipf" }, {}, 'probability: expected "dirichlet" or "uniform", found "zipf"'],
  ])("%j, %j: %s", async (change, options, message) => {
    expect(await call<string>("refusal", { ...MIXED, ...change }, options)).toContain(message);
  });

  test("problems of different sizes, and none", async () => {
    const two = uniformInput(
      [
        [1, 2],
        [2, -1],
      ],
      [[0], [1]],
      3,
    );
    const one = uniformInput([[1, 2]], [[0]], 3);
    expect(await call<string>("refusal", [two, one])).toBe(
      "problems[1]: expected V = 3, m = 2 and d = 2 as in the first, found 3, 1 and 2",
    );
    expect(await call<string>("refusal", [])).toBe("problems: expected at least one, found none");
  });
});
