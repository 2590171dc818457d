import { OptionError } from "../errors.ts";
import { describe } from "../support/options.ts";
import { createProblem, type Problem } from "./problem.ts";

/** A context of a problem, to be changed. */
interface Context {
  embedding: Float64Array;
  words: { token: number; probability: number }[];
}

/**
 * The problem with the rarest next word of some contexts left out, its probability set to zero and the rest of the row
 * scaled up to one. Contexts with a single next word are left as they are.
 */
export function withoutRarestWord(problem: Problem, contexts: readonly number[]): Problem {
  return changed(problem, (rows) => {
    for (const j of contexts) {
      const { words } = rows[j]!;
      if (words.length === 1) continue;
      const rarest = words.reduce((least, word) => (word.probability < least.probability ? word : least));
      const rest = words.filter((word) => word !== rarest);
      rows[j]!.words = rest.map(({ token, probability }) => ({
        token,
        probability: probability / (1 - rarest.probability),
      }));
    }
  });
}

/** The problem with context `copy` made the same as context `original` in embedding, next words and probabilities; the two stay apart. */
export function withTwin(problem: Problem, original: number, copy: number): Problem {
  return changed(problem, (rows) => {
    rows[copy] = { ...rows[original]! };
  });
}

/**
 * Label smoothing: p ← (1 − ε) p + ε/V for every word, which puts all words into all supports.
 * @throws OptionError unless ε is above 0 and below 1
 */
export function smoothed(problem: Problem, epsilon: number): Problem {
  if (!(epsilon > 0 && epsilon < 1))
    throw new OptionError("epsilon", `expected a number above 0 and below 1, found ${describe(epsilon)}`);
  const { vocabularySize: V } = problem;
  return changed(problem, (rows) => {
    for (const row of rows) {
      const given = new Map(row.words.map(({ token, probability }) => [token, probability]));
      row.words = Array.from({ length: V }, (_, token) => ({
        token,
        probability: (1 - epsilon) * (given.get(token) ?? 0) + epsilon / V,
      }));
    }
  });
}

/**
 * The problem with other embeddings in place of its own: after a run of both factors CE(H Wᵀ) is the loss of the decoder W on it.
 * @param embeddings m × d row-major
 * @throws OptionError unless there are as many numbers for each context
 */
export function withEmbeddings(problem: Problem, embeddings: Float64Array): Problem {
  const dim = embeddings.length / problem.contextCount;
  if (!(Number.isInteger(dim) && dim > 0))
    throw new OptionError(
      "embeddings",
      `expected as many values for each of ${problem.contextCount} contexts, found ${embeddings.length} in all`,
    );
  return changed(problem, (rows) => {
    rows.forEach((row, j) => (row.embedding = embeddings.subarray(j * dim, (j + 1) * dim)));
  });
}

function changed(problem: Problem, change: (rows: Context[]) => void): Problem {
  const { embeddingDim: d, embeddings, offsets, tokens, probabilities } = problem;
  const rows: Context[] = Array.from({ length: problem.contextCount }, (_, j) => ({
    embedding: Float64Array.from(embeddings.subarray(j * d, (j + 1) * d)),
    words: Array.from({ length: offsets[j + 1]! - offsets[j]! }, (_, k) => ({
      token: tokens[offsets[j]! + k]!,
      probability: probabilities[offsets[j]! + k]!,
    })),
  }));
  change(rows);
  const ends = [0];
  for (const { words } of rows) ends.push(ends.at(-1)! + words.length);
  return createProblem({
    vocabularySize: problem.vocabularySize,
    embeddingDim: rows[0]!.embedding.length,
    embeddings: Float64Array.from(rows.flatMap(({ embedding }) => [...embedding])),
    offsets: ends,
    tokens: rows.flatMap(({ words }) => words.map(({ token }) => token)),
    probabilities: rows.flatMap(({ words }) => words.map(({ probability }) => probability)),
    probabilityType: problem.probabilityType,
    weights: problem.weights,
    contextLabels: problem.contextLabels ?? rows.map((_, j) => `context ${j}`),
    ...(problem.words && { words: problem.words }),
  });
}
