import { describe, expect, test } from "vitest";
import { OptionError } from "../../src/errors.ts";
import type { Problem } from "../../src/problem/problem.ts";
import { findConflict } from "../../src/float64/conflicting-contexts.ts";
import {
  bothViolated,
  incompatible,
  nonseparable,
  paper1Plane,
  paper1Synthetic,
  PROBABILITY_FLOOR,
  synthetic,
  type SyntheticOptions,
} from "../../src/problem/synthetic.ts";

/** FNV-1a over the bytes of the arrays, little-endian on every platform that runs this. */
function hashOf(problem: Problem): string {
  let hash = 0x811c9dc5;
  for (const array of [problem.embeddings, problem.offsets, problem.tokens, problem.probabilities, problem.weights])
    for (const byte of new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
      hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

const base: SyntheticOptions = { contextCount: 12, embeddingDim: 15, vocabularySize: 9, supportSize: 3 };

function sizesOf(problem: Problem): number[] {
  return Array.from({ length: problem.contextCount }, (_, j) => problem.offsets[j + 1]! - problem.offsets[j]!);
}

function rowOf(problem: Problem, j: number): Float64Array {
  return problem.probabilities.subarray(problem.offsets[j], problem.offsets[j + 1]);
}

describe("the same seed gives the same bits", () => {
  test.each([
    ["paper1Plane", () => paper1Plane(), "41f9e857"],
    ["paper1Plane, seed 7", () => paper1Plane({ seed: 7 }), "b10a5db9"],
    ["paper1Synthetic", () => paper1Synthetic(), "16aa684c"],
    ["incompatible", () => incompatible(), "6ae1a9f7"],
    ["nonseparable", () => nonseparable(), "255cf342"],
    ["bothViolated", () => bothViolated(), "7b27ca34"],
    ["synthetic, defaults", () => synthetic(base), "a67239ef"],
    [
      "synthetic, other laws",
      () =>
        synthetic({
          ...base,
          supportSize: { min: 1, max: 9 },
          embedding: "orthonormal",
          probability: { law: "dirichlet", concentration: 0.1 },
          weights: { law: "zipf", exponent: 1.1 },
          seed: 2 ** 53 - 1,
        }),
      "ca90386c",
    ],
    [
      "synthetic, further laws",
      () =>
        synthetic({
          ...base,
          embedding: "unit-sphere",
          probability: { law: "zipf", exponent: 0.7 },
          weights: { law: "dirichlet", concentration: 2 },
        }),
      "7e589d2e",
    ],
  ])("%s", (_, make, hash) => {
    expect(hashOf(make())).toBe(hash);
    expect(hashOf(make())).toBe(hash);
  });
});

describe("paper1Plane", () => {
  test("has the supports and weights of the setting", () => {
    const problem = paper1Plane();
    expect(problem).toMatchObject({ contextCount: 3, embeddingDim: 2, vocabularySize: 5, mergedCount: 0 });
    expect([...problem.offsets]).toEqual([0, 3, 6, 9]);
    expect([...problem.tokens]).toEqual([0, 1, 4, 0, 3, 4, 1, 2, 3]);
    expect([...problem.weights]).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  test("has unit embeddings within 25° of 90°, 210°, 330°, with 0 inside their triangle", () => {
    for (let seed = 0; seed < 50; seed++) {
      const [x0, y0, x1, y1, x2, y2] = paper1Plane({ seed }).embeddings as unknown as number[];
      const points = [
        [x0!, y0!],
        [x1!, y1!],
        [x2!, y2!],
      ] as const;
      points.forEach(([x, y], j) => {
        // Fewer than ten roundings of numbers up to 1.
        expect(Math.abs(x * x + y * y - 1)).toBeLessThan(10 * 2 ** -52);
        const angle = ((90 + 120 * j) * Math.PI) / 180;
        const turn = Math.acos(Math.min(1, x * Math.cos(angle) + y * Math.sin(angle)));
        expect(turn).toBeLessThan((25.0001 * Math.PI) / 180);
      });
      // 0 is inside when all three cross products of consecutive corners have one sign; gaps are 70° … 170°.
      points.forEach(([x, y], j) => {
        const [nextX, nextY] = points[(j + 1) % 3]!;
        expect(x * nextY - y * nextX).toBeGreaterThan(Math.sin((169.999 * Math.PI) / 180));
      });
    }
  });

  test("turns depend on the seed", () => {
    expect(paper1Plane({ seed: 1 }).embeddings).not.toEqual(paper1Plane({ seed: 2 }).embeddings);
  });
});

describe("paper1Synthetic", () => {
  test("has the sizes of the setting and an entropy near its expectation", () => {
    const problem = paper1Synthetic({ seed: 3 });
    expect(problem).toMatchObject({ contextCount: 50, embeddingDim: 60, vocabularySize: 10, mergedCount: 0 });
    expect(sizesOf(problem)).toEqual(new Array(50).fill(6));
    expect([...problem.weights]).toEqual(new Array(50).fill(1 / 50));
    // Flat Dirichlet on six words: E H = 1/2 + … + 1/6 = 1.45. One context lies in [0, ln 6], so its standard deviation is
    // below 0.9; the mean of 50 contexts is within 5 × 0.9 / √50.
    expect(Math.abs(problem.entropy - 1.45)).toBeLessThan((5 * 0.9) / Math.sqrt(50));
  });

  test("is synthetic with these options", () => {
    const same = synthetic({ contextCount: 50, embeddingDim: 60, vocabularySize: 10, supportSize: 6, seed: 3 });
    expect(hashOf(paper1Synthetic({ seed: 3 }))).toBe(hashOf(same));
  });
});

describe("the problems in which a condition fails", () => {
  /** The supports of the last two contexts, and whether their log-odds agree on the words that they share. */
  function twinsOf(problem: Problem): { first: number[]; last: number[]; shared: number[]; agree: boolean } {
    const [first, last] = [48, 49].map((j) => [...problem.tokens.subarray(problem.offsets[j], problem.offsets[j + 1])]);
    const shared = first!.filter((z) => last!.includes(z));
    const contrasts = shared.map(
      (z) => Math.log(rowOf(problem, 48)[first!.indexOf(z)]!) - Math.log(rowOf(problem, 49)[last!.indexOf(z)]!),
    );
    return { first: first!, last: last!, shared, agree: contrasts.every((x) => Math.abs(x - contrasts[0]!) < 1e-12) };
  }

  test.each(Object.entries({ incompatible, nonseparable, bothViolated }))(
    "%s: the paper’s but for the last context",
    (_, make) => {
      for (let seed = 1; seed <= 20; seed++) {
        const [problem, paper] = [make({ seed }), paper1Synthetic({ seed })];
        expect(problem).toMatchObject({ contextCount: 50, embeddingDim: 60, vocabularySize: 10, mergedCount: 0 });
        expect(problem.embeddings.subarray(0, 49 * 60)).toEqual(paper.embeddings.subarray(0, 49 * 60));
        expect(problem.embeddings.subarray(49 * 60)).toEqual(paper.embeddings.subarray(48 * 60, 49 * 60));
        expect(problem.tokens.subarray(0, 49 * 6)).toEqual(paper.tokens.subarray(0, 49 * 6));
      }
      expect(make()).toEqual(make({ seed: 1 }));
      expect(() => make({ sed: 4 } as { seed?: number })).toThrow(/^sed: .*nearest is seed/);
      expect(() => make({ seed: -1 })).toThrow(/^seed: /);
    },
  );

  test("incompatible: one support, other log-odds, and nothing in the way of a margin", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const problem = incompatible({ seed });
      const { first, last, agree } = twinsOf(problem);
      expect(last).toEqual(first);
      expect(agree).toBe(false);
      expect(findConflict(problem)).toBeUndefined();
    }
  });

  test("nonseparable: disjoint supports that are the whole vocabulary, so that no log-odds meet", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const problem = nonseparable({ seed });
      const { first, last, shared } = twinsOf(problem);
      expect(shared).toEqual([]);
      expect([...first, ...last].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(findConflict(problem)?.pair).toEqual([48, 49]);
    }
  });

  test("bothViolated: supports that differ in a word, and other log-odds on the five that they share", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const problem = bothViolated({ seed });
      const { last, shared, agree } = twinsOf(problem);
      expect([last.length, shared.length]).toEqual([6, 5]);
      expect(agree).toBe(false);
      expect(findConflict(problem)?.pair).toEqual([48, 49]);
    }
  });
});

