import { ProblemError } from "../errors.ts";

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
  /** Next-word probabilities p_jz > 0, beside `tokens`; each row sums to 1 (within `sumTolerance`) and is then normalised. */
  readonly probabilities: ArrayLike<number>;
  /** Context frequencies π_j > 0, any scale (counts will do); uniform when left out. */
  readonly weights?: ArrayLike<number>;
  /** What each context is called (the words of its window, say); rows with equal labels are one context. */
  readonly contextLabels?: readonly string[];
  /** What each word is called. */
  readonly words?: readonly string[];
  /** How far a row of probabilities may be from 1 before it is refused: 1e-6 unless the source was stored in fewer digits. */
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

/**
 * Validates and freezes a problem. Rows that repeat a context (equal labels; without labels, equal embedding and equal
 * distribution) are merged: weights add, distributions are averaged by weight. Two rows that share an embedding but not
 * a distribution stay two contexts.
 * @throws ProblemError naming the row, what was expected and what was found.
 */
export function createProblem(input: ProblemInput): Problem {
  const { vocabularySize, embeddingDim } = input;
  requireCount("vocabularySize", vocabularySize, 2);
  requireCount("embeddingDim", embeddingDim, 1);
  const rowCount = input.offsets.length - 1;
  if (rowCount < 1) throw new ProblemError(`offsets: expected at least one context, found ${Math.max(rowCount, 0)}`);
  const embeddings = copyEmbeddings(input.embeddings, rowCount, embeddingDim);
  const offsets = copyOffsets(input.offsets, input.tokens.length);
  if (input.probabilities.length !== input.tokens.length)
    throw new ProblemError(
      `probabilities: expected ${input.tokens.length} values, one per token, found ${input.probabilities.length}`,
    );
  const distributions = copyDistributions(input, offsets);
  const weights = copyWeights(input.weights, rowCount);
  requireLabels("contextLabels", input.contextLabels, rowCount);
  requireLabels("words", input.words, vocabularySize);
  const rows = { embeddings, offsets, ...distributions, weights, labels: input.contextLabels };
  return freeze(input, mergeRepeated(rows, embeddingDim));
}

interface Entries {
  tokens: Uint32Array;
  probabilities: Float64Array;
}

interface Rows extends Entries {
  embeddings: Float32Array | Float64Array;
  offsets: Uint32Array;
  weights: Float64Array;
  labels: readonly string[] | undefined;
}

function requireCount(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > 2 ** 31)
    throw new ProblemError(`${name}: expected a whole number from ${least} to 2^31, found ${String(value)}`);
}

