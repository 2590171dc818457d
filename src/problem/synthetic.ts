import { OptionError } from "../errors.ts";
import {
  describe,
  requireAtLeast,
  requireKnownOptions,
  requireOneOf,
  requireSeed,
  requireWhole,
} from "../support/options.ts";
import { exponential, naturalLog } from "../support/elementary.ts";
import { drawEmbeddings, EMBEDDING_LAWS, requireDrawable, type EmbeddingLaw } from "./embeddings.ts";
import { createProblem, requireDecoder, type Problem } from "./problem.ts";
import { LEAST_SHAPE, RandomStream } from "../support/random.ts";

/** Next-word probabilities of a synthetic context: flat or peaked Dirichlet, uniform, or Zipf over a random order of the support. */
export type ProbabilityLaw =
  | { readonly law: "dirichlet"; readonly concentration: number }
  | { readonly law: "uniform" }
  | { readonly law: "zipf"; readonly exponent: number };

/** Frequencies of synthetic contexts; under Zipf context j has weight ∝ (j + 1)^−exponent. */
export type WeightLaw =
  | "uniform"
  | { readonly law: "dirichlet"; readonly concentration: number }
  | { readonly law: "zipf"; readonly exponent: number };

/** What {@link synthetic} takes. */
export interface SyntheticOptions {
  /** m, at least 1. */
  readonly contextCount: number;
  /** d, at least 1. */
  readonly embeddingDim: number;
  /** V, at least 2. */
  readonly vocabularySize: number;
  /** |S_j|, 1 … V: one size for all contexts, one for each, or a range from which each is drawn uniformly. */
  readonly supportSize: number | readonly number[] | { readonly min: number; readonly max: number };
  /** Default `"gaussian"`. */
  readonly embedding?: EmbeddingLaw;
  /** Default Dirichlet of concentration 1, flat on the simplex. */
  readonly probability?: ProbabilityLaw;
  /** Default `"uniform"`. */
  readonly weights?: WeightLaw;
  /** 0 … 2^53 − 1, default 1. */
  readonly seed?: number;
}

/**
 * Drawn probabilities and weights below this are raised to it, and the row is normalised again: float32 must hold them
 * and their logarithms, and a next word that is never seen in a billion would be no next word.
 */
export const PROBABILITY_FLOOR: number = 2 ** -30;

/** One stream for each purpose, so that changing one law leaves what the others drew. */
const STREAMS = { embeddings: 1, supports: 2, probabilities: 3, weights: 4, supportSizes: 5 } as const;

const OPTION_NAMES: readonly (keyof SyntheticOptions)[] = [
  "contextCount",
  "embeddingDim",
  "vocabularySize",
  "supportSize",
  "embedding",
  "probability",
  "weights",
  "seed",
];

/**
 * A random problem: supports are uniform subsets of the words. The same options give the same arrays, bit for bit, on
 * every platform.
 * @throws OptionError for an unknown option or a value out of its range, ProblemError for too large a decoder
 */
export function synthetic(options: SyntheticOptions): Problem {
  requireKnownOptions(options, OPTION_NAMES);
  const { contextCount, embeddingDim, vocabularySize, embedding = "gaussian", weights = "uniform", seed = 1 } = options;
  const probability = options.probability ?? { law: "dirichlet", concentration: 1 };
  requireWhole("contextCount", contextCount, 1);
  requireWhole("embeddingDim", embeddingDim, 1);
  requireWhole("vocabularySize", vocabularySize, 2);
  requireDrawable(contextCount, embeddingDim);
  requireDecoder(vocabularySize, embeddingDim);
  requireOneOf("embedding", embedding, EMBEDDING_LAWS);
  requireLaw("probability", probability, ["dirichlet", "uniform", "zipf"]);
  if (weights !== "uniform") requireLaw("weights", weights, ["dirichlet", "zipf"], '"uniform" or ');
  requireSeed(seed);
  const sizes = supportSizes(
    options.supportSize,
    contextCount,
    vocabularySize,
    new RandomStream(seed, STREAMS.supportSizes),
  );
  const supportStream = new RandomStream(seed, STREAMS.supports);
  return assemble(
    vocabularySize,
    drawEmbeddings(embedding, contextCount, embeddingDim, new RandomStream(seed, STREAMS.embeddings)),
    sizes.map((size) => supportStream.sample(vocabularySize, size)),
    probability,
    weights,
    seed,
  );
}

