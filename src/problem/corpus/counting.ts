import { BLOCK, inBlocks, type Work } from "../../support/host-spells.ts";
import { enlarged, PairIndex } from "./tables.ts";
import { BOUNDARY, type TokenList } from "./tokens.ts";

/** The word that stands for all words outside of the vocabulary. */
const UNKNOWN_WORD = "<unk>";

export interface Vocabulary {
  /** By falling frequency; the unknown word, if there is one, last. */
  readonly words: readonly string[];
  /** The token list in numbers of `words`, {@link BOUNDARY} between sequences. */
  readonly ids: Int32Array;
  /** Distinct words that became the unknown word, without a word that is spelt like it. */
  readonly droppedWords: number;
  /** How often these stood in the list. */
  readonly droppedCount: number;
}

/** The most frequent words, at most `maxWords` with the unknown word for all others. */
export function* chooseVocabulary(tokens: TokenList, maxWords: number): Work<Vocabulary> {
  const ids = yield* tokens.ids.join();
  const counts = new Int32Array(tokens.words.length);
  yield* inBlocks(ids.length, (i) => {
    if (ids[i] !== BOUNDARY) counts[ids[i]!]!++;
  });
  const ranked = yield* rankByCount(counts);
  const isCut = ranked.length > maxWords;
  const unknown = isCut ? maxWords - 1 : ranked.length;
  const words: string[] = [];
  const numberOf = new Int32Array(counts.length).fill(unknown);
  let droppedWords = 0;
  let droppedCount = 0;
  yield* inBlocks(ranked.length, (rank) => {
    const id = ranked[rank]!;
    const word = tokens.words[id]!;
    if (isCut && word === UNKNOWN_WORD) return;
    if (words.length < unknown) {
      numberOf[id] = words.length;
      words.push(word);
    } else {
      droppedWords++;
      droppedCount += counts[id]!;
    }
  });
  if (isCut) words.push(UNKNOWN_WORD);
  yield* inBlocks(ids.length, (i) => {
    if (ids[i] !== BOUNDARY) ids[i] = numberOf[ids[i]!]!;
  });
  return { words, ids, droppedWords, droppedCount };
}

/**
 * The numbers 0 … counts.length − 1 by falling count, at equal counts ascending. Counts are at least 1 and add up to n,
 * so at most √(2n) of them differ: only those are sorted, the rest is placed in linear time.
 */
export function* rankByCount(counts: Int32Array): Work<Int32Array> {
  const sizeOf = new Map<number, number>();
  yield* inBlocks(counts.length, (i) => sizeOf.set(counts[i]!, (sizeOf.get(counts[i]!) ?? 0) + 1));
  const placeOf = new Map<number, number>();
  let place = 0;
  for (const count of [...sizeOf.keys()].sort((a, b) => b - a)) {
    placeOf.set(count, place);
    place += sizeOf.get(count)!;
  }
  const ranked = new Int32Array(counts.length);
  yield* inBlocks(counts.length, (i) => {
    const to = placeOf.get(counts[i]!)!;
    ranked[to] = i;
    placeOf.set(counts[i]!, to + 1);
  });
  return ranked;
}

/** Contexts are numbered in order of first appearance. */
export interface Contexts {
  /** The context that ends at each position, {@link BOUNDARY} where there is none or no next word. */
  readonly contextAt: Int32Array;
  /** How often each context has a next word. */
  readonly counts: Int32Array;
  /** Position of the last token of the first appearance of each context. */
  readonly firstEnd: Int32Array;
  readonly pairTotal: number;
  readonly longestSequence: number;
}

/**
 * Numbers the contexts that end at every position. A prefix is the pair of the prefix before it and its last word; a window is made of
 * windows of 1, 2, 4, … tokens, each the pair of two of half its length, so that no key is ever longer than two integers and the work
 * grows as the logarithm of the context length.
 */
export function* countContexts(ids: Int32Array, kind: "windows" | "prefixes", contextLength: number): Work<Contexts> {
  const hasNext = (i: number): boolean => ids[i] !== BOUNDARY && i + 1 < ids.length && ids[i + 1] !== BOUNDARY;
  const windows = kind === "windows" ? yield* numberWindows(ids, contextLength) : undefined;
  const contextAt = new Int32Array(ids.length);
  const index = new PairIndex();
  let [longestSequence, length] = [0, 0];
  // 0 is the empty prefix, number + 1 any other
  let parent = 0;
  const visit = (i: number): void => {
    length = ids[i] === BOUNDARY ? 0 : length + 1;
    if (length > longestSequence) longestSequence = length;
    if (length === 0) parent = 0;
    contextAt[i] = BOUNDARY;
    if (!hasNext(i)) return;
    if (windows) {
      if (windows[i] !== BOUNDARY) contextAt[i] = index.number(0, windows[i]!);
    } else if (length <= contextLength) {
      const prefix = index.number(parent, ids[i]!);
      contextAt[i] = prefix;
      parent = prefix + 1;
    }
  };
  yield* inBlocks(ids.length, visit, (size) => index.reserve(size));

  const counts = new Int32Array(index.size);
  const firstEnd = new Int32Array(index.size);
  let pairTotal = 0;
  yield* inBlocks(ids.length, (i) => {
    const context = contextAt[i]!;
    if (context === BOUNDARY) return;
    if (counts[context]!++ === 0) firstEnd[context] = i;
    pairTotal++;
  });
  return { contextAt, counts, firstEnd, pairTotal, longestSequence };
}

