import type { ProblemInput } from "../../src/index.ts";
import { RandomStream } from "../../src/support/random.ts";

/** Every subset of so many of the words, in lexical order. */
export const subsets = (words: readonly number[], size: number): number[][] =>
  size === 0
    ? [[]]
    : words.flatMap((word, i) => subsets(words.slice(i + 1), size - 1).map((others) => [word, ...others]));

/** m supports that are drawn, of 1 to `sizes` of V words in turn, or of as many each. */
export function drawSupports(seed: number, V: number, m: number, sizes: number, areEqual = false): number[][] {
  const stream = new RandomStream(seed, 0);
  return Array.from({ length: m }, (_, j) =>
    stream.sample(V, areEqual ? sizes : 1 + (j % sizes)).sort((a, b) => a - b),
  );
}

/** A problem with these supports and embeddings that do not matter; with a seed its probabilities are drawn, else uniform. */
export function withSupports(
  vocabularySize: number,
  supports: readonly (readonly number[])[],
  seed?: number,
): ProblemInput {
  const stream = new RandomStream(seed ?? 0, 1);
  return {
    vocabularySize,
    embeddingDim: 1,
    embeddings: supports.map((_, j) => 1 + j),
    offsets: supports.reduce((starts, { length }) => [...starts, starts.at(-1)! + length], [0]),
    tokens: supports.flat(),
    probabilities: supports.flatMap((words) => {
      const parts = words.map(() => (seed === undefined ? 1 : 0.2 + stream.uniform()));
      const total = parts.reduce((a, b) => a + b, 0);
      return parts.map((part) => part / total);
    }),
  };
}