/**
 * The synthetic setting of arXiv 2402.18551: m = 50 contexts, d = 60, V = 10, six next words each, N(0, 1) embeddings,
 * flat-Dirichlet probabilities, uniform weights. Its entropy is near 1.45 nats.
 * @throws OptionError for an unknown option or a seed out of range (default 1)
 */
export function paper1Synthetic(options: { readonly seed?: number } = {}): Problem {
  requireKnownOptions(options, ["seed"]);
  return synthetic({ ...PAPER1_SIZES, seed: options.seed ?? 1 });
}

const PAPER1_SIZES = { contextCount: 50, embeddingDim: 60, vocabularySize: 10, supportSize: 6 } as const;

/**
 * Separable but not compatible: {@link paper1Synthetic} with the last two contexts on one embedding, followed by the same six
 * words with different probabilities. No decoder gives both their log-odds.
 * @throws OptionError for an unknown option or a seed out of range (default 1)
 */
export function incompatible(options: { readonly seed?: number } = {}): Problem {
  return withTwins(options, (support) => support);
}

/**
 * Compatible but not separable: {@link paper1Synthetic} with the last two contexts on one embedding, one followed by six
 * words and the other by the four that are left. No decoder leads both their supports.
 * @throws OptionError for an unknown option or a seed out of range (default 1)
 */
export function nonseparable(options: { readonly seed?: number } = {}): Problem {
  return withTwins(options, (_, others) => others);
}

/**
 * Neither compatible nor separable: {@link paper1Synthetic} with the last two contexts on one embedding, each followed by
 * six words, five of them the same with different probabilities.
 * @throws OptionError for an unknown option or a seed out of range (default 1)
 */
export function bothViolated(options: { readonly seed?: number } = {}): Problem {
  return withTwins(options, (support, others) => [...support.slice(1), others[0]!]);
}

/** The synthetic setting of the paper, its last context a twin of the one before in embedding; `twin` is the support of the last. */
function withTwins(
  options: { readonly seed?: number },
  twin: (support: readonly number[], others: readonly number[]) => readonly number[],
): Problem {
  requireKnownOptions(options, ["seed"]);
  const { seed = 1 } = options;
  requireSeed(seed);
  const { contextCount, embeddingDim: d, vocabularySize, supportSize } = PAPER1_SIZES;
  const embeddings = drawEmbeddings("gaussian", contextCount, d, new RandomStream(seed, STREAMS.embeddings));
  embeddings.copyWithin((contextCount - 1) * d, (contextCount - 2) * d, (contextCount - 1) * d);
  const stream = new RandomStream(seed, STREAMS.supports);
  const supports = Array.from({ length: contextCount - 1 }, () => stream.sample(vocabularySize, supportSize));
  const last = supports.at(-1)!;
  const others = Array.from({ length: vocabularySize }, (_, v) => v).filter((v) => !last.includes(v));
  return assemble(
    vocabularySize,
    embeddings,
    [...supports, twin(last, others)],
    { law: "dirichlet", concentration: 1 },
    "uniform",
    seed,
  );
}

/**
 * The plane setting of arXiv 2402.18551: m = 3 contexts in the plane, V = 5, supports {0, 1, 4}, {0, 3, 4}, {1, 2, 3},
 * flat-Dirichlet probabilities, uniform weights. The embeddings are unit vectors at 90°, 210° and 330°, each turned by a
 * random angle of at most 25°: 0 stays inside their triangle, which makes the problem separable.
 * @throws OptionError for an unknown option or a seed out of range (default 1)
 */
export function paper1Plane(options: { readonly seed?: number } = {}): Problem {
  requireKnownOptions(options, ["seed"]);
  const { seed = 1 } = options;
  const stream = new RandomStream(seed, STREAMS.embeddings);
  const cosine30 = Math.sqrt(3) / 2;
  const directions: readonly (readonly [number, number])[] = [
    [0, 1],
    [-cosine30, -0.5],
    [cosine30, -0.5],
  ];
  const embeddings = directions.flatMap(([x, y]) => {
    // A turn by 2 arctan(t) is rational in t; engines differ in the last digits of sine and cosine.
    const t = TANGENT_OF_HALF_25_DEGREES * (2 * stream.uniform() - 1);
    const cosine = (1 - t * t) / (1 + t * t);
    const sine = (2 * t) / (1 + t * t);
    return [cosine * x - sine * y, sine * x + cosine * y];
  });
  const supports = [
    [0, 1, 4],
    [0, 3, 4],
    [1, 2, 3],
  ];
  return assemble(5, Float64Array.from(embeddings), supports, { law: "dirichlet", concentration: 1 }, "uniform", seed);
}

