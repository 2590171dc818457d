import type { LongWork, WorkProgress } from "../support/long-work.ts";
import { FileError, ProblemError } from "../errors.ts";
import { problemFromText, problemFromTokens } from "../problem/corpus/corpus.ts";
import type { Corpus, CorpusOptions } from "../problem/corpus/corpus.ts";
import { createProblem } from "../problem/problem.ts";
import type { Problem, ProblemInput } from "../problem/problem.ts";
import { readJson } from "./json.ts";
import { readNpy, recogniseContent } from "./npy.ts";
import type { NpyArray, NpyNumbers } from "./npy.ts";
import { readNpz } from "./npz.ts";

/** Where a problem is read from; a `File` fits. */
export interface ProblemSource {
  readonly name: string;
  /** The content, read once. */
  stream(): ReadableStream<Uint8Array>;
  /** Bytes of the content, where known. */
  readonly size?: number;
}

/** Options of {@link readProblem}. */
export interface ReadProblemOptions extends LongWork<WorkProgress<"reading">> {
  /** How a text or sequences of tokens become contexts. */
  readonly corpus?: CorpusOptions;
  /** Seed of embeddings that are drawn, where the file and `corpus` name none; default 1. */
  readonly seed?: number;
  /** Ends the reading: the promise is rejected with the signal's reason. Default: that of `corpus`. */
  readonly signal?: AbortSignal | undefined;
  /** Told the share of the bytes read; never called for a source of unknown size. */
  readonly onProgress?: ((progress: WorkProgress<"reading">) => void) | undefined;
}

/** A problem out of a file. */
export interface ProblemFile {
  readonly problem: Problem;
  /** What the content turned out to be. */
  readonly kind: "npz" | "json" | "text";
  /** What was changed or left out on the way, a sentence each, to show to people. */
  readonly notes: readonly string[];
}

type Fail = (message: string) => never;

const MOST_BYTES = 2 ** 30;
/** Enough for every signature of {@link recogniseContent}. */
const HEAD_BYTES = 16;

/**
 * Reads a problem from a file of any of three kinds, told apart by the first bytes, then by the name:
 *
 * - an .npz archive with `embeddings` (m × d), `offsets` (m + 1), `tokens` and `probabilities` (one per entry),
 *   `vocabulary` (V, or V strings), and optionally `weights` (m, uniform when left out), `words` (V strings) and
 *   `context_labels` (m strings); other keys are ignored;
 * - a .json file in a form of {@link readJson};
 * - anything else is UTF-8 text, read as a stream, of which `options.corpus` says how it becomes contexts.
 *
 * @throws FileError when the file is none of these, is damaged or larger than 1 GiB, or states no well-formed problem
 * (`cause` is then the ProblemError); OptionError for bad `options.corpus`; the signal's reason when aborted
 */
export async function readProblem(file: ProblemSource, options: ReadProblemOptions = {}): Promise<ProblemFile> {
  const { name } = file;
  const fail: Fail = (message) => {
    throw new FileError(name, message);
  };
  const chunks = readChunks(file, options, fail);
  try {
    const head = await takeHead(chunks);
    const kind = tellKind(name, head, fail);
    if (kind === "text") return await readText(prepend(head, chunks), options, fail);
    const bytes = await collect(prepend(head, chunks));
    if (kind === "json") return await readProblemJson(name, bytes, options, fail);
    return readProblemNpz(readNpz(name, bytes, Object.keys(KEYS)), fail);
  } catch (error) {
    if (error instanceof ProblemError) throw new FileError(name, error.message, { cause: error });
    throw error;
  } finally {
    await chunks.return();
  }
}

/**
 * Reads a decoder W from a .npy file.
 * @param name the file's name, for messages
 * @param vocabularySize V
 * @param embeddingDim d
 * @returns V × d, row-major, in the precision of the file (float16 is widened, whole numbers become float64)
 * @throws FileError when the array has another shape, holds no numbers, or not only finite ones
 */
