import { ProblemError } from "../errors.ts";
import { describe, nearestName } from "../support/options.ts";
import { mergeRepeated } from "./merging.ts";
import { sortRow, type Entries, type Rows } from "./rows.ts";

/** A type of floating-point numbers that probabilities were rounded to, each to the nearest. */
export type ProbabilityType = "float64" | "float32" | "float16";

const PROBABILITY_TYPES: readonly ProbabilityType[] = ["float64", "float32", "float16"];

/** What {@link createProblem} takes; a context is a row everywhere. */
export interface ProblemInput {
  /** V, the number of words; at least 2. */
  readonly vocabularySize: number;
  /** d, the embedding dimension; at least 1. */
  readonly embeddingDim: number;
  /** Context embeddings h_j, m × d row-major. Float64Array and plain numbers stay float64, Float32Array stays float32. */
  readonly embeddings: Float32Array | Float64Array | ArrayLike<number>;
  /** Row starts of the sparse distributions, m + 1 values from 0 to the number of entries. */
  readonly offsets: ArrayLike<number>;
  /** Words that follow each context, 0 … V − 1, distinct within a row, in any order. */
  readonly tokens: ArrayLike<number>;
  /** Next-word probabilities p_jz > 0, beside `tokens`; each row sums to 1 within `sumTolerance` and is then normalised. */
  readonly probabilities: ArrayLike<number>;
  /** The type that `probabilities` were rounded to before they came here: float32 for a Float32Array, else float64, unless it is said. */
  readonly probabilityType?: ProbabilityType;
  /** Context frequencies π_j > 0, any scale (counts will do); uniform when left out. */
  readonly weights?: ArrayLike<number>;
  /** What each context is called (the words of its window, say); rows with equal labels are one context. */
  readonly contextLabels?: readonly string[] | undefined;
  /** What each word is called; distinct. */
  readonly words?: readonly string[] | undefined;
  /**
   * How far the sum of a row of n probabilities may be from 1 before it is refused. Left out, what rounding to their type can do: 1e-6 for
   * float64, 1e-6 + n 2^-24 for float32, 2^-11 + n 2^-25 for float16.
   */
  readonly sumTolerance?: number;
}

/**
 * A next-token prediction problem (mathematics: m distinct contexts, each with an embedding, a sparse distribution over
 * the next word, and a frequency). Immutable, validated once by {@link createProblem}.
 */
export interface Problem {
  /** m, distinct contexts. */
  readonly contextCount: number;
  /** V, words. */
  readonly vocabularySize: number;
  /** d, embedding dimension. */
  readonly embeddingDim: number;
  /** h_j as rows, m × d, in the precision that was given. */
  readonly embeddings: Float32Array | Float64Array;
  /** Row starts of the sparse rows, m + 1. */
  readonly offsets: Uint32Array;
  /** Support S_j of each context, ascending within a row. */
  readonly tokens: Uint32Array;
  /** p_jz beside `tokens`; every row sums to 1 in float64. */
  readonly probabilities: Float64Array;
  /** The type that they were rounded to before they were normalised and, where rows repeat, averaged. */
  readonly probabilityType: ProbabilityType;
  /** How far the sum of a given row was from 1 at most, before it was normalised. */
  readonly sumError: number;
  /** π_j, m, summing to 1. */
  readonly weights: Float64Array;
  readonly contextLabels: readonly string[] | undefined;
  readonly words: readonly string[] | undefined;
  /** How many given rows were repetitions of another context and were merged into it. */
  readonly mergedCount: number;
  /** H = −Σ_j π_j Σ_z p_jz log p_jz in nats: the lower bound of the cross-entropy. */
  readonly entropy: number;
}

/** The smallest probability a problem may hold: below it the float32 copy would leave the support. */
export const SMALLEST_PROBABILITY = 2 ** -126;

