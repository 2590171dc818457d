import { OptionError } from "../errors.ts";
import { requireKnownOptions, requireSeed, requireWhole } from "../support/options.ts";
import { RandomStream } from "../support/random.ts";
import { drawEmbeddings } from "./embeddings.ts";
import { createProblem, type Problem } from "./problem.ts";
import { storyWords, TEMPLATES, variantsOf } from "./stories.ts";
import { drawProbabilities, type ProbabilityLaw } from "./synthetic.ts";

/** One stream for each purpose. */
const STREAMS = { embeddings: 1, supports: 2, probabilities: 3 } as const;

/** More contexts than that are not made of subsets. */
const MOST_SUBSETS = 4096;

/** What {@link ofSupports} takes. */
export interface SupportsOptions {
  /** V, at least 2. */
  readonly vocabularySize: number;
  /** The words that follow each context, ascending. */
  readonly supports: readonly (readonly number[])[];
  /** Default uniform. */
  readonly probability?: ProbabilityLaw;
  /** Of the contexts, in proportion; default equal. */
  readonly weights?: readonly number[];
  /** Draws probabilities that are random; default 1. */
  readonly seed?: number;
}

/**
 * Contexts that are followed by given words. Embeddings are orthonormal, one dimension for each context.
 * @throws OptionError for options out of range, ProblemError for supports or weights that no problem can have
 */
export function ofSupports(options: SupportsOptions): Problem {
  requireKnownOptions(options, ["vocabularySize", "supports", "probability", "weights", "seed"]);
  const { vocabularySize, supports, probability = { law: "uniform" }, weights, seed = 1 } = options;
  requireWhole("vocabularySize", vocabularySize, 2);
  requireSeed(seed);
  const stream = new RandomStream(seed, STREAMS.probabilities);
  const { length } = supports;
  return withRows(vocabularySize, supports, {
    probabilities: supports.map((words) => [...drawProbabilities(probability, words.length, stream)]),
    embeddings: Float64Array.from({ length: length * length }, (_, i) => (i % (length + 1) === 0 ? 1 : 0)),
    contextLabels: supportLabels(supports),
    ...(weights && { weights }),
  });
}

/** Each support as a set, numbered where an earlier context has it too. */
function supportLabels(supports: readonly (readonly number[])[]): string[] {
  const times = new Map<string, number>();
  return supports.map((words) => {
    const label = `{${words.join(", ")}}`;
    const time = (times.get(label) ?? 0) + 1;
    times.set(label, time);
    return time === 1 ? label : `${label} no. ${time}`;
  });
}

/** What {@link allSubsets} takes. */
export interface SubsetOptions extends Omit<SupportsOptions, "supports" | "weights"> {
  /** k, 1 … V − 1. */
  readonly supportSize: number;
}

/**
 * Every k-subset of the V words as the support of one context, in lexical order. The centred support matrix S̃ solves its nuclear margin:
 * ‖L_mm‖_* = (V − 1) √C(V − 2, k − 1), words form a simplex, cos(h_j, h_j') = (|S_j ∩ S_j'| − k²/V) / (k − k²/V); with uniform
 * probabilities that is so at every λ.
 * @throws OptionError for options out of range, and for more than 4,096 contexts
 */
export function allSubsets(options: SubsetOptions): Problem {
  requireKnownOptions(options, ["vocabularySize", "supportSize", "probability", "seed"]);
  const { supportSize: k, ...rest } = options;
  const { vocabularySize: V } = rest;
  requireWhole("vocabularySize", V, 2);
  requireWhole("supportSize", k, 1, V - 1);
  let count = 1;
  for (let i = 1; i <= Math.min(k, V - k); i++) count = (count * (V - Math.min(k, V - k) + i)) / i;
  if (count > MOST_SUBSETS)
    throw new OptionError(
      "supportSize",
      `expected at most ${MOST_SUBSETS} subsets, found ${count} of ${k} out of ${V} words`,
    );
  return ofSupports({ ...rest, supports: subsets(V, k) });
}

function subsets(V: number, k: number, from = 0): number[][] {
  if (k === 0) return [[]];
  const found: number[][] = [];
  for (let word = from; word <= V - k; word++)
    for (const rest of subsets(V, k - 1, word + 1)) found.push([word, ...rest]);
  return found;
}