export function readDecoder(
  name: string,
  bytes: Uint8Array,
  vocabularySize: number,
  embeddingDim: number,
): Float32Array | Float64Array {
  const array = readNpy(name, bytes);
  const [rows, columns] = array.shape;
  if (array.shape.length !== 2 || rows !== vocabularySize || columns !== embeddingDim) {
    const isTransposed = array.shape.length === 2 && rows === embeddingDim && columns === vocabularySize;
    throw new FileError(
      name,
      `expected a decoder of shape (${vocabularySize}, ${embeddingDim}), words × dimensions, found ${shapeText(array)}${isTransposed ? ", its transpose" : ""}`,
    );
  }
  if (!holdsNumbers(array)) throw new FileError(name, `expected a decoder of numbers, found ${array.storedAs}`);
  const decoder = toFloats(array.data);
  const bad = decoder.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0)
    throw new FileError(
      name,
      `expected finite numbers, found ${decoder[bad]} at word ${Math.floor(bad / embeddingDim)}, dimension ${bad % embeddingDim}`,
    );
  return decoder;
}

// ── Bytes ────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function* readChunks(
  file: ProblemSource,
  options: ReadProblemOptions,
  fail: Fail,
): AsyncGenerator<Uint8Array, void, void> {
  const { onProgress } = options;
  const signal = signalOf(options);
  signal?.throwIfAborted();
  const tooLarge = (): never =>
    fail(`expected at most 1 GiB, found ${file.size === undefined ? "more" : `${file.size} bytes`}`);
  if (file.size !== undefined && file.size > MOST_BYTES) tooLarge();
  const unreadable = (cause: unknown): FileError =>
    new FileError(file.name, "the file could not be read to its end; it may have been moved or changed", { cause });
  let reader: ReadableStreamDefaultReader<Uint8Array>;
  try {
    reader = file.stream().getReader();
  } catch (error) {
    throw unreadable(error);
  }
  // A cancelled stream ends a read that waits for its source.
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal?.addEventListener("abort", cancel, { once: true });
  let received = 0;
  const progress = { phase: "reading", message: `reading ${file.name}` } as const;
  try {
    for (;;) {
      const step = await reader.read().catch((error: unknown) => {
        throw unreadable(error);
      });
      signal?.throwIfAborted();
      if (step.done) break;
      received += step.value.length;
      if (received > MOST_BYTES) tooLarge();
      if (file.size) onProgress?.({ ...progress, fraction: Math.min(1, received / file.size) });
      yield step.value;
    }
    if (file.size !== undefined && received !== file.size)
      fail(`expected ${file.size} bytes, found ${received}: the file changed while it was read`);
  } finally {
    signal?.removeEventListener("abort", cancel);
    cancel();
  }
}

async function takeHead(chunks: AsyncGenerator<Uint8Array, void, void>): Promise<Uint8Array> {
  const taken: Uint8Array[] = [];
  for (let length = 0; length < HEAD_BYTES;) {
    const step = await chunks.next();
    if (step.done) break;
    taken.push(step.value);
    length += step.value.length;
  }
  return join(taken);
}

async function* prepend(head: Uint8Array, rest: AsyncGenerator<Uint8Array, void, void>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* rest;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return join(parts);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function tellKind(name: string, head: Uint8Array, fail: Fail): ProblemFile["kind"] {
  if (head.length === 0) return fail("expected a problem, found an empty file");
  const content = recogniseContent(head);
  if (content?.endsWith("zip archive")) return "npz";
  if (content === "a single .npy array")
    return fail("expected an .npz archive of a problem's arrays (numpy.savez writes one), found a single .npy array");
  if (content !== undefined) return fail(`expected an .npz archive, JSON or text, found ${content}`);
  if (/\.np[yz]$/i.test(name)) return "npz";
  return /\.json$/i.test(name) ? "json" : "text";
}

// ── The three kinds ──────────────────────────────────────────────────────────────────────────────────────────────────

async function readText(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadProblemOptions,
  fail: Fail,
): Promise<ProblemFile> {
  let replaced = 0;
  async function* decode(): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    const count = (text: string): string => {
      for (let at = text.indexOf("\ufffd"); at >= 0; at = text.indexOf("\ufffd", at + 1)) replaced++;
      return text;
    };
    let done = 0;
    for await (const chunk of chunks) {
      refuseNul(chunk, done, fail);
      done += chunk.length;
      yield count(decoder.decode(chunk, { stream: true }));
    }
    yield count(decoder.decode());
  }
  const corpus = await problemFromText(decode(), corpusOptions(options));
  const notes = corpusNotes(corpus);
  if (replaced > 0)
    notes.unshift(`${counted(replaced, "character")} read as U+FFFD, the sign for bytes that are not UTF-8.`);
  return { problem: corpus.problem, kind: "text", notes };
}