const LARGEST_EMBEDDING = 1e18;
/** Numbers of a decoder: 4 GiB of float32. */
const MOST_DECODER_NUMBERS = 2 ** 30;

const NUMBERS = ["embeddings", "offsets", "tokens", "probabilities", "weights"] as const;
const STRINGS = ["contextLabels", "words"] as const;
const KEYS: readonly (keyof ProblemInput)[] = [
  ...(["vocabularySize", "embeddingDim", "probabilityType", "sumTolerance"] as const),
  ...NUMBERS,
  ...STRINGS,
];
const OPTIONAL: readonly (keyof ProblemInput)[] = ["weights", ...STRINGS];

/**
 * Validates and freezes a problem. Rows that repeat a context (equal labels; without labels, equal embedding and equal
 * distribution) are merged: weights add, distributions are averaged by weight. Two rows that share an embedding but not
 * a distribution stay two contexts.
 * @throws ProblemError naming the key or the row, what was expected and what was found.
 */
export function createProblem(input: ProblemInput): Problem {
  const { vocabularySize, embeddingDim, sumTolerance = 0 } = input;
  requireKeys(input);
  requireCount("vocabularySize", vocabularySize, 2);
  requireCount("embeddingDim", embeddingDim, 1);
  requireDecoder(vocabularySize, embeddingDim);
  if (typeof sumTolerance !== "number" || !(sumTolerance >= 0 && sumTolerance < 1))
    throw new ProblemError(
      `sumTolerance: expected a number of at least 0 and below 1, found ${describe(input.sumTolerance)}`,
    );
  const rowCount = input.offsets.length - 1;
  if (rowCount < 1) throw new ProblemError(`offsets: expected at least one context, found ${Math.max(rowCount, 0)}`);
  const embeddings = copyEmbeddings(input.embeddings, rowCount, embeddingDim);
  const offsets = copyOffsets(input.offsets, input.tokens.length);
  if (input.probabilities.length !== input.tokens.length)
    throw new ProblemError(
      `probabilities: expected ${input.tokens.length} values, one per token, found ${input.probabilities.length}`,
    );
  const { probabilityType = input.probabilities instanceof Float32Array ? "float32" : "float64" } = input;
  if (!PROBABILITY_TYPES.includes(probabilityType))
    throw new ProblemError(
      `probabilityType: expected "float64", "float32" or "float16", found ${describe(probabilityType)}`,
    );
  const { sumError, ...distributions } = copyDistributions(input, probabilityType, offsets);
  const weights = copyWeights(input.weights, rowCount);
  requireLabels("contextLabels", input.contextLabels, rowCount);
  requireLabels("words", input.words, vocabularySize);
  requireDistinct("words", input.words ?? []);
  const rows = { embeddings, offsets, ...distributions, weights, labels: input.contextLabels };
  return freeze({ ...input, probabilityType, sumError }, mergeRepeated(rows, embeddingDim));
}

/** @throws ProblemError when V × d are more numbers than a decoder may have */
export function requireDecoder(vocabularySize: number, embeddingDim: number): void {
  const numbers = vocabularySize * embeddingDim;
  if (numbers > MOST_DECODER_NUMBERS)
    throw new ProblemError(
      `vocabularySize × embeddingDim: expected a decoder of at most ${MOST_DECODER_NUMBERS} numbers, found ${vocabularySize} × ${embeddingDim} = ${numbers}`,
    );
}

/** What only a problem has, which is computed anew: one may be spread into the input of another. */
const COMPUTED: readonly Exclude<keyof Problem, keyof ProblemInput>[] = [
  ...(["contextCount", "sumError", "mergedCount", "entropy"] as const),
];

function requireKeys(input: ProblemInput): void {
  for (const key of Object.keys(input))
    if (!([...KEYS, ...COMPUTED] as readonly string[]).includes(key))
      throw new ProblemError(
        `unknown key ${JSON.stringify(key)}, the nearest known one is "${nearestName(key, KEYS)}"`,
      );
  for (const key of NUMBERS) requireItems(key, input[key], "number");
  for (const key of STRINGS) requireItems(key, input[key], "string");
}

