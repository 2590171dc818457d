import { ProblemError } from "../errors.ts";
import { sortRow, type Entries, type Rows } from "./rows.ts";

/**
 * Merges the rows of each context into its first one; rows with one distribution are not averaged, so it stays exact.
 * @throws ProblemError for rows of one label with different embeddings
 */
export function mergeRepeated(rows: Rows, d: number): Rows & { mergedCount: number } {
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
