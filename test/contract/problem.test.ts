import { describe, expect, test } from "vitest";
import { ProblemError } from "../../src/errors.ts";
import { createProblem, SMALLEST_PROBABILITY, type ProblemInput } from "../../src/problem/problem.ts";
import { RandomStream } from "../../src/support/random.ts";
import { requireClose } from "../support/compare.ts";

/** Two contexts in the plane over four words, the first with its words out of order. */
const base: ProblemInput = {
  vocabularySize: 4,
  embeddingDim: 2,
  embeddings: [1, 2, 3, 4],
  offsets: [0, 2, 5],
  tokens: [3, 1, 2, 0, 1],
  probabilities: [0.25, 0.75, 0.5, 0.25, 0.25],
};

function messageOf(change: object): string {
  try {
    createProblem({ ...base, ...change });
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemError);
    return (error as Error).message;
  }
  return "accepted";
}

test.each([
  [[1, 1e-40], "weights[1]: expected at least 1.2e-38 of the sum 1, found 1e-40"],
  [[1e308, 1e308], "weights[0]: expected at least 1.2e-38 of the sum Infinity, found 1e+308"],
])("weights %j, whose shares float32 cannot hold, are refused", (weights, message) => {
  expect(messageOf({ weights })).toBe(message);
});

describe("createProblem", () => {
  test("sorts each support, moves the probabilities along, and fills uniform weights", () => {
    const problem = createProblem(base);
    expect(problem).toMatchObject({ contextCount: 2, vocabularySize: 4, embeddingDim: 2, mergedCount: 0 });
    expect([...problem.offsets]).toEqual([0, 2, 5]);
    expect([...problem.tokens]).toEqual([1, 3, 0, 1, 2]);
    expect([...problem.probabilities]).toEqual([0.75, 0.25, 0.25, 0.25, 0.5]);
    expect([...problem.weights]).toEqual([0.5, 0.5]);
    expect([...problem.embeddings]).toEqual([1, 2, 3, 4]);
    expect(problem.contextLabels).toBeUndefined();
    expect(problem.words).toBeUndefined();
  });

  test("sorts long supports", () => {
    const size = 5000;
    const ranks = Array.from({ length: size }, (_, i) => (i * 1237) % size);
    const { tokens, probabilities } = createProblem({
      vocabularySize: 2 * size,
      embeddingDim: 1,
      embeddings: [1],
      offsets: [0, size],
      tokens: ranks.map((rank) => 2 * rank),
      probabilities: ranks.map((rank) => (rank + 1) / ((size * (size + 1)) / 2)),
    });
    expect([...tokens]).toEqual(Array.from({ length: size }, (_, rank) => 2 * rank));
    const ratios = Array.from(probabilities, (p, rank) => p / probabilities[0]! / (rank + 1));
    // Each of the two probabilities has two roundings, the ratio two more.
    expect(Math.max(...ratios.map((ratio) => Math.abs(ratio - 1)))).toBeLessThan(10 * 2 ** -53);
  });

  test("keeps the precision of the embeddings", () => {
    expect(createProblem(base).embeddings).toBeInstanceOf(Float64Array);
    expect(createProblem({ ...base, embeddings: new Float64Array(4) }).embeddings).toBeInstanceOf(Float64Array);
    expect(createProblem({ ...base, embeddings: new Float32Array(4) }).embeddings).toBeInstanceOf(Float32Array);
  });

  test("knows what type the probabilities were rounded to", () => {
    const { probabilities } = base;
    expect(createProblem(base).probabilityType).toBe("float64");
    expect(createProblem({ ...base, probabilities: Float64Array.from(probabilities) }).probabilityType).toBe("float64");
    expect(createProblem({ ...base, probabilities: Float32Array.from(probabilities) }).probabilityType).toBe("float32");
    expect(createProblem({ ...base, probabilityType: "float16" }).probabilityType).toBe("float16");
    expect(messageOf({ probabilityType: "bfloat16" })).toBe(
      'probabilityType: expected "float64", "float32" or "float16", found "bfloat16"',
    );
  });

  test("normalises weights, and rows within the tolerance", () => {
    expect([...createProblem({ ...base, weights: [3, 1] }).weights]).toEqual([0.75, 0.25]);
    const row = [0.25, 0.75 + 5e-7];
    const { probabilities } = createProblem({ ...base, probabilities: [...row, 0.5, 0.25, 0.25] });
    expect(probabilities[0]).toBe(row[1]! / (row[0]! + row[1]!));
    expect(probabilities[1]).toBe(row[0]! / (row[0]! + row[1]!));
    // Two quotients and a sum: three roundings.
    expect(Math.abs(probabilities[0]! + probabilities[1]! - 1)).toBeLessThan(3 * 2 ** -53);
  });

  test("a wider tolerance takes a source stored in fewer digits", () => {
    const probabilities = [0.26, 0.75, 0.5, 0.25, 0.25];
    expect(messageOf({ probabilities })).toBe("context 0: expected probabilities that sum to 1, found a sum of 1.01");
    const problem = createProblem({ ...base, probabilities, sumTolerance: 0.02 });
    expect(problem.probabilities[0]).toBe(0.75 / 1.01);
  });

  test("copies what it is given", () => {
    const input = {
      ...base,
      embeddings: Float64Array.from([1, 2, 3, 4]),
      offsets: Uint32Array.from([0, 2, 5]),
      tokens: Uint32Array.from([3, 1, 2, 0, 1]),
      probabilities: Float64Array.from([0.25, 0.75, 0.5, 0.25, 0.25]),
      weights: Float64Array.from([3, 1]),
      contextLabels: ["a", "b"],
      words: ["w", "x", "y", "z"],
    };
    const problem = createProblem(input);
    const before = structuredClone(problem);
    for (const array of [input.embeddings, input.offsets, input.tokens, input.probabilities, input.weights]) {
      expect(array.some((x) => x !== 9)).toBe(true);
      array.fill(9);
    }
    input.contextLabels.fill("changed");
    input.words.fill("changed");
    expect(structuredClone(problem)).toEqual(before);
  });

  test("leaves its input as it was, and is frozen", () => {
    const input = { ...base, tokens: [3, 1, 2, 0, 1], probabilities: [0.25, 0.75, 0.5, 0.25, 0.25], weights: [3, 1] };
    const before = structuredClone(input);
    const problem = createProblem({ ...input, contextLabels: ["a", "b"], words: ["w", "x", "y", "z"] });
    expect(input).toEqual(before);
    expect(Object.isFrozen(problem)).toBe(true);
    expect(Object.isFrozen(problem.contextLabels)).toBe(true);
    expect(Object.isFrozen(problem.words)).toBe(true);
  });
});

