import { OptionError } from "../errors.ts";
import { describe } from "../support/options.ts";
import { createProblem, SMALLEST_PROBABILITY, type Problem, type ProblemInput } from "./problem.ts";

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
 * @param smoothing ε
 * @throws OptionError unless ε is above 0 and below 1, and ε/V a probability that a problem may hold
 */
export function smoothed(problem: Problem, smoothing: number): Problem {
  const { contextCount: m, vocabularySize: V, offsets, tokens } = problem;
  if (!(smoothing > 0 && smoothing < 1))
    throw new OptionError("smoothing", `expected a number above 0 and below 1, found ${describe(smoothing)}`);
  if (smoothing / V < SMALLEST_PROBABILITY) {
    const least = (V * SMALLEST_PROBABILITY).toExponential(1);
    throw new OptionError("smoothing", `expected at least ${least} for ${V} words, found ${smoothing}`);
  }
  const probabilities = new Float64Array(m * V).fill(smoothing / V);
  for (let j = 0; j < m; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++)
      probabilities[j * V + tokens[k]!]! += (1 - smoothing) * problem.probabilities[k]!;
  return remade(problem, {
    offsets: Array.from({ length: m + 1 }, (_, j) => j * V),
    tokens: Uint32Array.from({ length: m * V }, (_, k) => k % V),
    probabilities,
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
  return remade(problem, { embeddings, embeddingDim: dim });
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
  return remade(problem, {
    embeddings: Float64Array.from(rows.flatMap(({ embedding }) => [...embedding])),
    offsets: ends,
    tokens: rows.flatMap(({ words }) => words.map(({ token }) => token)),
    probabilities: rows.flatMap(({ words }) => words.map(({ probability }) => probability)),
  });
}

/** The problem with other arrays; contexts that the change makes equal stay apart. */
function remade(problem: Problem, changes: Partial<ProblemInput>): Problem {
  const { vocabularySize, embeddingDim, embeddings, offsets, tokens, probabilities, probabilityType, weights } =
    problem;
  const { contextLabels = Array.from(weights, (_, j) => `context ${j}`), words, mergedCount, sumError } = problem;
  const made = createProblem({
    ...{ vocabularySize, embeddingDim, embeddings, offsets, tokens, probabilities, probabilityType, weights },
    ...{ contextLabels, ...(words && { words }), ...changes },
  });
  return Object.freeze({ ...made, mergedCount, sumError });
}