/** JavaScript would make numbers of the letters of a string, and strings of numbers. */
function requireItems(key: keyof ProblemInput, found: unknown, type: "number" | "string"): void {
  if (found === undefined && OPTIONAL.includes(key)) return;
  const items = found as ArrayLike<unknown>;
  if (typeof found !== "object" || found === null || !Number.isSafeInteger(items.length))
    throw new ProblemError(`${key}: expected an array of ${type}s, found ${describe(found)}`);
  const count = ArrayBuffer.isView(found) ? Math.min(1, items.length) : items.length;
  for (let i = 0; i < count; i++)
    if (typeof items[i] !== type)
      throw new ProblemError(`${key}[${i}]: expected a ${type}, found ${describe(items[i])}`);
}

function requireCount(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > 2 ** 31)
    throw new ProblemError(`${name}: expected a whole number from ${least} to 2^31, found ${describe(value)}`);
}

function requireLabels(name: string, labels: readonly string[] | undefined, count: number): void {
  if (labels && labels.length !== count)
    throw new ProblemError(`${name}: expected ${count} names, found ${labels.length}`);
}

function requireDistinct(name: string, labels: readonly string[]): void {
  const seen = new Set<string>();
  labels.forEach((label, i) => {
    if (seen.has(label))
      throw new ProblemError(`${name}[${i}]: expected distinct names, found ${JSON.stringify(label)} a second time`);
    seen.add(label);
  });
}

function copyEmbeddings(given: ProblemInput["embeddings"], m: number, d: number): Float32Array | Float64Array {
  if (given.length !== m * d)
    throw new ProblemError(`embeddings: expected ${m} × ${d} = ${m * d} values, found ${given.length}`);
  const copy = given instanceof Float32Array ? new Float32Array(given) : new Float64Array(given);
  for (let i = 0; i < copy.length; i++)
    if (!(Math.abs(copy[i]!) <= LARGEST_EMBEDDING))
      throw new ProblemError(
        `embeddings: expected finite numbers of at most ${LARGEST_EMBEDDING} in size, found ${copy[i]} at context ${Math.floor(i / d)}, coordinate ${i % d}`,
      );
  return copy;
}

function copyOffsets(given: ArrayLike<number>, entryCount: number): Uint32Array {
  for (let j = 0; j < given.length; j++) {
    const least = j === 0 ? 0 : given[j - 1]! + 1;
    const found = given[j]!;
    if (j === 0 ? found !== 0 : !Number.isInteger(found) || found > entryCount)
      throw new ProblemError(
        `offsets[${j}]: expected ${j === 0 ? 0 : `a whole number up to ${entryCount}`}, found ${found}`,
      );
    if (found < least) throw new ProblemError(`context ${j - 1}: expected at least one next word, found none`);
  }
  const last = given[given.length - 1]!;
  if (last !== entryCount)
    throw new ProblemError(`offsets: expected to end at ${entryCount}, the number of tokens, found ${last}`);
  return new Uint32Array(given);
}

/**
 * What rounding to a type can add to a sum of n probabilities: a share of each and, where they are subnormal, half of their spacing. Float32
 * is allowed a rounding for each, as where the row was normalised by a sum in float32.
 */
function roundingOfSum(type: ProbabilityType, n: number): number {
  if (type === "float16") return 2 ** -11 + n * 2 ** -25;
  return type === "float32" ? 1e-6 + n * 2 ** -24 : 1e-6;
}

