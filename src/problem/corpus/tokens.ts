import { ProblemError } from "../../errors.ts";
import { orAborted } from "../../support/abort.ts";
import { BLOCK, type Work } from "../../support/host-spells.ts";
import { IntList } from "./tables.ts";

/** What stands between sequences in lists of token numbers. */
export const BOUNDARY = -1;

/** Tokens as numbers in order of first appearance, {@link BOUNDARY} between sequences. */
export class TokenList {
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

/**
 * Adds sequences that are cut into tokens already.
 * @throws ProblemError for what is no list of strings
 */
export function* addSequences(tokens: TokenList, sequences: Iterable<readonly string[]>): Work<void> {
  let index = 0;
  for (const sequence of sequences) {
    if (!Array.isArray(sequence))
      throw new ProblemError(`sequence ${index}: expected an array of strings, found ${typeof sequence}`);
    for (let i = 0; i < sequence.length; i++) {
      const token: unknown = sequence[i];
      if (typeof token !== "string")
        throw new ProblemError(`sequence ${index}: expected strings, found ${typeof token} at token ${i}`);
      tokens.add(token);
      if (i % BLOCK === BLOCK - 1) yield { done: tokens.count, total: undefined };
    }
    tokens.endSequence();
    index++;
    yield { done: tokens.count, total: undefined };
  }
}

// Words are those of UAX #29, except that only apostrophes join: 3.5, a_b and l·l are three each. What is default ignorable
// (joiners, soft hyphens, bidi marks, variation selectors) belongs to what it follows, white space too; U+200B separates.
const IGNORABLE = String.raw`[\p{DI}--\u200b]`;
// Written without spaces between words; with the Japanese letters that belong to no script.
const UNSPACED_SCRIPTS = String.raw`\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}`;
const UNSPACED = String.raw`[[${UNSPACED_SCRIPTS}\u30fc\uff70\uff9e\uff9f]&&[\p{L}\p{M}\p{N}]]`;
const LETTER = String.raw`[[\p{L}\p{M}\p{N}\p{Cf}\u05f3]--[\p{DI}${UNSPACED}]]`;
const HEBREW = String.raw`[\p{sc=Hebr}&&\p{L}]`;
// A trailing apostrophe is no part of a word, except behind a Hebrew letter, for which it is a geresh.
const INSIDE = `[${LETTER}${IGNORABLE}]|['’]${IGNORABLE}?${LETTER}|["״](?<=${HEBREW}.)${HEBREW}|'(?<=${HEBREW}')`;
const EMOJI_JOINED = String.raw`(?<=\u200d)\p{ExtPict}`;
const SIGN = String.raw`(?:\p{RI}{2}|[^\p{White_Space}\p{DI}])(?:[\p{M}\p{EMod}${IGNORABLE}]|${EMOJI_JOINED}){0,999}`;
const UNSPACED_RUN = String.raw`(${UNSPACED}[${UNSPACED}\p{M}${IGNORABLE}]{0,999})`;
// The bounds keep what a border of pieces can hold back small.
const PATTERNS = {
  words: String.raw`${LETTER}(?:${INSIDE}){0,999}|${UNSPACED_RUN}|\r\n?|\n|${SIGN}`,
  spaces: String.raw`\r\n?|\n|\P{White_Space}{1,1000}`,
  characters: String.raw`\r\n?|[^]`,
} as const;
// A match is final when the five UTF-16 units after it are known: an apostrophe, an ignorable and a letter decide.
const LOOKAHEAD = 5;

/** Cuts a text into tokens as it comes in; where its pieces are cut makes no difference. */
export interface TextScanner {
  add(piece: string): void;
  /** No more will come. */
  end(): void;
}

/** Cuts a text by a pattern. */
export class Scanner implements TextScanner {
  readonly #tokens: TokenList;
  readonly #pattern: RegExp;
  // A fixed locale: words must not depend on the reader's.
  readonly #segmenter = new Intl.Segmenter("en", { granularity: "word" });
  readonly #endLine: (() => void) | undefined;
  /** The end of the text so far, not cut yet. */
  #held = "";

  /** @param linesAreSequences otherwise a line end is white space among words, and one of the characters */
  constructor(tokens: TokenList, kind: keyof typeof PATTERNS, linesAreSequences: boolean) {
    this.#tokens = tokens;
    this.#pattern = new RegExp(PATTERNS[kind], "gv");
    if (linesAreSequences) this.#endLine = () => tokens.endSequence();
    else if (kind === "characters") this.#endLine = () => tokens.add("\n");
  }

  add(piece: string): void {
    this.#held += piece;
    this.#scan(this.#held.length - LOOKAHEAD);
  }

  end(): void {
    this.#scan(this.#held.length);
  }

  #scan(safeEnd: number): void {
    const text = this.#held;
    const pattern = this.#pattern;
    let scanned = text.length;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      if (pattern.lastIndex > safeEnd) {
        scanned = match.index;
        break;
      }
      const [token, unspacedRun] = match;
      if (token === "\n" || token.startsWith("\r")) this.#endLine?.();
      else if (unspacedRun) for (const { segment } of this.#segmenter.segment(unspacedRun)) this.#tokens.add(segment);
      else this.#tokens.add(token);
    }
    this.#held = text.slice(scanned);
  }
}

const PIECE = 1 << 12;

/** A text in pieces of at most 4,096 UTF-16 units; a source that stalls does not outlast the signal. */
export async function* piecesOf(
  text: string | AsyncIterable<string> | ReadableStream<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, void> {
  for await (const chunk of typeof text === "string" ? [text] : chunksOf(text, signal))
    for (let start = 0; start < chunk.length; start += PIECE) yield chunk.slice(start, start + PIECE);
}

async function* chunksOf(
  text: AsyncIterable<string> | ReadableStream<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, void> {
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
