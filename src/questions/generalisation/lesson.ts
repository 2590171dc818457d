import { createProblem, type Problem } from "../../problem/problem.ts";

/** What was seen of a source of next words, and what else the source gives. */
export interface Lesson {
  /** Next words of each context as they were counted. */
  readonly training: Problem;
  /** Other distributions of the same contexts, or of some of them by their labels: the true ones, or those of another text. */
  readonly seen: Problem;
  /** Distributions of contexts that are none of the training problem; none where there is no such context. */
  readonly fresh: Problem | undefined;
  /** Share of the test in contexts that were not seen. */
  readonly freshShare: number;
  /** How often each word was seen after each context, m × V. */
  readonly counts: Int32Array;
}

/** Contexts by their labels. */
export interface CountedContexts {
  readonly vocabularySize: number;
  /** m × d. */
  readonly embeddings: Float64Array | Float32Array;
  readonly contextLabels: readonly string[];
}

/** The problem of counts, m × V: probabilities are shares of a context's counts, weights its sums. */
export function problemOfCounts(contexts: CountedContexts, counts: Int32Array): Problem {
  const { vocabularySize: V, embeddings, contextLabels } = contexts;
  const [offsets, tokens, probabilities, weights] = [[0], [] as number[], [] as number[], [] as number[]];
  for (let start = 0; start < counts.length; start += V) {
    const row = counts.subarray(start, start + V);
    const total = row.reduce((a, b) => a + b);
    row.forEach((count, word) => {
      if (count === 0) return;
      tokens.push(word);
      probabilities.push(count / total);
    });
    offsets.push(tokens.length);
    weights.push(total);
  }
  const embeddingDim = embeddings.length / contextLabels.length;
  return createProblem({
    ...{ vocabularySize: V, embeddingDim, embeddings, contextLabels, offsets, tokens, probabilities, weights },
  });
}