describe("entropy", () => {
  test("is 0 for one next word per context", () => {
    const problem = createProblem({ ...base, offsets: [0, 1, 2], tokens: [0, 0], probabilities: [1, 1] });
    expect(Object.is(problem.entropy, 0)).toBe(true);
  });

  test("is the weighted mean of log |S| for uniform rows", () => {
    const third = 1 / 3;
    const problem = createProblem({ ...base, probabilities: [0.5, 0.5, third, third, third], weights: [1, 3] });
    // Five terms of a few roundings each, of a sum near 1.
    expect(Math.abs(problem.entropy - (Math.log(2) + 3 * Math.log(3)) / 4)).toBeLessThan(20 * 2 ** -53);
  });

  test("is the binary entropy of a two-word row", () => {
    const p = 0.2;
    const problem = createProblem({
      ...base,
      embeddings: [1, 2],
      offsets: [0, 2],
      tokens: [0, 3],
      probabilities: [p, 1 - p],
    });
    const binary = -p * Math.log(p) - (1 - p) * Math.log(1 - p);
    expect(Math.abs(problem.entropy - binary)).toBeLessThan(10 * 2 ** -53);
  });
});

describe("repeated contexts", () => {
  const three: ProblemInput = {
    vocabularySize: 3,
    embeddingDim: 1,
    embeddings: [7, 5, 7],
    offsets: [0, 2, 3, 5],
    tokens: [0, 1, 2, 1, 0],
    probabilities: [0.5, 0.5, 1, 0.5, 0.5],
    weights: [1, 2, 5],
  };

  test("equal embedding and equal distribution are one context, in the place of the first", () => {
    const problem = createProblem(three);
    expect(problem).toMatchObject({ contextCount: 2, mergedCount: 1 });
    expect([...problem.embeddings]).toEqual([7, 5]);
    expect([...problem.offsets]).toEqual([0, 2, 3]);
    expect([...problem.tokens]).toEqual([0, 1, 2]);
    expect([...problem.weights]).toEqual([0.75, 0.25]);
    expect([...problem.probabilities]).toEqual([0.5, 0.5, 1]);
  });

  test("equal embeddings with different distributions stay two contexts", () => {
    const probabilities = [0.5, 0.5, 1, 0.75, 0.25];
    expect(createProblem({ ...three, probabilities })).toMatchObject({ contextCount: 3, mergedCount: 0 });
    const tokens = [0, 1, 2, 1, 2];
    expect(createProblem({ ...three, tokens })).toMatchObject({ contextCount: 3, mergedCount: 0 });
  });

  test("equal distributions with different embeddings stay two contexts", () => {
    expect(createProblem({ ...three, embeddings: [7, 5, 8] })).toMatchObject({ contextCount: 3, mergedCount: 0 });
  });

  test("equal labels are one context: supports unite, distributions are averaged by weight", () => {
    const problem = createProblem({
      ...three,
      tokens: [0, 1, 2, 1, 2],
      weights: [1, 4, 3],
      contextLabels: ["a", "b", "a"],
      probabilityType: "float16",
    });
    expect(problem).toMatchObject({ contextCount: 2, mergedCount: 1, contextLabels: ["a", "b"] });
    expect(problem.probabilityType).toBe("float16");
    expect([...problem.offsets]).toEqual([0, 3, 4]);
    expect([...problem.tokens]).toEqual([0, 1, 2, 2]);
    expect([...problem.probabilities]).toEqual([0.125, 0.5, 0.375, 1]);
    expect([...problem.weights]).toEqual([0.5, 0.5]);
  });

  test("what needs no averaging keeps its bits, while other contexts are merged", () => {
    const third = [0.1, 0.2, 0.7];
    const input: ProblemInput = {
      vocabularySize: 3,
      embeddingDim: 1,
      embeddings: [1, 2, 3, 1, 2],
      offsets: [0, 3, 6, 9, 12, 15],
      tokens: [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2],
      probabilities: [...third, ...third, ...third, 0.3, 0.3, 0.4, ...third],
      weights: [0.3, 0.1, 0.7, 0.9, 0.4],
    };
    const apart = createProblem({ ...input, contextLabels: ["a", "b", "c", "d", "e"] });
    const merged = createProblem({ ...input, contextLabels: ["a", "b", "c", "a", "b"] });
    expect(merged).toMatchObject({ contextCount: 3, mergedCount: 2 });
    expect([...merged.probabilities.subarray(3)]).toEqual([...apart.probabilities.subarray(3, 9)]);
  });

  test("a mean of many rows", () => {
    const count = 300;
    const size = 40;
    const random = new RandomStream(1);
    const rows = Array.from({ length: count }, () => random.sample(100, size).reverse());
    const { tokens, probabilities } = createProblem({
      vocabularySize: 100,
      embeddingDim: 1,
      embeddings: new Float32Array(count),
      offsets: Array.from({ length: count + 1 }, (_, j) => j * size),
      tokens: rows.flat(),
      probabilities: new Float64Array(count * size).fill(1 / size),
      contextLabels: new Array<string>(count).fill("one"),
    });
    const times = new Array<number>(100).fill(0);
    for (const token of rows.flat()) times[token]!++;
    expect([...tokens]).toEqual([...times.keys()]);
    // Sums of up to 300 terms below 1 / 100, each of a few roundings.
    const errors = times.map((n, token) => Math.abs(probabilities[token]! - n / (count * size)));
    expect(Math.max(...errors)).toBeLessThan(300 * 2 ** -53);
  });

  test("0 and −0 are one embedding", () => {
    for (const embeddings of [
      [0, 5, -0],
      [-0, 5, 0],
    ])
      for (const array of [Float32Array.from(embeddings), Float64Array.from(embeddings)]) {
        const problem = createProblem({ ...three, embeddings: array });
        expect(problem).toMatchObject({ contextCount: 2, mergedCount: 1 });
        expect(problem.embeddings).toEqual(array.slice(0, 2));
      }
  });

  test("among many rows, exactly the repeated ones are found", () => {
    // Every row of a grid of small whole numbers, whose bits differ in few places, twice.
    const side = 16;
    const once = Array.from({ length: side ** 3 }, (_, i) => [i % side, Math.floor(i / side) % side, i >> 8]);
    const rows = [...once, ...once.toReversed()];
    const { contextCount, embeddings, weights } = createProblem({
      vocabularySize: 2,
      embeddingDim: 3,
      embeddings: rows.flat(),
      offsets: [...rows.keys(), rows.length],
      tokens: rows.map(() => 1),
      probabilities: rows.map(() => 1),
    });
    expect(contextCount).toBe(once.length);
    expect(embeddings).toEqual(Float64Array.from(once.flat()));
    expect(weights.every((weight) => weight === 1 / once.length)).toBe(true);
  });

  test("different labels keep identical rows apart", () => {
    expect(createProblem({ ...three, contextLabels: ["a", "b", "c"] })).toMatchObject({
      contextCount: 3,
      mergedCount: 0,
    });
  });

  test("equal labels with different embeddings are refused", () => {
    expect(() => createProblem({ ...three, contextLabels: ["a", "a", "b"] })).toThrow(
      new ProblemError(
        'contexts 0 and 1 are both called "a" and have different embeddings: expected one embedding per context',
      ),
    );
  });
});