function copyDistributions(
  input: ProblemInput,
  type: ProbabilityType,
  offsets: Uint32Array,
): Entries & Pick<Problem, "sumError"> {
  const { vocabularySize } = input;
  let sumError = 0;
  const tokens = new Uint32Array(input.tokens.length);
  const probabilities = new Float64Array(input.tokens.length);
  for (let j = 0; j + 1 < offsets.length; j++) {
    const start = offsets[j]!;
    const end = offsets[j + 1]!;
    const sumTolerance = input.sumTolerance ?? roundingOfSum(type, end - start);
    let sum = 0;
    let isAscending = true;
    for (let k = start; k < end; k++) {
      const token = input.tokens[k]!;
      if (!Number.isInteger(token) || token < 0 || token >= vocabularySize)
        throw new ProblemError(
          `context ${j}: expected token ids from 0 to ${vocabularySize - 1}, found ${token} at tokens[${k}]`,
        );
      const p = input.probabilities[k]!;
      if (!(p >= SMALLEST_PROBABILITY && p <= 1 + sumTolerance))
        throw new ProblemError(
          `context ${j}: expected probabilities above ${SMALLEST_PROBABILITY.toExponential(1)} and up to 1, found ${p} at probabilities[${k}]`,
        );
      if (k > start && token <= tokens[k - 1]!) isAscending = false;
      tokens[k] = token;
      probabilities[k] = p;
      sum += p;
    }
    if (!(Math.abs(sum - 1) <= sumTolerance))
      throw new ProblemError(`context ${j}: expected probabilities that sum to 1, found a sum of ${sum}`);
    sumError = Math.max(sumError, Math.abs(sum - 1));
    for (let k = start; k < end; k++) probabilities[k]! /= sum;
    if (isAscending) continue;
    sortRow({ tokens, probabilities }, start, end);
    for (let k = start + 1; k < end; k++)
      if (tokens[k] === tokens[k - 1])
        throw new ProblemError(`context ${j}: expected distinct next words, found token ${tokens[k]} twice`);
  }
  return { tokens, probabilities, sumError };
}

function copyWeights(given: ArrayLike<number> | undefined, m: number): Float64Array {
  if (given === undefined) return new Float64Array(m).fill(1 / m);
  if (given.length !== m)
    throw new ProblemError(`weights: expected ${m} values, one per context, found ${given.length}`);
  const weights = Float64Array.from(given);
  const bad = weights.findIndex((w) => !(w > 0 && w < Infinity));
  if (bad >= 0) throw new ProblemError(`weights[${bad}]: expected a positive number, found ${weights[bad]}`);
  const total = weights.reduce((sum, w) => sum + w, 0);
  const shares = weights.map((w) => w / total);
  const small = shares.findIndex((share) => share < SMALLEST_PROBABILITY);
  if (small >= 0)
    throw new ProblemError(
      `weights[${small}]: expected at least ${SMALLEST_PROBABILITY.toExponential(1)} of the sum ${total}, found ${weights[small]}`,
    );
  return shares;
}

type TypedInput = ProblemInput & Pick<Problem, "probabilityType" | "sumError">;

function freeze(input: TypedInput, rows: Rows & { mergedCount: number }): Problem {
  let entropy = 0;
  for (let j = 0; j < rows.weights.length; j++)
    for (let k = rows.offsets[j]!; k < rows.offsets[j + 1]!; k++)
      entropy -= rows.weights[j]! * rows.probabilities[k]! * Math.log(rows.probabilities[k]!);
  return Object.freeze({
    contextCount: rows.weights.length,
    vocabularySize: input.vocabularySize,
    embeddingDim: input.embeddingDim,
    embeddings: rows.embeddings,
    offsets: rows.offsets,
    tokens: rows.tokens,
    probabilities: rows.probabilities,
    probabilityType: input.probabilityType,
    sumError: input.sumError,
    weights: rows.weights,
    contextLabels: rows.labels && Object.freeze([...rows.labels]),
    words: input.words && Object.freeze([...input.words]),
    mergedCount: rows.mergedCount,
    entropy: entropy + 0,
  });
}