async function readProblemJson(
  name: string,
  bytes: Uint8Array,
  options: ReadProblemOptions,
  fail: Fail,
): Promise<ProblemFile> {
  refuseNul(bytes, 0, fail);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const isBadText = error instanceof TypeError;
    const message = isBadText
      ? "expected JSON in UTF-8, found bytes that are not"
      : "the text is too long for this browser";
    throw new FileError(name, message, { cause: error });
  }
  const content = readJson(name, text, options.seed);
  if (content.format === "ntp-sequences@1") {
    const corpus = await problemFromTokens(content.sequences, corpusOptions(options));
    return { problem: corpus.problem, kind: "json", notes: corpusNotes(corpus) };
  }
  const problem = createProblem(content.input);
  return { problem, kind: "json", notes: [...content.notes, ...mergeNotes(problem)] };
}

function readProblemNpz(arrays: Arrays, fail: Fail): ProblemFile {
  const notes: string[] = [];
  const embeddings = takeNumbers(arrays, "embeddings", fail);
  const offsets = takeNumbers(arrays, "offsets", fail);
  const tokens = takeNumbers(arrays, "tokens", fail);
  const probabilities = takeNumbers(arrays, "probabilities", fail);
  const weights = arrays.has("weights") ? takeNumbers(arrays, "weights", fail) : undefined;
  const labels = arrays.has("context_labels") ? takeStrings(arrays, "context_labels", fail) : undefined;
  const { vocabularySize, words } = takeVocabulary(arrays, fail);

  const [contextCount, embeddingDim] = arrays.get("embeddings")!.shape as [number, number];
  const nnz = tokens.length;
  requireLength("offsets", offsets.length, contextCount + 1, 'one more than the rows of "embeddings"', fail);
  requireLength("probabilities", probabilities.length, nnz, "one per token", fail);
  if (weights) requireLength("weights", weights.length, contextCount, "one per context", fail);
  if (labels) requireLength("context_labels", labels.length, contextCount, "one per context", fail);
  if (words) requireLength("words", words.length, vocabularySize, "one per word of the vocabulary", fail);
  for (const [key, { storedAs }] of arrays)
    if (storedAs === "float16") notes.push(`The ${key} were stored as float16 and widened.`);
  const { storedAs } = arrays.get("probabilities")!;
  const input: ProblemInput = {
    vocabularySize,
    embeddingDim,
    embeddings: toFloats(embeddings),
    offsets,
    tokens,
    probabilities,
    probabilityType: storedAs === "float32" || storedAs === "float16" ? storedAs : "float64",
    ...(weights && { weights }),
    ...(labels && { contextLabels: labels }),
    ...(words && { words }),
    // Rounding to 11 bits changes each probability by at most this share, and so their sum.
    ...(storedAs === "float16" && { sumTolerance: 2 ** -11 }),
  };
  const problem = createProblem(input);
  return { problem, kind: "npz", notes: [...notes, ...mergeNotes(problem)] };
}

// ── Keys of an .npz problem ──────────────────────────────────────────────────────────────────────────────────────────

type Holds = "numbers" | "whole numbers" | "strings";

/** What each key must hold; `vocabulary` may hold strings in one dimension as well. */
const KEYS = {
  embeddings: { rank: 2, holds: "numbers", is: "the contexts' embeddings (m × d)" },
  offsets: { rank: 1, holds: "whole numbers", is: "the starts of the contexts' rows (m + 1)" },
  tokens: { rank: 1, holds: "whole numbers", is: "the words that follow each context" },
  probabilities: { rank: 1, holds: "numbers", is: "their probabilities" },
  weights: { rank: 1, holds: "numbers", is: "the contexts' frequencies (m)" },
  vocabulary: { rank: 0, holds: "whole numbers", is: "the number of words, or the words" },
  words: { rank: 1, holds: "strings", is: "the words (V)" },
  context_labels: { rank: 1, holds: "strings", is: "the contexts' names (m)" },
} as const satisfies Readonly<Record<string, { rank: number; holds: Holds; is: string }>>;

type Key = keyof typeof KEYS;
type Arrays = ReadonlyMap<string, NpyArray>;