describe("validation says where, what was expected and what was found", () => {
  test.each<[object, string]>([
    [{ vocabularySize: 1 }, "vocabularySize: expected a whole number from 2 to 2^31, found 1"],
    [{ vocabularySize: NaN }, "vocabularySize: expected a whole number from 2 to 2^31, found NaN"],
    [{ embeddingDim: 0 }, "embeddingDim: expected a whole number from 1 to 2^31, found 0"],
    [{ embeddingDim: 1.5 }, "embeddingDim: expected a whole number from 1 to 2^31, found 1.5"],
    [{ offsets: [] }, "offsets: expected at least one context, found 0"],
    [{ offsets: [0] }, "offsets: expected at least one context, found 0"],
    [{ embeddings: [1, 2, 3] }, "embeddings: expected 2 × 2 = 4 values, found 3"],
    [
      { embeddings: [1, 2, NaN, 4] },
      "embeddings: expected finite numbers of at most 1000000000000000000 in size, found NaN at context 1, coordinate 0",
    ],
    [
      { embeddings: [1, -Infinity, 3, 4] },
      "embeddings: expected finite numbers of at most 1000000000000000000 in size, found -Infinity at context 0, coordinate 1",
    ],
    [{ offsets: [1, 2, 5] }, "offsets[0]: expected 0, found 1"],
    [{ offsets: [0, 2, 6] }, "offsets[2]: expected a whole number up to 5, found 6"],
    [{ offsets: [0, 1.5, 5] }, "offsets[1]: expected a whole number up to 5, found 1.5"],
    [{ offsets: [0, 2, 4] }, "offsets: expected to end at 5, the number of tokens, found 4"],
    [{ offsets: [0, 5, 5] }, "context 1: expected at least one next word, found none"],
    [{ probabilities: [0.5, 0.5] }, "probabilities: expected 5 values, one per token, found 2"],
    [{ tokens: [3, 4, 2, 0, 1] }, "context 0: expected token ids from 0 to 3, found 4 at tokens[1]"],
    [{ tokens: [3, 1, 2, -1, 1] }, "context 1: expected token ids from 0 to 3, found -1 at tokens[3]"],
    [{ tokens: [3, 1, 2, 0.5, 1] }, "context 1: expected token ids from 0 to 3, found 0.5 at tokens[3]"],
    [{ tokens: [3, 1, 2, 0, 2] }, "context 1: expected distinct next words, found token 2 twice"],
    [
      { probabilities: [0, 1, 0.5, 0.25, 0.25] },
      "context 0: expected probabilities above 1.2e-38 and up to 1, found 0 at probabilities[0]",
    ],
    [
      { probabilities: [0.25, 0.75, NaN, 0.25, 0.25] },
      "context 1: expected probabilities above 1.2e-38 and up to 1, found NaN at probabilities[2]",
    ],
    [
      { probabilities: [0.25, 0.75, 1.5, -0.25, -0.25] },
      "context 1: expected probabilities above 1.2e-38 and up to 1, found 1.5 at probabilities[2]",
    ],
    [
      { probabilities: [0.25, 0.5, 0.5, 0.25, 0.25] },
      "context 0: expected probabilities that sum to 1, found a sum of 0.75",
    ],
    [{ weights: [1] }, "weights: expected 2 values, one per context, found 1"],
    [{ weights: [1, 0] }, "weights[1]: expected a positive number, found 0"],
    [{ weights: [NaN, 1] }, "weights[0]: expected a positive number, found NaN"],
    [{ weights: [1, Infinity] }, "weights[1]: expected a positive number, found Infinity"],
    [
      { vocabularySize: 2e9, words: undefined },
      "vocabularySize × embeddingDim: expected a decoder of at most 1073741824 numbers, found 2000000000 × 2 = 4000000000",
    ],
    [{ wieghts: [1, 2] }, 'unknown key "wieghts", the nearest known one is "weights"'],
    [{ embeddings: "1001" }, 'embeddings: expected an array of numbers, found "1001"'],
    [{ embeddings: undefined }, "embeddings: expected an array of numbers, found undefined"],
    [{ embeddings: [1, 2, "3", 4] }, 'embeddings[2]: expected a number, found "3"'],
    [{ embeddings: { rows: 2 } }, "embeddings: expected an array of numbers, found an object"],
    [{ offsets: [0, "2", 5] }, 'offsets[1]: expected a number, found "2"'],
    [{ tokens: [3, 1, 2, [0], 1] }, "tokens[3]: expected a number, found an array of 1"],
    [{ tokens: BigInt64Array.of(3n, 1n, 2n, 0n, 1n) }, "tokens[0]: expected a number, found 3"],
    [{ probabilities: [0.25, 0.75, 0.5, true, 0.25] }, "probabilities[3]: expected a number, found true"],
    [{ weights: null }, "weights: expected an array of numbers, found null"],
    [{ words: "abcd" }, 'words: expected an array of strings, found "abcd"'],
    [{ words: ["a", "b", 3, "d"] }, "words[2]: expected a string, found 3"],
    [{ words: ["a", "b", "c", "b"] }, 'words[3]: expected distinct names, found "b" a second time'],
    [{ sumTolerance: 2 }, "sumTolerance: expected a number of at least 0 and below 1, found 2"],
    [{ sumTolerance: -1e-6 }, "sumTolerance: expected a number of at least 0 and below 1, found -0.000001"],
    [{ sumTolerance: NaN }, "sumTolerance: expected a number of at least 0 and below 1, found NaN"],
    [{ sumTolerance: "0.1" }, 'sumTolerance: expected a number of at least 0 and below 1, found "0.1"'],
    [{ contextLabels: ["a"] }, "contextLabels: expected 2 names, found 1"],
    [{ words: ["a", "b"] }, "words: expected 4 names, found 2"],
  ])("%o", (change, message) => {
    expect(messageOf(change)).toBe(message);
  });

  test("the largest decoder has 2^30 numbers", () => {
    expect(createProblem({ ...base, vocabularySize: 2 ** 29 }).vocabularySize).toBe(2 ** 29);
    expect(messageOf({ vocabularySize: 2 ** 29 + 1 })).toMatch(/^vocabularySize × embeddingDim: expected a decoder/);
  });

  test("the smallest probability is the smallest normal float32", () => {
    const row = [SMALLEST_PROBABILITY, 1, 0.5, 0.25, 0.25];
    expect(createProblem({ ...base, probabilities: row }).probabilities[1]).toBe(2 ** -126);
    expect(messageOf({ probabilities: [2 ** -127, 1, 0.5, 0.25, 0.25] })).toMatch(/^context 0: expected probabilities/);
  });
});

test("a problem may be spread into the input of another, whose own figures are computed", () => {
  const given = createProblem({
    ...{ vocabularySize: 2, embeddingDim: 1, embeddings: [1, 2] },
    ...{ offsets: [0, 2, 3], tokens: [0, 1, 0], probabilities: [0.5, 0.5, 1] },
  });
  const changed = createProblem({ ...given, probabilities: [0.25, 0.75, 1] });
  const entropy = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)) / 2;
  requireClose("entropy", [changed.entropy], [entropy], 1e-15);
});
