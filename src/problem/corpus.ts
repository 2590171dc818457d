import { OptionError, ProblemError } from "../errors.ts";
import { drawEmbeddingRows, positionalEmbedding } from "./embeddings.ts";
import { createProblem, type Problem } from "./problem.ts";
import { RandomStream, requireSeed } from "./random.ts";
import { requireKnownOptions, requireOneOf, requireWhole } from "./synthetic.ts";

/** How far {@link problemFromText} has come; sent a few dozen times a second at most. */
export interface CorpusProgress {
  /** In this order. */
  readonly phase: "tokens" | "vocabulary" | "contexts" | "next words" | "embeddings";
  /** Work done in this phase: characters (UTF-16 units) of a text or tokens of lists, words, positions, positions, contexts. */
  readonly done: number;
  /** Work of this phase in the same unit; undefined while reading a source of unknown length. */
  readonly total: number | undefined;
}

/** Options of {@link problemFromText} and {@link problemFromTokens}. */
export interface CorpusOptions {
  /**
   * `"words"` (default): runs of letters, marks and digits, with apostrophes inside, and single other characters; white
   * space separates; case is kept; a run of more than 1,000 characters is cut. `"characters"`: code points; a line end
   * (LF, CR LF or CR) is one character, LF. For token lists it only says how context labels are joined.
   */
  readonly tokens?: "words" | "characters";
  /**
   * `"windows"` (default): a context is the `contextLength` tokens before a word; a text is one sequence.
   * `"prefixes"`: a context is a beginning of a sequence, of length 1 to `contextLength`; every line of a text is a sequence.
   */
  readonly contexts?: "windows" | "prefixes";
  /** Tokens of a window (default 2), or of the longest prefix (default 8). 1 … 1,000. */
  readonly contextLength?: number;
  /** Contexts seen fewer times are left out. Default 1. */
  readonly minCount?: number;
  /**
   * Most words of the vocabulary, from 2; default 2,000. Where the source has more, the least frequent ones become one
   * word, `<unk>`, the last of the vocabulary and counted in this number.
   */
  readonly maxVocabulary?: number;
  /** The most frequent contexts are kept, at equal counts those that appear first. Default 1,000. */
  readonly maxContexts?: number;
  /** `"positional"` (default): sums of one random vector for each (position, word); the others ignore the words. */
  readonly embedding?: "gaussian" | "orthonormal" | "positional";
  /**
   * d. Default: the number of contexts for orthonormal embeddings (which need at least that), otherwise 1.2 × the number
   * of contexts, at least 16 and at most 256.
   */
  readonly embeddingDim?: number;
  /** Of the embeddings, 0 … 2^53 − 1, default 1. */
  readonly seed?: number;
  /** Ends the work within some 12 ms: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CorpusProgress) => void;
}

/** A problem and what was left out on the way to it. */
export interface Corpus {
  /**
   * Weights are counts of contexts, probabilities are counts of next words / count of the context; contexts and words
   * go from the most to the least frequent, at equal counts by first appearance.
   */
  readonly problem: Problem;
  /** Tokens read. */
  readonly tokenCount: number;
  /** Sequences with at least one token: 1 for windows of a text, lines for prefixes, non-empty lists. */
  readonly sequenceCount: number;
  /** Distinct words read, before the least frequent became `<unk>`. */
  readonly vocabularyTotal: number;
  /** Share of the tokens that are `<unk>` because the vocabulary was cut, 0 … 1. */
  readonly unknownShare: number;
  /** Distinct contexts with a next word, before `minCount` and `maxContexts`. */
  readonly contextTotal: number;
  /** Of these, contexts left out. */
  readonly droppedContexts: number;
  /** Pairs of a context and its next word that were read. */
  readonly pairTotal: number;
  /** Share of these pairs whose context was kept, above 0 and up to 1. */
  readonly keptShare: number;
}

/** The word that stands for all words outside of the vocabulary. */
export const UNKNOWN_WORD = "<unk>";

const OPTION_NAMES: readonly (keyof CorpusOptions)[] = [
  "tokens",
  "contexts",
  "contextLength",
  "minCount",
  "maxVocabulary",
  "maxContexts",
  "embedding",
  "embeddingDim",
  "seed",
  "signal",
  "onProgress",
];

// A trailing apostrophe is no part of a word. The bound keeps what a chunk border can hold back small.
const WORD = /(?:[\p{L}\p{M}\p{N}](?:['’](?=[\p{L}\p{M}\p{N}]))?){1,1000}|\r\n?|\S|\n/gu;
const CHARACTER = /\r\n?|[^]/gu;
// A match is final when the three UTF-16 units after it are known: an apostrophe and a code point decide.
const LOOKAHEAD = 3;
const PIECE = 1 << 14;
const BLOCK = 1 << 12;
const LIST_BLOCK = 1 << 16;
const WORK_MS = 6;
const GAUSSIAN_STREAM = 1;

/**
 * The next-token problem of a text: distinct contexts, the words that follow each, and how often. Gives way to other work
 * of the thread every few milliseconds.
 * @param text a string, or a source of strings; where the pieces are cut makes no difference
 * @throws ProblemError when the text is too short or has one distinct word; OptionError for a bad option; the signal's
 * reason when aborted
 */
export async function problemFromText(
  text: string | AsyncIterable<string> | ReadableStream<string>,
  options: CorpusOptions = {},
): Promise<Corpus> {
  const settings = completeOptions(options);
  return withPacer(settings, async (pacer) => {
    const tokens = new TokenList();
    const characters = settings.tokens === "characters";
    const pattern = new RegExp(characters ? CHARACTER : WORD);
    const linesAreSequences = settings.contexts === "prefixes";
    let held = "";

    const scan = (piece: string, isLast: boolean): void => {
      const part = held + piece;
      const safeEnd = isLast ? part.length : part.length - LOOKAHEAD;
      let scanned = 0;
      pattern.lastIndex = 0;
      for (let match = pattern.exec(part); match; match = pattern.exec(part)) {
        if (pattern.lastIndex > safeEnd) break;
        scanned = pattern.lastIndex;
        const token = match[0];
        if (token !== "\n" && token.charCodeAt(0) !== 13) tokens.add(token);
        else if (linesAreSequences) tokens.endSequence();
        else if (characters) tokens.add("\n");
      }
      held = part.slice(scanned);
    };

    let done = 0;
    const total = typeof text === "string" ? text.length : undefined;
    for await (const chunk of chunksOf(text, settings.signal))
      for (let start = 0; start < chunk.length; start += PIECE) {
        const piece = chunk.slice(start, start + PIECE);
        scan(piece, false);
        done += piece.length;
        await pacer.pace("tokens", done, total);
      }
    scan("", true);
    return build(tokens, settings, pacer, "text");
  });
}

/**
 * {@link problemFromText} for sequences that are cut into tokens already; contexts never reach from one sequence into
 * another. A token spelt `<unk>` is the unknown word.
 * @throws ProblemError when no sequence is long enough, when there is one distinct token, or a token is no string;
 * OptionError for a bad option; the signal's reason when aborted
 */
export async function problemFromTokens(
  sequences: Iterable<readonly string[]>,
  options: CorpusOptions = {},
): Promise<Corpus> {
  const settings = completeOptions(options);
  return withPacer(settings, async (pacer) => {
    const tokens = new TokenList();
    let index = 0;
    for (const sequence of sequences) {
      if (!Array.isArray(sequence))
        throw new ProblemError(`sequence ${index}: expected an array of strings, found ${typeof sequence}`);
      for (let start = 0; start < sequence.length; start += BLOCK) {
        for (let i = start; i < Math.min(start + BLOCK, sequence.length); i++) {
          const token: unknown = sequence[i];
          if (typeof token !== "string")
            throw new ProblemError(`sequence ${index}: expected strings, found ${typeof token} at token ${i}`);
          tokens.add(token);
        }
        await pacer.pace("tokens", tokens.count, undefined);
      }
      tokens.endSequence();
      index++;
      await pacer.pace("tokens", tokens.count, undefined);
    }
    return build(tokens, settings, pacer, "sequences");
  });
}

// ── Options ──────────────────────────────────────────────────────────────────────────────────────────────────────────

type Settings = Required<Omit<CorpusOptions, "embeddingDim" | "signal" | "onProgress">> &
  Pick<CorpusOptions, "embeddingDim" | "signal" | "onProgress">;

function completeOptions(options: CorpusOptions): Settings {
  requireKnownOptions(options, OPTION_NAMES);
  const settings: Settings = {
    tokens: "words",
    contexts: "windows",
    contextLength: options.contexts === "prefixes" ? 8 : 2,
    minCount: 1,
    maxVocabulary: 2000,
    maxContexts: 1000,
    embedding: "positional",
    seed: 1,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  };
  requireOneOf("tokens", settings.tokens, ["words", "characters"]);
  requireOneOf("contexts", settings.contexts, ["windows", "prefixes"]);
  requireWhole("contextLength", settings.contextLength, 1, 1000);
  requireWhole("minCount", settings.minCount, 1);
  requireWhole("maxVocabulary", settings.maxVocabulary, 2);
  requireWhole("maxContexts", settings.maxContexts, 1);
  requireOneOf("embedding", settings.embedding, ["gaussian", "orthonormal", "positional"]);
  if (settings.embeddingDim !== undefined) requireWhole("embeddingDim", settings.embeddingDim, 1);
  requireSeed(settings.seed);
  return settings;
}

// ── Sharing the thread ───────────────────────────────────────────────────────────────────────────────────────────────

class Pacer {
  readonly #settings: Settings;
  #channel: MessageChannel | undefined;
  #since = performance.now();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Whether it is time to {@link pace}; for loops that cannot await at every turn. */
  isDue(): boolean {
    return performance.now() - this.#since > WORK_MS;
  }

  /** Lets the thread do other work if it is time to, and looks at the signal. */
  async pace(phase: CorpusProgress["phase"], done: number, total: number | undefined): Promise<void> {
    if (!this.isDue()) return;
    this.#settings.onProgress?.({ phase, done, total });
    await new Promise<void>((resolve) => this.#later(resolve));
    this.#settings.signal?.throwIfAborted();
    this.#since = performance.now();
  }

  close(): void {
    this.#channel?.port1.close();
  }

  #later(resolve: () => void): void {
    // In Node a message answered by a message keeps timers waiting; setImmediate does not. Browsers have no setImmediate
    // and hold nested timers back for 4 ms and more, so there it is a message.
    const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    this.#channel ??= new MessageChannel();
    this.#channel.port1.onmessage = () => resolve();
    this.#channel.port2.postMessage(null);
  }
}

async function withPacer<T>(settings: Settings, work: (pacer: Pacer) => Promise<T>): Promise<T> {
  settings.signal?.throwIfAborted();
  const pacer = new Pacer(settings);
  try {
    return await work(pacer);
  } finally {
    pacer.close();
  }
}

/** The pieces of a text; a source that stalls does not outlast the signal. */
async function* chunksOf(
  text: string | AsyncIterable<string> | ReadableStream<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, void> {
  if (typeof text === "string") {
    yield text;
    return;
  }
  if (typeof text !== "object" || text === null || !("getReader" in text || Symbol.asyncIterator in text))
    throw new ProblemError(`text: expected a string or a stream of strings, found ${typeof text}`);
  // Not every browser's streams are iterable.
  const reader = "getReader" in text ? text.getReader() : undefined;
  const iterator = reader ? undefined : (text as AsyncIterable<string>)[Symbol.asyncIterator]();
  let isFinished = false;
  try {
    for (;;) {
      const step = await orAborted(reader ? reader.read() : iterator!.next(), signal);
      if (step.done) break;
      const chunk: unknown = step.value;
      if (typeof chunk !== "string")
        throw new ProblemError(`text: expected pieces that are strings, found ${typeof chunk}; decode the bytes first`);
      yield chunk;
    }
    isFinished = true;
  } finally {
    // Not awaited: a stalled source would answer only after its next piece. What it has to say is of no use either.
    if (!isFinished) Promise.resolve(reader ? reader.cancel() : iterator!.return?.()).catch(() => undefined);
    if (isFinished) reader?.releaseLock();
  }
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  let stop: () => void = () => undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      stop = () => reject(signal.reason as Error);
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop);
      promise.then(resolve, reject);
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

// ── Counting ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Integers in blocks: a single array would stop the thread for tens of milliseconds whenever it grows. */
class IntList {
  readonly #blocks: Int32Array[] = [];
  length = 0;

  push(value: number): void {
    const place = this.length++ % LIST_BLOCK;
    if (place === 0) this.#blocks.push(new Int32Array(LIST_BLOCK));
    this.#blocks[this.#blocks.length - 1]![place] = value;
  }

  async join(pacer: Pacer, phase: CorpusProgress["phase"]): Promise<Int32Array> {
    const joined = new Int32Array(this.length);
    for (let start = 0; start < this.length; start += LIST_BLOCK) {
      joined.set(this.#blocks[start / LIST_BLOCK]!.subarray(0, this.length - start), start);
      await pacer.pace(phase, start, this.length);
    }
    return joined;
  }
}

const BOUNDARY = -1;

/** Tokens as numbers in order of first appearance, {@link BOUNDARY} between sequences. */
class TokenList {
  readonly ids: IntList = new IntList();
  readonly words: string[] = [];
  count = 0;
  sequenceCount = 0;
  // Many small maps: one of a million words would stop the thread for a tenth of a second whenever it grows.
  readonly #idOf: readonly Map<string, number>[] = Array.from({ length: 1 << 10 }, () => new Map<string, number>());
  #isInSequence = false;

  add(word: string): void {
    const map = this.#idOf[shardOf(word)]!;
    let id = map.get(word);
    if (id === undefined) {
      id = this.words.length;
      map.set(word, id);
      this.words.push(word);
    }
    this.ids.push(id);
    this.count++;
    if (!this.#isInSequence) this.sequenceCount++;
    this.#isInSequence = true;
  }

  endSequence(): void {
    if (this.#isInSequence) this.ids.push(BOUNDARY);
    this.#isInSequence = false;
  }
}

function shardOf(word: string): number {
  const { length } = word;
  const last = word.charCodeAt(length - 1) | 0;
  const mix =
    Math.imul(word.charCodeAt(0) | 0, 31) ^ Math.imul(last, 131) ^ Math.imul(word.charCodeAt(length >> 1) | 0, 613);
  return (mix ^ Math.imul(length, 389)) & 1023;
}

/** Numbers pairs of non-negative integers in order of first appearance. */
class PairIndex {
  size = 0;
  #first = new Int32Array(1 << 12);
  #second = new Int32Array(1 << 12);
  /** Number + 1 of the pair in each place of a table with open addressing, 0 where free; at most half full. */
  #table = new Int32Array(1 << 13);

  firstOf(pair: number): number {
    return this.#first[pair]!;
  }
  secondOf(pair: number): number {
    return this.#second[pair]!;
  }

  /** Makes room for `extra` more pairs; {@link number} must not be called for more without. */
  async reserve(extra: number, pacer: Pacer, ...progress: Parameters<Pacer["pace"]>): Promise<void> {
    const needed = this.size + extra;
    if (needed <= this.#first.length) return;
    let capacity = this.#first.length;
    while (capacity < needed) capacity *= 2;
    this.#first = await enlarge(this.#first, capacity, pacer, progress);
    this.#second = await enlarge(this.#second, capacity, pacer, progress);
    this.#table = new Int32Array(2 * capacity);
    for (let start = 0; start < this.size; start += BLOCK) {
      for (let pair = start; pair < Math.min(start + BLOCK, this.size); pair++)
        this.#table[this.#placeOf(this.#first[pair]!, this.#second[pair]!)] = pair + 1;
      await pacer.pace(...progress);
    }
  }

  number(first: number, second: number): number {
    const place = this.#placeOf(first, second);
    if (this.#table[place] === 0) {
      this.#first[this.size] = first;
      this.#second[this.size] = second;
      this.#table[place] = ++this.size;
    }
    return this.#table[place]! - 1;
  }

  #placeOf(first: number, second: number): number {
    const mask = this.#table.length - 1;
    let place = Math.imul(first, 0x9e3779b1) ^ Math.imul(second + 0x7f4a7c15, 0x85ebca6b);
    place = Math.imul(place ^ (place >>> 16), 0xc2b2ae35);
    place = (place ^ (place >>> 13)) & mask;
    for (;;) {
      const pair = this.#table[place]! - 1;
      if (pair < 0 || (this.#first[pair] === first && this.#second[pair] === second)) return place;
      place = (place + 1) & mask;
    }
  }
}

async function enlarge(
  from: Int32Array,
  length: number,
  pacer: Pacer,
  progress: Readonly<Parameters<Pacer["pace"]>>,
): Promise<Int32Array<ArrayBuffer>> {
  const to = new Int32Array(length);
  const block = 1 << 18;
  for (let start = 0; start < from.length; start += block) {
    to.set(from.subarray(start, start + block), start);
    await pacer.pace(...progress);
  }
  return to;
}

/** Runs `visit` over 0 … count − 1 in blocks, with rests between; `before` is awaited before each block. */
async function inBlocks(
  count: number,
  visit: (i: number) => void,
  pacer: Pacer,
  phase: CorpusProgress["phase"],
  before?: (size: number, done: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < count; start += BLOCK) {
    const end = Math.min(start + BLOCK, count);
    if (before) await before(end - start, start);
    for (let i = start; i < end; i++) visit(i);
    await pacer.pace(phase, end, count);
  }
}

/**
 * The numbers 0 … counts.length − 1 by falling count, at equal counts ascending. Counts are at least 1 and add up to n,
 * so at most √(2n) of them differ: only those are sorted, the rest is placed in linear time.
 */
async function rankByCount(counts: Int32Array, pacer: Pacer, phase: CorpusProgress["phase"]): Promise<Int32Array> {
  const sizeOf = new Map<number, number>();
  await inBlocks(counts.length, (i) => sizeOf.set(counts[i]!, (sizeOf.get(counts[i]!) ?? 0) + 1), pacer, phase);
  const placeOf = new Map<number, number>();
  let place = 0;
  for (const count of [...sizeOf.keys()].sort((a, b) => b - a)) {
    placeOf.set(count, place);
    place += sizeOf.get(count)!;
  }
  const ranked = new Int32Array(counts.length);
  const put = (i: number): void => {
    const to = placeOf.get(counts[i]!)!;
    ranked[to] = i;
    placeOf.set(counts[i]!, to + 1);
  };
  await inBlocks(counts.length, put, pacer, phase);
  return ranked;
}

// ── Building ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function build(tokens: TokenList, settings: Settings, pacer: Pacer, source: string): Promise<Corpus> {
  const noun = source === "text" ? settings.tokens : "tokens";
  if (tokens.count === 0) throw new ProblemError(`${source}: expected at least two distinct ${noun}, found none`);
  if (tokens.words.length === 1)
    throw new ProblemError(
      `${source}: expected at least two distinct ${noun}, found one, ${JSON.stringify(tokens.words[0]!.slice(0, 40))}`,
    );
  const vocabulary = await chooseVocabulary(tokens, settings, pacer);
  const contexts = await countContexts(vocabulary.ids, settings, pacer);
  if (contexts.pairTotal === 0) {
    const least = settings.contexts === "windows" ? settings.contextLength + 1 : 2;
    const place = source === "text" && settings.contexts === "windows" ? "" : " in one sequence";
    throw new ProblemError(
      `${source}: expected at least ${least} ${noun}${place}, a context and its next one, found ${contexts.longestSequence}`,
    );
  }
  const ranked = await rankByCount(contexts.counts, pacer, "contexts");
  const limit = Math.min(ranked.length, settings.maxContexts);
  let kept = 0;
  while (kept < limit && contexts.counts[ranked[kept]!]! >= settings.minCount) kept++;
  if (kept === 0)
    throw new ProblemError(
      `${source}: expected a context seen at least minCount = ${settings.minCount} times, found none seen more than ${contexts.counts[ranked[0]!]} times`,
    );

  const chosen = ranked.subarray(0, kept);
  const rows = await countNextWords(vocabulary.ids, vocabulary.words.length, contexts, chosen, pacer);
  const windows = Array.from(chosen, (context) => tokensOfContext(vocabulary.ids, contexts, context, settings));
  const embeddingDim = settings.embeddingDim ?? defaultEmbeddingDim(settings.embedding, kept);
  const embeddings = await embed(windows, embeddingDim, settings, pacer);
  const labels = await labelContexts(windows, vocabulary.words, settings, pacer);
  const weights = Float64Array.from(chosen, (context) => contexts.counts[context]!);
  settings.signal?.throwIfAborted();
  const problem = createProblem({
    vocabularySize: vocabulary.words.length,
    embeddingDim,
    embeddings,
    ...rows,
    weights,
    contextLabels: labels,
    words: vocabulary.words,
  });
  return {
    problem,
    tokenCount: tokens.count,
    sequenceCount: tokens.sequenceCount,
    vocabularyTotal: tokens.words.length,
    unknownShare: vocabulary.unknownCount / tokens.count,
    contextTotal: ranked.length,
    droppedContexts: ranked.length - kept,
    pairTotal: contexts.pairTotal,
    keptShare: weights.reduce((a, b) => a + b) / contexts.pairTotal,
  };
}

interface Vocabulary {
  /** By falling frequency; the unknown word, if there is one, last. */
  readonly words: readonly string[];
  /** The token list in numbers of `words`, {@link BOUNDARY} between sequences. */
  readonly ids: Int32Array;
  readonly unknownCount: number;
}

async function chooseVocabulary(tokens: TokenList, settings: Settings, pacer: Pacer): Promise<Vocabulary> {
  const ids = await tokens.ids.join(pacer, "vocabulary");
  const counts = new Int32Array(tokens.words.length);
  const count = (i: number): void => {
    if (ids[i] !== BOUNDARY) counts[ids[i]!]!++;
  };
  await inBlocks(ids.length, count, pacer, "vocabulary");
  const ranked = await rankByCount(counts, pacer, "vocabulary");
  const isCut = ranked.length > settings.maxVocabulary;
  const unknown = isCut ? settings.maxVocabulary - 1 : ranked.length;
  const words: string[] = [];
  const numberOf = new Int32Array(counts.length).fill(unknown);
  for (let rank = 0; words.length < unknown; rank++) {
    const word = tokens.words[ranked[rank]!]!;
    if (isCut && word === UNKNOWN_WORD) continue;
    numberOf[ranked[rank]!] = words.length;
    words.push(word);
    if (rank % BLOCK === 0) await pacer.pace("vocabulary", rank, ranked.length);
  }
  if (isCut) words.push(UNKNOWN_WORD);

  let unknownCount = 0;
  const renumber = (i: number): void => {
    if (ids[i] === BOUNDARY) return;
    ids[i] = numberOf[ids[i]!]!;
    if (ids[i] === unknown) unknownCount++;
  };
  await inBlocks(ids.length, renumber, pacer, "vocabulary");
  return { words, ids, unknownCount };
}

interface Contexts {
  /** The context that ends at each position, −1 where there is none or no next word. */
  readonly contextAt: Int32Array;
  /** How often each context has a next word. */
  readonly counts: Int32Array;
  /** Position of the last token of the first appearance of each context. */
  readonly firstEnd: Int32Array;
  readonly pairTotal: number;
  readonly longestSequence: number;
}

/**
 * Numbers the contexts that end at every position. A context of length l is the pair of the context of length l − 1
 * before it and its last word, so no key is ever longer than two integers.
 */
async function countContexts(ids: Int32Array, settings: Settings, pacer: Pacer): Promise<Contexts> {
  const hasNext = (i: number): boolean => ids[i] !== BOUNDARY && i + 1 < ids.length && ids[i + 1] !== BOUNDARY;
  const nodes = new Int32Array(ids.length);
  const k = settings.contextLength;
  let index = new PairIndex();
  const reserve = (size: number, done: number): Promise<void> =>
    index.reserve(size, pacer, "contexts", done, ids.length);

  let longestSequence = 0;
  let length = 0;
  if (settings.contexts === "prefixes") {
    // 0 is the empty prefix, number + 1 any other.
    let parent = 0;
    const visit = (i: number): void => {
      length = ids[i] === BOUNDARY ? 0 : length + 1;
      if (length > longestSequence) longestSequence = length;
      if (length === 0) parent = 0;
      nodes[i] = BOUNDARY;
      if (length > k || !hasNext(i)) return;
      const prefix = index.number(parent, ids[i]!);
      nodes[i] = prefix;
      parent = prefix + 1;
    };
    await inBlocks(ids.length, visit, pacer, "contexts", reserve);
  } else {
    for (let level = 1; level <= k; level++) {
      index = new PairIndex();
      // What the level below has at the position before; level 0 has the empty context, 0, everywhere.
      let before = level === 1 ? 0 : BOUNDARY;
      const visit = (i: number): void => {
        if (level === 1) {
          length = ids[i] === BOUNDARY ? 0 : length + 1;
          if (length > longestSequence) longestSequence = length;
        }
        const below = nodes[i]!;
        const isContext = before !== BOUNDARY && ids[i] !== BOUNDARY && (level < k || hasNext(i));
        nodes[i] = isContext ? index.number(before, ids[i]!) : BOUNDARY;
        before = below;
      };
      await inBlocks(ids.length, visit, pacer, "contexts", reserve);
    }
  }

  const counts = new Int32Array(index.size);
  const firstEnd = new Int32Array(index.size);
  let pairTotal = 0;
  const count = (i: number): void => {
    const context = nodes[i]!;
    if (context === BOUNDARY) return;
    if (counts[context]!++ === 0) firstEnd[context] = i;
    pairTotal++;
  };
  await inBlocks(ids.length, count, pacer, "contexts");
  return { contextAt: nodes, counts, firstEnd, pairTotal, longestSequence };
}

interface NextWordRows {
  readonly offsets: Int32Array;
  readonly tokens: Int32Array;
  readonly probabilities: Float64Array;
}

async function countNextWords(
  ids: Int32Array,
  wordCount: number,
  contexts: Contexts,
  chosen: Int32Array,
  pacer: Pacer,
): Promise<NextWordRows> {
  const rowOf = new Int32Array(contexts.counts.length).fill(-1);
  await inBlocks(chosen.length, (j) => (rowOf[chosen[j]!] = j), pacer, "next words");
  const pairs = new PairIndex();
  let counts: Int32Array = new Int32Array(BLOCK);
  const count = (i: number): void => {
    const context = contexts.contextAt[i]!;
    const row = context === BOUNDARY ? -1 : rowOf[context]!;
    if (row >= 0) counts[pairs.number(row, ids[i + 1]!)]!++;
  };
  const reserve = async (size: number, done: number): Promise<void> => {
    const progress = ["next words", done, ids.length] as const;
    await pairs.reserve(size, pacer, ...progress);
    if (pairs.size + size > counts.length) counts = await enlarge(counts, 2 * counts.length, pacer, progress);
  };
  await inBlocks(ids.length, count, pacer, "next words", reserve);

  // By word, then by context, keeping the order: rows come out sorted, in linear time.
  const byWord = await placesByKey((pair) => pairs.secondOf(pair), wordCount, pairs.size, pacer);
  const order = new Int32Array(pairs.size);
  await inBlocks(pairs.size, (pair) => (order[byWord.next[pairs.secondOf(pair)]!++] = pair), pacer, "next words");
  const byRow = await placesByKey((pair) => pairs.firstOf(pair), chosen.length, pairs.size, pacer);
  const tokens = new Int32Array(pairs.size);
  const probabilities = new Float64Array(pairs.size);
  const place = (i: number): void => {
    const pair = order[i]!;
    const row = pairs.firstOf(pair);
    const k = byRow.next[row]!++;
    tokens[k] = pairs.secondOf(pair);
    probabilities[k] = counts[pair]! / contexts.counts[chosen[row]!]!;
  };
  await inBlocks(pairs.size, place, pacer, "next words");
  return { offsets: byRow.offsets, tokens, probabilities };
}

/** Where the items of each key start when items are put in the order of their keys; `next` is a copy to count up. */
async function placesByKey(
  keyOf: (item: number) => number,
  keyCount: number,
  itemCount: number,
  pacer: Pacer,
): Promise<{ offsets: Int32Array; next: Int32Array }> {
  const offsets = new Int32Array(keyCount + 1);
  await inBlocks(itemCount, (item) => offsets[keyOf(item) + 1]!++, pacer, "next words");
  await inBlocks(keyCount, (key) => (offsets[key + 1]! += offsets[key]!), pacer, "next words");
  return { offsets, next: offsets.slice() };
}

function tokensOfContext(ids: Int32Array, contexts: Contexts, context: number, settings: Settings): number[] {
  const end = contexts.firstEnd[context]!;
  let start = end;
  while (start > 0 && ids[start - 1] !== BOUNDARY && end - start + 1 < settings.contextLength) start--;
  return Array.from(ids.subarray(start, end + 1));
}

function defaultEmbeddingDim(embedding: Settings["embedding"], contextCount: number): number {
  if (embedding === "orthonormal") return contextCount;
  return Math.min(256, Math.max(16, Math.ceil((6 * contextCount) / 5)));
}

async function embed(
  windows: readonly (readonly number[])[],
  dim: number,
  settings: Settings,
  pacer: Pacer,
): Promise<Float64Array> {
  if (settings.embedding === "orthonormal" && dim < windows.length)
    throw new OptionError(
      `embeddingDim: expected at least ${windows.length}, the number of contexts kept, for orthonormal embeddings, found ${dim}; maxContexts lowers it`,
    );
  const embeddings = new Float64Array(windows.length * dim);
  const rows =
    settings.embedding === "positional"
      ? undefined
      : drawEmbeddingRows(settings.embedding, windows.length, dim, new RandomStream(settings.seed, GAUSSIAN_STREAM));
  for (let j = 0; j < windows.length; j++) {
    const row = rows ? rows.next().value : positionalEmbedding(windows[j]!, dim, settings.seed);
    embeddings.set(row as Float64Array, j * dim);
    await pacer.pace("embeddings", j + 1, windows.length);
  }
  return embeddings;
}

/** A name for each context; contexts that would read the same are numbered, for a label identifies its context. */
async function labelContexts(
  windows: readonly (readonly number[])[],
  words: readonly string[],
  settings: Settings,
  pacer: Pacer,
): Promise<string[]> {
  const labels = new Set<string>();
  for (const window of windows) {
    const plain = window.map((token) => readableWord(words[token]!)).join(settings.tokens === "words" ? " " : "");
    let label = plain;
    for (let n = 2; labels.has(label); n++) label = `${plain} (${n})`;
    labels.add(label);
    await pacer.pace("embeddings", labels.size, windows.length);
  }
  return [...labels];
}

/** A word as it can be shown: signs for white space and for the empty word. */
export function readableWord(word: string): string {
  if (word === "") return "∅";
  return word.replaceAll("\n", "⏎").replaceAll("\r", "␍").replaceAll("\t", "⇥").replaceAll(" ", "␣");
}