function take(arrays: Arrays, key: Key, fail: Fail): NpyArray {
  return arrays.get(key) ?? fail(`key "${key}": expected ${KEYS[key].is}, found no such key`);
}

function takeNumbers(arrays: Arrays, key: Key, fail: Fail): NpyNumbers {
  const array = take(arrays, key, fail);
  requireRank(array, key, fail);
  if (!holdsNumbers(array) || (KEYS[key].holds === "whole numbers" && array.storedAs.startsWith("float")))
    return fail(`key "${key}": expected ${KEYS[key].holds}, found ${array.storedAs}`);
  return array.data;
}

function takeStrings(arrays: Arrays, key: Key, fail: Fail): readonly string[] {
  const array = take(arrays, key, fail);
  requireRank(array, key, fail);
  return holdsStrings(array) ? array.data : fail(`key "${key}": expected strings, found ${array.storedAs}`);
}

function takeVocabulary(arrays: Arrays, fail: Fail): { vocabularySize: number; words: readonly string[] | undefined } {
  const vocabulary = take(arrays, "vocabulary", fail);
  if (!holdsStrings(vocabulary))
    return {
      vocabularySize: takeNumbers(arrays, "vocabulary", fail)[0]!,
      words: arrays.has("words") ? takeStrings(arrays, "words", fail) : undefined,
    };
  if (vocabulary.shape.length !== 1)
    return fail(`key "vocabulary": expected words in 1 dimension, found shape ${shapeText(vocabulary)}`);
  if (arrays.has("words")) return fail('key "words": expected none beside the words in "vocabulary", found some');
  return { vocabularySize: vocabulary.data.length, words: vocabulary.data };
}

function requireRank(array: NpyArray, key: Key, fail: Fail): void {
  const { rank } = KEYS[key];
  if (array.shape.length === rank) return;
  const expected = rank === 0 ? "a single value" : rank === 1 ? "1 dimension" : `${rank} dimensions`;
  fail(`key "${key}": expected ${expected}, found shape ${shapeText(array)}`);
}

function requireLength(key: Key, found: number, expected: number, why: string, fail: Fail): void {
  const items = KEYS[key].holds === "strings" ? "strings" : "values";
  if (found !== expected) fail(`key "${key}": expected ${expected} ${items}, ${why}, found ${found}`);
}

function holdsStrings(array: NpyArray): array is NpyArray & { readonly data: readonly string[] } {
  return array.storedAs === "string";
}

function holdsNumbers(array: NpyArray): array is NpyArray & { readonly data: NpyNumbers } {
  return array.storedAs !== "string" && array.storedAs !== "bool";
}

function toFloats(numbers: NpyNumbers): Float32Array | Float64Array {
  return numbers instanceof Float32Array || numbers instanceof Float64Array ? numbers : Float64Array.from(numbers);
}

function shapeText({ shape }: NpyArray): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

// ── Helpers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function refuseNul(chunk: Uint8Array, done: number, fail: Fail): void {
  const at = chunk.indexOf(0);
  if (at >= 0)
    fail(`expected text in UTF-8, found a zero byte at byte ${done + at}, as in UTF-16 text and binary files`);
}

function signalOf({ signal, corpus }: ReadProblemOptions): AbortSignal | undefined {
  return signal ?? corpus?.signal;
}

function corpusOptions(options: ReadProblemOptions): CorpusOptions {
  const signal = signalOf(options);
  return { ...(options.seed !== undefined && { seed: options.seed }), ...options.corpus, ...(signal && { signal }) };
}

function corpusNotes({
  problem,
  droppedContexts,
  contextTotal,
  keptShare,
  unknownShare,
  vocabularyTotal,
}: Corpus): string[] {
  const notes: string[] = [];
  if (droppedContexts > 0)
    notes.push(
      `${counted(problem.contextCount, "context")} of ${contextTotal} kept, the most frequent, with ${percent(keptShare)} of the text's positions.`,
    );
  if (unknownShare > 0)
    notes.push(
      `${counted(problem.vocabularySize, "word")} of ${vocabularyTotal} kept; the rest, ${percent(unknownShare)} of the text, are one unknown word.`,
    );
  return [...notes, ...mergeNotes(problem)];
}

function mergeNotes({ mergedCount }: Problem): string[] {
  if (mergedCount === 0) return [];
  return [`${counted(mergedCount, "row")} merged into earlier rows of the same context.`];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
