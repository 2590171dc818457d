import { positionalEmbeddings } from "../../problem/embeddings.ts";
import { withEmbeddings } from "../../problem/changes.ts";
import type { Problem } from "../../problem/problem.ts";
import { synthetic } from "../../problem/synthetic.ts";
import { RandomStream } from "../../support/random.ts";

/**
 * How contexts are embedded.
 *
 * - `gaussian`: entries N(0, 1).
 * - `sphere`: the same rows, each at length 1. Neither condition depends on how long an embedding is, nor on an invertible map of
 *   all of them (so that a spectrum that falls like a power changes nothing either): their shares are those of Gaussian ones.
 * - `text`: sums over positions, as problems from a text have them (see {@link positionalEmbeddings}): a context is three tokens, each one
 *   of 40 with a probability that falls like 1/rank, no two contexts alike; contexts that share a token at a place share its vector.
 */
export type ThresholdEmbedding = "gaussian" | "sphere" | "text";

export const THRESHOLD_EMBEDDINGS: readonly ThresholdEmbedding[] = ["gaussian", "sphere", "text"];

/** Sizes of a random problem: V, |S| of every context, m and d. */
export interface ThresholdSizes {
  readonly words: number;
  readonly support: number;
  readonly contexts: number;
  readonly dim: number;
}

const [TEXT_LENGTH, TEXT_TOKENS] = [3, 40];
/** Streams of a seed from 16 on are left free by the problem's generator. */
const [TEXT_STREAM, VECTOR_STREAM] = [16, 17];

/** A random problem: uniform supports, probabilities flat on the simplex. */
export function drawThresholdProblem(
  law: ThresholdEmbedding,
  { words, support, contexts, dim }: ThresholdSizes,
  seed: number,
): Problem {
  const problem = synthetic({
    ...{ vocabularySize: words, supportSize: support, contextCount: contexts, embeddingDim: dim, seed },
    embedding: law === "sphere" ? "unit-sphere" : "gaussian",
  });
  if (law !== "text") return problem;
  const vectors = new RandomStream(seed, VECTOR_STREAM).integer(2 ** 53 - 1);
  return withEmbeddings(problem, positionalEmbeddings(distinctTexts(contexts, seed), dim, vectors));
}

function distinctTexts(count: number, seed: number): readonly number[][] {
  const stream = new RandomStream(seed, TEXT_STREAM);
  const shares = Array.from({ length: TEXT_TOKENS }, (_, rank) => 1 / (rank + 1));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const token = (): number => {
    let left = stream.uniform() * total;
    const found = shares.findIndex((share) => (left -= share) <= 0);
    return found < 0 ? TEXT_TOKENS - 1 : found;
  };
  const texts = new Map<string, number[]>();
  while (texts.size < count) {
    const text = Array.from({ length: TEXT_LENGTH }, token);
    texts.set(text.join(), text);
  }
  return [...texts.values()];
}