describe("synthetic", () => {
  test("takes support sizes as one, as a list and as a range", () => {
    expect(sizesOf(synthetic(base))).toEqual(new Array(12).fill(3));
    const list = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3];
    expect(sizesOf(synthetic({ ...base, supportSize: list }))).toEqual(list);
    const ranged = sizesOf(synthetic({ ...base, contextCount: 400, supportSize: { min: 2, max: 4 } }));
    expect(new Set(ranged)).toEqual(new Set([2, 3, 4]));
  });

  test("changing one law leaves what the others drew", () => {
    const plain = synthetic(base);
    const embedded = synthetic({ ...base, embedding: "unit-sphere", embeddingDim: 4 });
    const probable = synthetic({ ...base, probability: { law: "zipf", exponent: 1 } });
    const weighted = synthetic({ ...base, weights: { law: "dirichlet", concentration: 1 } });
    expect(embedded.tokens).toEqual(plain.tokens);
    expect(embedded.probabilities).toEqual(plain.probabilities);
    expect(probable.tokens).toEqual(plain.tokens);
    expect(probable.embeddings).toEqual(plain.embeddings);
    expect(probable.probabilities).not.toEqual(plain.probabilities);
    expect(weighted.tokens).toEqual(plain.tokens);
    expect(weighted.probabilities).toEqual(plain.probabilities);
    expect(weighted.embeddings).toEqual(plain.embeddings);
    expect(weighted.weights).not.toEqual(plain.weights);
    const sized = synthetic({
      ...base,
      supportSize: { min: 1, max: 9 },
      weights: { law: "dirichlet", concentration: 1 },
    });
    expect(sized.embeddings).toEqual(plain.embeddings);
    expect(sized.weights).toEqual(weighted.weights);
  });

  test("another seed changes everything that is drawn", () => {
    const [a, b] = [1, 2].map((seed) => synthetic({ ...base, seed, weights: { law: "dirichlet", concentration: 1 } }));
    for (const name of ["embeddings", "tokens", "probabilities", "weights"] as const)
      expect(a![name]).not.toEqual(b![name]);
  });

  test("uniform probabilities are equal, zipf ones a shuffled power law", () => {
    const uniform = synthetic({ ...base, probability: { law: "uniform" } });
    expect([...uniform.probabilities].every((p) => p === uniform.probabilities[0])).toBe(true);
    expect(Math.abs(uniform.probabilities[0]! - 1 / 3)).toBeLessThan(2 ** -52);
    const zipf = synthetic({ ...base, probability: { law: "zipf", exponent: 2 } });
    const tops = new Set<number>();
    for (let j = 0; j < 12; j++) {
      const sorted = [...rowOf(zipf, j)].sort((a, b) => b - a);
      const total = 1 + 1 / 4 + 1 / 9;
      // Two normalisations and a power from two functions of 2 ulp.
      sorted.forEach((p, i) => expect(Math.abs(p - 1 / (i + 1) ** 2 / total)).toBeLessThan(16 * 2 ** -53));
      tops.add(rowOf(zipf, j).indexOf(sorted[0]!));
    }
    expect(tops.size).toBe(3);
  });

  test("zipf weights fall as a power of the context's number", () => {
    const { weights } = synthetic({ ...base, weights: { law: "zipf", exponent: 1 } });
    weights.forEach((weight, j) => expect(Math.abs((weight / weights[0]!) * (j + 1) - 1)).toBeLessThan(20 * 2 ** -53));
  });

  test("tiny probabilities and weights are raised to the floor", () => {
    const concentrated = { law: "dirichlet", concentration: 1e-6 } as const;
    const problem = synthetic({ ...base, supportSize: 9, probability: concentrated, weights: concentrated });
    for (const values of [problem.probabilities, problem.weights]) {
      const least = Math.min(...values);
      // Normalising divides by at most 1 + 12 floors and some roundings.
      expect(least).toBeLessThanOrEqual(PROBABILITY_FLOOR * (1 + 2 ** -50));
      expect(least).toBeGreaterThan(PROBABILITY_FLOOR * (1 - 13 * PROBABILITY_FLOOR));
      expect(Math.fround(least)).toBeGreaterThan(0);
    }
  });

  test("orthonormal embeddings need embeddingDim >= contexts", () => {
    expect(() => synthetic({ ...base, embeddingDim: 11, embedding: "orthonormal" })).toThrow(OptionError);
    expect(synthetic({ ...base, embeddingDim: 12, embedding: "orthonormal" }).contextCount).toBe(12);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ contextCount: 0 }, "contextCount: expected a whole number from 1 to 2147483648, found 0"],
    [{ contextCount: "12" }, 'contextCount: expected a whole number from 1 to 2147483648, found "12"'],
    [
      { contextCount: 2e9 },
      `embeddingDim: expected embeddings of at most 268435456 numbers, found 2000000000 × ${base.embeddingDim} = ${2e9 * base.embeddingDim}`,
    ],
    [{ embeddingDim: NaN }, "embeddingDim: expected a whole number from 1 to 2147483648, found NaN"],
    [{ embeddingDim: undefined }, "embeddingDim: expected a whole number from 1 to 2147483648, found undefined"],
    [{ vocabularySize: 1 }, "vocabularySize: expected a whole number from 2 to 2147483648, found 1"],
    [{ supportSize: 10 }, "supportSize: expected a whole number from 1 to 9, found 10"],
    [{ supportSize: [1, 2] }, "supportSize: expected 12 sizes, one per context, found 2"],
    [
      { supportSize: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 1] },
      "supportSize[9]: expected a whole number from 1 to 9, found 10",
    ],
    [{ supportSize: { min: 0, max: 2 } }, "supportSize.min: expected a whole number from 1 to 9, found 0"],
    [{ supportSize: { min: 3, max: 2 } }, "supportSize.max: expected a whole number from 3 to 9, found 2"],
    [{ supportSize: null }, "supportSize: expected a whole number, an array or { min, max }, found null"],
    [{ embedding: "sphere" }, 'embedding: expected "gaussian" or "unit-sphere" or "orthonormal", found "sphere"'],
    [{ probability: { law: "flat" } }, 'probability.law: expected "dirichlet" or "uniform" or "zipf", found "flat"'],
    [{ probability: "uniform" }, 'probability: expected an object { law: ... }, found "uniform"'],
    [
      { probability: { law: "dirichlet", concentration: 0 } },
      "probability.concentration: expected a finite number of at least 1e-300, found 0",
    ],
    [
      { probability: { law: "zipf", exponent: -1 } },
      "probability.exponent: expected a finite number of at least 0, found -1",
    ],
    [{ weights: "flat" }, 'weights: expected "uniform" or an object { law: ... }, found "flat"'],
    [{ weights: { law: "zipf" } }, "weights.exponent: expected a finite number of at least 0, found undefined"],
    [{ seed: -1 }, "seed: expected a whole number from 0 to 2^53 - 1, found -1"],
  ])("refuses %j", (change, message) => {
    const make = (): Problem => synthetic({ ...base, ...change });
    expect(make).toThrow(OptionError);
    let found = "";
    try {
      make();
    } catch (error) {
      found = (error as Error).message;
    }
    expect(found).toBe(message);
  });

  test("an unknown option is refused with the nearest name", () => {
    expect(() => synthetic({ ...base, vocabSize: 4 } as SyntheticOptions)).toThrow(
      /^vocabSize: .*nearest is vocabularySize/,
    );
    expect(() => synthetic({ ...base, context: 4 } as SyntheticOptions)).toThrow(/^context: .*nearest is contextCount/);
    expect(() => paper1Plane({ sed: 4 } as { seed?: number })).toThrow(/^sed: .*nearest is seed/);
    expect(() => paper1Synthetic({ contextCount: 4 } as { seed?: number })).toThrow(OptionError);
  });
});