const SYNTHETIC = { contexts: 16, words: 30, supportSize: 3, frequent: 10, embeddingDim: 128 } as const;

/**
 * The synthetic shape of arXiv 2408.15417: 16 contexts and 30 words, three next words each, of which ten words are frequent, seen once or
 * twice each; the last two contexts have the supports of the first two. d = 128, Gaussian.
 * @throws OptionError for an unknown option or a seed out of range (default 1)
 */
export function paper2Synthetic(options: { readonly seed?: number } = {}): Problem {
  requireKnownOptions(options, ["seed"]);
  const { seed = 1 } = options;
  requireSeed(seed);
  const { contexts, words, supportSize, frequent, embeddingDim } = SYNTHETIC;
  const stream = new RandomStream(seed, STREAMS.supports);
  const supports = Array.from({ length: contexts - 2 }, () => {
    // two of the frequent words, and one of all
    const support = stream.sample(frequent, supportSize - 1);
    const others = Array.from({ length: words }, (_, v) => v).filter((v) => !support.includes(v));
    return [...support, others[stream.integer(others.length)]!].sort((a, b) => a - b);
  });
  const all = [...supports, ...supports.slice(0, 2)];
  return counted(words, all, 2, {
    seed,
    embeddings: drawEmbeddings("gaussian", contexts, embeddingDim, new RandomStream(seed, STREAMS.embeddings)),
    contextLabels: all.map((_, j) => `context ${j}`),
  });
}

const STORIES = { contexts: 403, embeddingDim: 128, mostRepeats: 4 } as const;

/**
 * The shape of arXiv 2408.15417's simplified stories, from a grammar of this project: 403 contexts of five words, 13 variants by synonyms
 * of each of 31 templates, whose supports they inherit; 104 words; each next word is seen one to four times. d = 128, Gaussian.
 * @throws OptionError for an unknown option or a seed out of range (default 1)
 */
export function paper2Stories(options: { readonly seed?: number } = {}): Problem {
  requireKnownOptions(options, ["seed"]);
  const { seed = 1 } = options;
  requireSeed(seed);
  const words = storyWords();
  const stream = new RandomStream(seed, STREAMS.supports);
  const each = STORIES.contexts / TEMPLATES.length;
  const rows = TEMPLATES.flatMap((template) => {
    const variants = variantsOf(template);
    const support = template.next.map((word) => words.indexOf(word)).sort((a, b) => a - b);
    return stream.sample(variants.length, each).map((place) => ({ label: variants[place]!, support }));
  });
  const embeddings = drawEmbeddings(
    "gaussian",
    STORIES.contexts,
    STORIES.embeddingDim,
    new RandomStream(seed, STREAMS.embeddings),
  );
  return counted(
    words.length,
    rows.map(({ support }) => support),
    STORIES.mostRepeats,
    { seed, embeddings, contextLabels: rows.map(({ label }) => label), words },
  );
}

interface Rest {
  readonly embeddings: Float64Array;
  readonly contextLabels: readonly string[];
  readonly words?: readonly string[];
}

/** A problem of counts: each next word is seen 1 to `most` times. */
function counted(
  vocabularySize: number,
  supports: readonly (readonly number[])[],
  most: number,
  { seed, ...rest }: Rest & { readonly seed: number },
): Problem {
  const stream = new RandomStream(seed, STREAMS.probabilities);
  const counts = supports.map((words) => words.map(() => 1 + stream.integer(most)));
  const totals = counts.map((row) => row.reduce((a, b) => a + b));
  return withRows(vocabularySize, supports, {
    probabilities: counts.map((row, j) => row.map((count) => count / totals[j]!)),
    weights: totals,
    ...rest,
  });
}

function withRows(
  vocabularySize: number,
  supports: readonly (readonly number[])[],
  {
    probabilities,
    embeddings,
    ...rest
  }: Rest & {
    readonly probabilities: readonly (readonly number[])[];
    readonly weights?: readonly number[];
  },
): Problem {
  const offsets = [0];
  for (const { length } of supports) offsets.push(offsets.at(-1)! + length);
  return createProblem({
    vocabularySize,
    embeddingDim: embeddings.length / supports.length,
    embeddings,
    offsets,
    tokens: supports.flat(),
    probabilities: probabilities.flat(),
    ...rest,
  });
}
