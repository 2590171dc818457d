import { expect, test } from "vitest";
import { smoothed, withEmbeddings, withoutRarestWord, withTwin } from "../../src/problem/changes.ts";
import { createProblem } from "../../src/problem/problem.ts";
import { requireClose } from "../support/compare.ts";

const problem = createProblem({
  vocabularySize: 4,
  embeddingDim: 2,
  embeddings: [1, 2, 3, 4, 5, 6],
  offsets: [0, 3, 4, 6],
  tokens: [0, 1, 3, 2, 1, 2],
  probabilities: [0.5, 0.125, 0.375, 1, 0.25, 0.75],
  weights: [0.5, 0.25, 0.25],
});

test("the rarest word goes, the others share what it had; a single word stays", () => {
  const found = withoutRarestWord(problem, [0, 1]);
  expect([...found.offsets]).toEqual([0, 2, 3, 5]);
  expect([...found.tokens]).toEqual([0, 3, 2, 1, 2]);
  requireClose("probabilities", found.probabilities, [4 / 7, 3 / 7, 1, 0.25, 0.75], 1e-15);
  expect(found.weights).toEqual(problem.weights);
  expect(found.embeddings).toEqual(problem.embeddings);
});

test("a twin has the embedding and the words of its original, and is not merged with it", () => {
  const found = withTwin(problem, 0, 2);
  expect(found.contextCount).toBe(3);
  expect([...found.embeddings.subarray(4)]).toEqual([1, 2]);
  expect([...found.tokens.subarray(4)]).toEqual([0, 1, 3]);
  expect([...found.probabilities.subarray(4)]).toEqual([0.5, 0.125, 0.375]);
});

test("smoothing gives every word a share, keeps contexts apart and says how many rows were merged", () => {
  const repeated = createProblem({
    ...{ vocabularySize: 4, embeddingDim: 1, embeddings: [1, 1, 1], offsets: [0, 1, 2, 4] },
    ...{ tokens: [3, 3, 0, 3], probabilities: [1, 1, 0.25, 0.75] },
  });
  const found = smoothed(repeated, 0.5);
  expect([found.contextCount, found.mergedCount]).toEqual([2, 1]);
  expect([...found.offsets]).toEqual([0, 4, 8]);
  expect([...found.tokens]).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  requireClose("probabilities", found.probabilities, [0.125, 0.125, 0.125, 0.625, 0.25, 0.125, 0.125, 0.5], 1e-15);
  expect(found.weights).toEqual(repeated.weights);
});

test.each([
  [0, "smoothing: expected a number above 0 and below 1, found 0"],
  [NaN, "smoothing: expected a number above 0 and below 1, found NaN"],
  [1e-38, "smoothing: expected at least 4.7e-38 for 4 words, found 1e-38"],
])("smoothing by %d is refused", (epsilon, message) => {
  expect(() => smoothed(problem, epsilon)).toThrow(message);
});

test("other embeddings take the place of its own, of any dimension, and equal ones merge no contexts", () => {
  const given = Float64Array.of(1, 2, 3, 1, 2, 3, 7, 8, 9);
  const found = withEmbeddings(problem, given);
  expect([found.contextCount, found.embeddingDim]).toEqual([3, 3]);
  expect(found.embeddings).toEqual(given);
  for (const name of ["offsets", "tokens", "probabilities", "weights", "entropy"] as const)
    expect(found[name]).toEqual(problem[name]);
  for (const length of [0, 4])
    expect(() => withEmbeddings(problem, new Float64Array(length))).toThrow(
      `embeddings: expected as many values for each of 3 contexts, found ${length} in all`,
    );
});

test("a change keeps the type that the probabilities were rounded to", () => {
  const half = { ...problem, probabilityType: "float16" } as const;
  expect(withoutRarestWord(half, [0]).probabilityType).toBe("float16");
  expect(withTwin(half, 0, 2).probabilityType).toBe("float16");
  expect(smoothed(half, 0.5).probabilityType).toBe("float16");
});

test("how far the sums of the given rows were from 1 is kept", () => {
  const given = createProblem({
    vocabularySize: 2,
    embeddingDim: 1,
    embeddings: [1],
    offsets: [0, 2],
    tokens: [0, 1],
    probabilities: [0.5, 0.5 + 2 ** -12],
    probabilityType: "float16",
  });
  expect(given.sumError).toBe(2 ** -12);
  expect(withEmbeddings(given, Float64Array.of(2, 3)).sumError).toBe(2 ** -12);
});