const TANGENT_OF_HALF_25_DEGREES = 0.22169466264293988;

/** Draws probabilities and weights for given supports. */
function assemble(
  vocabularySize: number,
  embeddings: Float64Array,
  supports: readonly (readonly number[])[],
  probability: ProbabilityLaw,
  weights: WeightLaw,
  seed: number,
): Problem {
  const offsets = [0];
  for (const support of supports) offsets.push(offsets[offsets.length - 1]! + support.length);
  const stream = new RandomStream(seed, STREAMS.probabilities);
  const probabilities = supports.flatMap((support) => [...drawProbabilities(probability, support.length, stream)]);
  return createProblem({
    vocabularySize,
    embeddingDim: embeddings.length / supports.length,
    embeddings,
    offsets,
    tokens: supports.flat(),
    probabilities,
    ...(weights === "uniform"
      ? {}
      : { weights: drawWeights(weights, supports.length, new RandomStream(seed, STREAMS.weights)) }),
    contextLabels: supports.map((_, j) => `context ${j}`),
  });
}

/** Probabilities of so many words by a law. */
export function drawProbabilities(law: ProbabilityLaw, size: number, stream: RandomStream): Float64Array {
  switch (law.law) {
    case "dirichlet":
      return raiseToFloor(stream.dirichlet(size, law.concentration));
    case "uniform":
      return new Float64Array(size).fill(1 / size);
    case "zipf":
      return raiseToFloor(shuffle(zipf(size, law.exponent), stream));
  }
}

function drawWeights(law: Exclude<WeightLaw, "uniform">, count: number, stream: RandomStream): Float64Array {
  return raiseToFloor(law.law === "dirichlet" ? stream.dirichlet(count, law.concentration) : zipf(count, law.exponent));
}

/** Probabilities ∝ rank^−exponent, ranks from 1. */
function zipf(size: number, exponent: number): Float64Array {
  const parts = Float64Array.from({ length: size }, (_, i) => exponential(-exponent * naturalLog(i + 1)));
  return normalise(parts);
}

function shuffle(parts: Float64Array, stream: RandomStream): Float64Array {
  for (let i = parts.length - 1; i > 0; i--) {
    const k = stream.integer(i + 1);
    [parts[i], parts[k]] = [parts[k]!, parts[i]!];
  }
  return parts;
}

function raiseToFloor(parts: Float64Array): Float64Array {
  return normalise(parts.map((part) => Math.max(part, PROBABILITY_FLOOR)));
}

function normalise(parts: Float64Array): Float64Array {
  const total = parts.reduce((a, b) => a + b);
  return parts.map((part) => part / total);
}

function supportSizes(
  given: SyntheticOptions["supportSize"],
  contextCount: number,
  vocabularySize: number,
  stream: RandomStream,
): number[] {
  if (typeof given === "number") {
    requireWhole("supportSize", given, 1, vocabularySize);
    return new Array<number>(contextCount).fill(given);
  }
  if (Array.isArray(given)) {
    const sizes = given as readonly number[];
    if (sizes.length !== contextCount)
      throw new OptionError("supportSize", `expected ${contextCount} sizes, one per context, found ${sizes.length}`);
    sizes.forEach((size, j) => requireWhole(`supportSize[${j}]`, size, 1, vocabularySize));
    return [...sizes];
  }
  if (typeof given !== "object" || given === null)
    throw new OptionError("supportSize", `expected a whole number, an array or { min, max }, found ${String(given)}`);
  const { min, max } = given as { readonly min: number; readonly max: number };
  requireWhole("supportSize.min", min, 1, vocabularySize);
  requireWhole("supportSize.max", max, min, vocabularySize);
  return Array.from({ length: contextCount }, () => min + stream.integer(max - min + 1));
}

function requireLaw(
  name: string,
  given: { readonly law: string; readonly concentration?: number; readonly exponent?: number },
  laws: readonly string[],
  alternative = "",
): void {
  if (typeof given !== "object" || given === null)
    throw new OptionError(name, `expected ${alternative}an object { law: ... }, found ${describe(given)}`);
  requireOneOf(`${name}.law`, given.law, laws);
  if (given.law === "dirichlet") requireAtLeast(`${name}.concentration`, given.concentration, LEAST_SHAPE);
  if (given.law === "zipf") requireAtLeast(`${name}.exponent`, given.exponent, 0);
}