/** A number for each window of so many tokens, at the position where it ends; {@link BOUNDARY} where none does. */
function* numberWindows(ids: Int32Array, length: number): Work<Int32Array> {
  /** Of windows of `size` tokens, a power of two; then of those that the lower bits of `length` make up. */
  const power = ids.slice();
  let made: Int32Array | undefined;
  for (let size = 1; ; size *= 2) {
    if (length & size) {
      if (made) yield* lengthen(made, power, size);
      else made = power.slice();
    }
    if (2 * size > length) return made!;
    yield* lengthen(power, power, size);
  }
}

/** In place of each window the one that it makes with the window of `size` tokens after it. */
function* lengthen(windows: Int32Array, after: Int32Array, size: number): Work<void> {
  const index = new PairIndex();
  const last = windows.length - 1;
  const visit = (k: number): void => {
    // from the end, so that what is read has not been written over
    const i = last - k;
    const [first, second] = [i < size ? BOUNDARY : windows[i - size]!, after[i]!];
    windows[i] = first === BOUNDARY || second === BOUNDARY ? BOUNDARY : index.number(first, second);
  };
  yield* inBlocks(windows.length, visit, (count) => index.reserve(count));
}

/** The tokens of each of the chosen contexts. */
export function* tokensOfContexts(
  ids: Int32Array,
  contexts: Contexts,
  chosen: Int32Array,
  contextLength: number,
): Work<Int32Array[]> {
  const tokens: Int32Array[] = [];
  yield* inBlocks(chosen.length, (j) => {
    const end = contexts.firstEnd[chosen[j]!]! + 1;
    let start = end - 1;
    while (start > 0 && ids[start - 1] !== BOUNDARY && end - start < contextLength) start--;
    tokens.push(ids.subarray(start, end));
  });
  return tokens;
}

/** Sparse rows, one for each context: its next words, ascending, and how often each of them followed / count of the context. */
export interface NextWordRows {
  readonly offsets: Int32Array;
  readonly tokens: Int32Array;
  readonly probabilities: Float64Array;
}

/** Counts the words that follow each of the chosen contexts. */
export function* countNextWords(
  ids: Int32Array,
  wordCount: number,
  contexts: Contexts,
  chosen: Int32Array,
): Work<NextWordRows> {
  const rowOf = new Int32Array(contexts.counts.length).fill(-1);
  yield* inBlocks(chosen.length, (j) => (rowOf[chosen[j]!] = j));
  const pairs = new PairIndex();
  let counts: Int32Array = new Int32Array(BLOCK);
  const reserve = function* (size: number): Work<void> {
    yield* pairs.reserve(size);
    counts = yield* enlarged(counts, pairs.size + size);
  };
  const count = (i: number): void => {
    const context = contexts.contextAt[i]!;
    const row = context === BOUNDARY ? -1 : rowOf[context]!;
    if (row >= 0) counts[pairs.number(row, ids[i + 1]!)]!++;
  };
  yield* inBlocks(ids.length, count, reserve);

  // By word, then by context, keeping the order: rows come out sorted, in linear time.
  const byWord = yield* startsByKey((pair) => pairs.secondOf(pair), wordCount, pairs.size);
  const order = new Int32Array(pairs.size);
  yield* inBlocks(pairs.size, (pair) => (order[byWord[pairs.secondOf(pair)]!++] = pair));
  const offsets = yield* startsByKey((pair) => pairs.firstOf(pair), chosen.length, pairs.size);
  const next = offsets.slice();
  const tokens = new Int32Array(pairs.size);
  const probabilities = new Float64Array(pairs.size);
  yield* inBlocks(pairs.size, (i) => {
    const pair = order[i]!;
    const row = pairs.firstOf(pair);
    const k = next[row]!++;
    tokens[k] = pairs.secondOf(pair);
    probabilities[k] = counts[pair]! / contexts.counts[chosen[row]!]!;
  });
  return { offsets, tokens, probabilities };
}

/** Where the items of each key start when items are put in the order of their keys; one more at the end. */
function* startsByKey(keyOf: (item: number) => number, keyCount: number, itemCount: number): Work<Int32Array> {
  const starts = new Int32Array(keyCount + 1);
  yield* inBlocks(itemCount, (item) => starts[keyOf(item) + 1]!++);
  yield* inBlocks(keyCount, (key) => (starts[key + 1]! += starts[key]!));
  return starts;
}