function requireLabels(name: string, labels: readonly string[] | undefined, count: number): void {
  if (labels && labels.length !== count)
    throw new ProblemError(`${name}: expected ${count} names, found ${labels.length}`);
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

function copyDistributions(input: ProblemInput, offsets: Uint32Array): Entries {
  const { vocabularySize, sumTolerance = 1e-6 } = input;
  const tokens = new Uint32Array(input.tokens.length);
  const probabilities = new Float64Array(input.tokens.length);
  for (let j = 0; j + 1 < offsets.length; j++) {
    const start = offsets[j]!;
    const end = offsets[j + 1]!;
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
    for (let k = start; k < end; k++) probabilities[k]! /= sum;
    if (isAscending) continue;
    sortRow({ tokens, probabilities }, start, end);
    for (let k = start + 1; k < end; k++)
      if (tokens[k] === tokens[k - 1])
        throw new ProblemError(`context ${j}: expected distinct next words, found token ${tokens[k]} twice`);
  }
  return { tokens, probabilities };
}

/** Sorts the entries from `start` to `end` by token, in place (Shell's sort: most rows are short). */
function sortRow({ tokens, probabilities }: Entries, start: number, end: number): void {
  let gap = 1;
  while (3 * gap < end - start) gap = 3 * gap + 1;
  for (; gap >= 1; gap = Math.floor(gap / 3))
    for (let k = start + gap; k < end; k++) {
      const token = tokens[k]!;
      const probability = probabilities[k]!;
      let place = k;
      for (; place - gap >= start && tokens[place - gap]! > token; place -= gap) {
        tokens[place] = tokens[place - gap]!;
        probabilities[place] = probabilities[place - gap]!;
      }
      tokens[place] = token;
      probabilities[place] = probability;
    }
}

function copyWeights(given: ArrayLike<number> | undefined, m: number): Float64Array {
  if (!given) return new Float64Array(m).fill(1 / m);
  if (given.length !== m)
    throw new ProblemError(`weights: expected ${m} values, one per context, found ${given.length}`);
  const weights = Float64Array.from(given);
  const bad = weights.findIndex((w) => !(w > 0 && w < Infinity));
  if (bad >= 0) throw new ProblemError(`weights[${bad}]: expected a positive number, found ${weights[bad]}`);
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

/** Merges the rows of each context into its first one; rows with one distribution are not averaged, so it stays exact. */
function mergeRepeated(rows: Rows, d: number): Rows & { mergedCount: number } {
  const m = rows.weights.length;
  const firstOf = rows.labels ? firstByLabel(rows.labels) : firstByContent(rows, d);
  const firsts = firstOf.filter((first, j) => first === j);
  if (firsts.length === m) return { ...rows, mergedCount: 0 };

  // The rows of each context as a chain, in their order. Row 0 follows no other, so 0 ends a chain.
  const nextOf = new Uint32Array(m);
  const lastOf = new Uint32Array(m);
  for (let j = 0; j < m; j++) {
    const first = firstOf[j]!;
    if (first !== j) nextOf[lastOf[first]!] = j;
    lastOf[first] = j;
  }

  const embeddings = rows.embeddings.slice(0, firsts.length * d);
  const offsets = new Uint32Array(firsts.length + 1);
  const entries = { tokens: rows.tokens.slice(), probabilities: rows.probabilities.slice() };
  const weights = new Float64Array(firsts.length);
  for (let i = 0; i < firsts.length; i++) {
    const first = firsts[i]!;
    const group = [first];
    let weight = rows.weights[first]!;
    let isOneDistribution = true;
    for (let j = nextOf[first]!; j !== 0; j = nextOf[j]!) {
      if (!areEqualEmbeddings(rows, d, first, j))
        throw new ProblemError(
          `contexts ${first} and ${j} are both called ${JSON.stringify(rows.labels![j])} and have different embeddings: expected one embedding per context`,
        );
      group.push(j);
      weight += rows.weights[j]!;
      isOneDistribution &&= areEqualDistributions(rows, first, j);
    }
    embeddings.set(rows.embeddings.subarray(first * d, (first + 1) * d), i * d);
    offsets[i + 1] = isOneDistribution
      ? putRow(entries, offsets[i]!, rows, first)
      : putMean(entries, offsets[i]!, rows, group, weight);
    weights[i] = weight;
  }
  return {
    embeddings,
    offsets,
    tokens: entries.tokens.slice(0, offsets[firsts.length]),
    probabilities: entries.probabilities.slice(0, offsets[firsts.length]),
    weights,
    labels: rows.labels && Array.from(firsts, (first) => rows.labels![first]!),
    mergedCount: m - firsts.length,
  };
}

/** Puts the distribution of row j at `start`; returns where it ends. */
function putRow({ tokens, probabilities }: Entries, start: number, rows: Rows, j: number): number {
  const [from, to] = [rows.offsets[j]!, rows.offsets[j + 1]!];
  tokens.set(rows.tokens.subarray(from, to), start);
  probabilities.set(rows.probabilities.subarray(from, to), start);
  return start + to - from;
}

/** Puts the mean of some distributions, by weight, at `start`; their supports unite. Returns where it ends. */
function putMean(entries: Entries, start: number, rows: Rows, group: readonly number[], weight: number): number {
  const { tokens, probabilities } = entries;
  let end = start;
  for (const j of group)
    for (let k = rows.offsets[j]!; k < rows.offsets[j + 1]!; k++) {
      tokens[end] = rows.tokens[k]!;
      probabilities[end++] = rows.weights[j]! * rows.probabilities[k]!;
    }
  sortRow(entries, start, end);
  let last = start;
  for (let k = start + 1; k < end; k++)
    if (tokens[k] === tokens[last]) probabilities[last]! += probabilities[k]!;
    else {
      last++;
      tokens[last] = tokens[k]!;
      probabilities[last] = probabilities[k]!;
    }
  for (let k = start; k <= last; k++) probabilities[k]! /= weight;
  return last + 1;
}

/** For each row, the first one of the same label. */
function firstByLabel(labels: readonly string[]): Uint32Array {
  const firstOf = new Uint32Array(labels.length);
  const firstCalled = new Map<string, number>();
  for (let j = 0; j < labels.length; j++) {
    const first = firstCalled.get(labels[j]!) ?? j;
    if (first === j) firstCalled.set(labels[j]!, j);
    firstOf[j] = first;
  }
  return firstOf;
}

/** For each row, the first one of equal embedding and equal distribution. */
function firstByContent(rows: Rows, d: number): Uint32Array {
  const hashes = hashRows(rows, d);
  const firstOf = new Uint32Array(hashes.length);
  // Open addressing: row + 1 in each place that is taken, at most half of them.
  let size = 2;
  while (size < 2 * hashes.length) size *= 2;
  const table = new Uint32Array(size);
  for (let j = 0; j < hashes.length; j++) {
    let place = hashes[j]! % size;
    for (let other = table[place]!; other !== 0; other = table[place]!) {
      if (hashes[other - 1] === hashes[j] && areEqualRows(rows, d, other - 1, j)) break;
      place = (place + 1) % size;
    }
    if (table[place] === 0) table[place] = j + 1;
    firstOf[j] = table[place]! - 1;
  }
  return firstOf;
}

/** A 32-bit hash of all of each row: FNV-1a by words instead of bytes, with a shift that brings high bits down. */
function hashRows({ embeddings, offsets, tokens, probabilities }: Rows, d: number): Uint32Array {
  const float = new Float64Array(1);
  const bits = new Uint32Array(float.buffer);
  const mix = (hash: number, word: number): number => {
    const product = Math.imul(hash ^ word, 0x01000193);
    return product ^ (product >>> 15);
  };
  const mixFloat = (hash: number, x: number): number => {
    // −0 equals 0 but for its bits; the sum with 0 has those of 0.
    float[0] = x + 0;
    return mix(mix(hash, bits[0]!), bits[1]!);
  };
  const hashes = new Uint32Array(offsets.length - 1);
  for (let j = 0; j < hashes.length; j++) {
    let hash = 0x811c9dc5;
    for (let i = j * d; i < (j + 1) * d; i++) hash = mixFloat(hash, embeddings[i]!);
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) hash = mixFloat(mix(hash, tokens[k]!), probabilities[k]!);
    hashes[j] = hash;
  }
  return hashes;
}

function areEqualRows(rows: Rows, d: number, a: number, b: number): boolean {
  return areEqualEmbeddings(rows, d, a, b) && areEqualDistributions(rows, a, b);
}

function areEqualEmbeddings({ embeddings }: Rows, d: number, a: number, b: number): boolean {
  for (let i = 0; i < d; i++) if (embeddings[a * d + i] !== embeddings[b * d + i]) return false;
  return true;
}

function areEqualDistributions({ offsets, tokens, probabilities }: Rows, a: number, b: number): boolean {
  const size = offsets[a + 1]! - offsets[a]!;
  if (offsets[b + 1]! - offsets[b]! !== size) return false;
  for (let k = offsets[a]!, l = offsets[b]!; k < offsets[a + 1]!; k++, l++)
    if (tokens[k] !== tokens[l] || probabilities[k] !== probabilities[l]) return false;
  return true;
}

function freeze(input: ProblemInput, rows: Rows & { mergedCount: number }): Problem {
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
    weights: rows.weights,
    contextLabels: rows.labels && Object.freeze([...rows.labels]),
    words: input.words && Object.freeze([...input.words]),
    mergedCount: rows.mergedCount,
    entropy: entropy + 0,
  });
}
