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
  const rows = copyRows(input, offsets);
  const weights = copyWeights(input.weights, rowCount);
  requireLabels("contextLabels", input.contextLabels, rowCount);
  requireLabels("words", input.words, vocabularySize);
  return freeze(
    input,
    mergeRepeated({ embeddings, offsets, ...rows, weights, labels: input.contextLabels }, embeddingDim),
  );
}

interface Rows {
  embeddings: Float32Array | Float64Array;
  offsets: Uint32Array;
  tokens: Uint32Array;
  probabilities: Float64Array;
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
  const copy = given instanceof Float32Array ? Float32Array.from(given) : Float64Array.from(given);
  const bad = copy.findIndex((x) => !(Math.abs(x) <= LARGEST_EMBEDDING));
  if (bad >= 0)
    throw new ProblemError(
      `embeddings: expected finite numbers of at most ${LARGEST_EMBEDDING} in size, found ${copy[bad]} at context ${Math.floor(bad / d)}, coordinate ${bad % d}`,
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
  return Uint32Array.from(given);
}

function copyRows(input: ProblemInput, offsets: Uint32Array): { tokens: Uint32Array; probabilities: Float64Array } {
  const tolerance = input.sumTolerance ?? 1e-6;
  const tokens = new Uint32Array(input.tokens.length);
  const probabilities = new Float64Array(input.tokens.length);
  for (let j = 0; j + 1 < offsets.length; j++) {
    const start = offsets[j]!;
    const end = offsets[j + 1]!;
    let sum = 0;
    const order: number[] = [];
    for (let k = start; k < end; k++) {
      const token = input.tokens[k]!;
      if (!Number.isInteger(token) || token < 0 || token >= input.vocabularySize)
        throw new ProblemError(
          `context ${j}: expected token ids from 0 to ${input.vocabularySize - 1}, found ${token} at tokens[${k}]`,
        );
      const p = input.probabilities[k]!;
      if (!(p >= SMALLEST_PROBABILITY && p <= 1 + tolerance))
        throw new ProblemError(
          `context ${j}: expected probabilities above ${SMALLEST_PROBABILITY.toExponential(1)} and up to 1, found ${p} at probabilities[${k}]`,
        );
      sum += p;
      order.push(k);
    }
    if (!(Math.abs(sum - 1) <= tolerance))
      throw new ProblemError(`context ${j}: expected probabilities that sum to 1, found a sum of ${sum}`);
    order.sort((a, b) => input.tokens[a]! - input.tokens[b]!);
    order.forEach((k, i) => {
      tokens[start + i] = input.tokens[k]!;
      probabilities[start + i] = input.probabilities[k]! / sum;
      if (i > 0 && tokens[start + i] === tokens[start + i - 1])
        throw new ProblemError(`context ${j}: expected distinct next words, found token ${tokens[start + i]} twice`);
    });
  }
  return { tokens, probabilities };
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

/** Groups rows by context and adds the repeated ones into the first of each group. */
function mergeRepeated(rows: Rows, d: number): Rows & { mergedCount: number } {
  const m = rows.weights.length;
  const firstOf = new Map<string, number[]>();
  const groups: number[][] = [];
  for (let j = 0; j < m; j++) {
    const key = rows.labels ? rows.labels[j]! : rowKey(rows, j, d);
    const group = firstOf.get(key);
    if (group) group.push(j);
    else {
      const fresh = [j];
      firstOf.set(key, fresh);
      groups.push(fresh);
    }
  }
  if (groups.length === m) return { ...rows, mergedCount: 0 };

  const merged = groups.map((group) => mergeGroup(rows, group, d));
  const embeddings = new (rows.embeddings.constructor as Float64ArrayConstructor)(groups.length * d);
  groups.forEach((group, j) => embeddings.set(rows.embeddings.subarray(group[0]! * d, (group[0]! + 1) * d), j * d));
  const offsets = new Uint32Array(groups.length + 1);
  merged.forEach((row, j) => (offsets[j + 1] = offsets[j]! + row.tokens.length));
  return {
    embeddings,
    offsets,
    tokens: Uint32Array.from(merged.flatMap((row) => row.tokens)),
    probabilities: Float64Array.from(merged.flatMap((row) => row.probabilities)),
    weights: Float64Array.from(merged, (row) => row.weight),
    labels: rows.labels && groups.map((group) => rows.labels![group[0]!]!),
    mergedCount: m - groups.length,
  };
}

function rowKey(rows: Rows, j: number, d: number): string {
  const [start, end] = [rows.offsets[j]!, rows.offsets[j + 1]!];
  return `${rows.embeddings.subarray(j * d, (j + 1) * d).join()};${rows.tokens.subarray(start, end).join()};${rows.probabilities.subarray(start, end).join()}`;
}

function mergeGroup(
  rows: Rows,
  group: number[],
  d: number,
): { tokens: number[]; probabilities: number[]; weight: number } {
  const first = group[0]!;
  const mass = new Map<number, number>();
  let weight = 0;
  for (const j of group) {
    for (let i = 0; i < d; i++)
      if (rows.embeddings[j * d + i] !== rows.embeddings[first * d + i])
        throw new ProblemError(
          `contexts ${first} and ${j} are both called ${JSON.stringify(rows.labels![j])} and have different embeddings: expected one embedding per context`,
        );
    weight += rows.weights[j]!;
    for (let k = rows.offsets[j]!; k < rows.offsets[j + 1]!; k++)
      mass.set(rows.tokens[k]!, (mass.get(rows.tokens[k]!) ?? 0) + rows.weights[j]! * rows.probabilities[k]!);
  }
  const tokens = [...mass.keys()].sort((a, b) => a - b);
  return { tokens, probabilities: tokens.map((z) => mass.get(z)! / weight), weight };
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
