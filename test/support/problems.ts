import { createProblem, type ProbabilityType, type Problem, type ProblemInput } from "../../src/problem/problem.ts";
import { RandomStream } from "../../src/support/random.ts";

/** What to draw; every support size lies between the two, the probabilities are far from equal. */
export interface Drawing {
  readonly contexts: number;
  readonly dim: number;
  readonly words: number;
  readonly support: readonly [number, number];
  readonly seed: number;
  /** Changes the embeddings once they are drawn, m × d. */
  readonly change?: (embeddings: Float64Array) => void;
}

/** A random problem as plain input, fit for the bridge. Contexts are labelled, so that none are merged. */
export function drawInput({ contexts, dim, words, support, seed, change }: Drawing): ProblemInput {
  const stream = new RandomStream(seed, 7);
  const embeddings = Float64Array.from({ length: contexts * dim }, () => stream.normal());
  change?.(embeddings);
  const [offsets, tokens, probabilities]: [number[], number[], number[]] = [[0], [], []];
  for (let j = 0; j < contexts; j++) {
    const size = support[0] + Math.floor(stream.uniform() * (support[1] - support[0] + 1));
    const order = Array.from({ length: words }, (_, z) => ({ z, key: stream.uniform() }));
    const chosen = order.sort((a, b) => a.key - b.key).slice(0, size);
    const shares = chosen.map(() => 0.05 + stream.uniform());
    const total = shares.reduce((sum, share) => sum + share, 0);
    tokens.push(...chosen.map(({ z }) => z).sort((a, b) => a - b));
    probabilities.push(...shares.map((share) => share / total));
    offsets.push(tokens.length);
  }
  const contextLabels = Array.from({ length: contexts }, (_, j) => `context ${j}`);
  return { vocabularySize: words, embeddingDim: dim, embeddings, offsets, tokens, probabilities, contextLabels };
}

export const drawProblem = (drawing: Drawing): Problem => createProblem(drawInput(drawing));

/** A positive number rounded to the nearest of a type, ties aside. */
export function roundTo(type: ProbabilityType, x: number): number {
  if (type === "float64") return x;
  if (type === "float32") return Math.fround(x);
  const step = 2 ** (Math.max(Math.floor(Math.log2(x)), -14) - 10);
  return Math.round(x / step) * step;
}
