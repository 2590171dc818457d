import { FileError, OptionError } from "../errors.ts";
import { withEmbeddings } from "../problem/changes.ts";
import { MOST_DRAWN_NUMBERS } from "../problem/embeddings.ts";
import { describe } from "../support/options.ts";
import { prepend, readChunks, takeHead } from "./bytes.ts";
import { quote, recogniseContent } from "./content.ts";
import {
  refuseNul,
  type Fail,
  type Format,
  type FormatOutput,
  type ProblemSource,
  type ReadProblemOptions,
} from "./format.ts";
import { counted } from "./notes.ts";
import { VECTOR_NUMBER } from "./recognise-vectors.ts";

/** Formats whose contexts have names, and embeddings only where they are drawn. */
const NAMED_FORMATS: readonly string[] = ["table", "parquet", "text", "json-lines"];
const [LINE_FEED, CARRIAGE_RETURN, SPACE] = [0x0a, 0x0d, 0x20];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** Of a line: d may be a million. */
const MOST_LINE_BYTES = 2 ** 24;

/** @throws OptionError for vectors that are no file, or that a problem in this format, or drawn embeddings, leave no use for */
export function requireVectors(
  { vectors, corpus }: ReadProblemOptions,
  { name, noun }: Pick<Format, "name" | "noun">,
  file: string,
): void {
  if (typeof vectors?.stream !== "function" || typeof vectors.name !== "string")
    throw new OptionError("vectors", `expected a file of word vectors, found ${describe(vectors)}`);
  if (!NAMED_FORMATS.includes(name))
    throw new OptionError("vectors", `expected contexts that are words of a table or text, found ${noun} in ${file}`);
  for (const key of ["embedding", "embeddingDim"] as const)
    if (corpus?.[key] !== undefined)
      throw new OptionError(
        key,
        `expected none beside vectors, which are the embeddings, found ${describe(corpus[key])}`,
      );
}

/**
 * The problem with the vectors of `options.vectors` for embeddings: h_j is the vector of the word that context j is called.
 * @throws FileError for a damaged file of vectors, and for a context that has none; the signal's reason when aborted
 */
export async function withVectors(
  { problem, notes }: FormatOutput,
  options: ReadProblemOptions,
): Promise<FormatOutput> {
  const vectors = options.vectors!;
  const embeddings = await readVectors(vectors, problem.contextLabels!, options);
  const dim = embeddings.length / problem.contextCount;
  return {
    problem: withEmbeddings(problem, embeddings),
    notes: [`The embeddings are vectors of ${vectors.name}, dimension ${dim}.`, ...notes],
  };
}

/**
 * Vectors of words, m × d, row-major, out of a file in the text form of word2vec, a header `V d` and a line `word x_1 … x_d` for each
 * word, or in that of GloVe, which has no header. A first line of two whole numbers is one. Only lines of `words` are made numbers.
 */
async function readVectors(
  source: ProblemSource,
  words: readonly string[],
  options: ReadProblemOptions,
): Promise<Float64Array> {
  const fail: Fail = (message) => {
    throw new FileError(source.name, message);
  };
  const places = new Map(words.map((word, j) => [word, j]));
  const missing = new Set(words);
  /** Lines of all words. */
  const known = new Map<string, number>();
  let header: { readonly count: number; readonly dim: number } | undefined;
  let embeddings: Float64Array | undefined;
  let dim = 0;
  for await (const { bytes, line } of linesOf(source, options, fail)) {
    const failHere: Fail = (message) => fail(`line ${line}: ${message}`);
    const end = bytes.includes(SPACE) ? bytes.indexOf(SPACE) : bytes.length;
    const count = countNumbers(bytes, end);
    if (!embeddings) {
      const [, stated, statedDim] = (count === 1 && /^(\d+) +(\d+)$/.exec(decode(bytes, failHere))) || [];
      if (stated !== undefined) header = { count: Number(stated), dim: Number(statedDim) };
      dim = header?.dim ?? count;
      if (dim === 0) failHere(`expected at least one number in a vector, found ${header ? "0" : "none"}`);
      if (words.length * dim > MOST_DRAWN_NUMBERS)
        failHere(`expected at most ${MOST_DRAWN_NUMBERS} numbers in all vectors, found ${words.length} × ${dim}`);
      embeddings = new Float64Array(words.length * dim);
      if (header) continue;
    }
    if (end === 0) failHere("expected a word, found a space at the beginning");
    if (count !== dim)
      failHere(
        `expected ${counted(dim, "number")} behind the word, as ${header ? "the header says" : "in the first line"}, found ${count}`,
      );
    const word = decode(bytes.subarray(0, end), failHere);
    const earlier = known.get(word);
    if (earlier !== undefined)
      failHere(`expected each word once, found ${quote(word)} again, the word of line ${earlier}`);
    known.set(word, line);
    if (!missing.delete(word)) continue;
    embeddings.set(readNumbers(decode(bytes.subarray(end), failHere), failHere), places.get(word)! * dim);
  }
  if (header && header.count !== known.size)
    fail(`line 1: expected ${counted(header.count, "line")} to follow, as the header says, found ${known.size}`);
  if (!embeddings) return fail("expected word vectors, found an empty file");
  const [first] = missing;
  if (first !== undefined)
    fail(
      `expected a vector for every context, found none for ${missing.size} of ${words.length}, the first ${quote(first)}${first.includes(" ") ? " (a vector is that of one word)" : ""}`,
    );
  return embeddings;
}

/** The lines that are not blank, without spaces at their ends, counted from 1. */
async function* linesOf(
  source: ProblemSource,
  options: ReadProblemOptions,
  fail: Fail,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly line: number }, void, void> {
  const chunks = readChunks(source, options, fail, Infinity);
  try {
    const head = await takeHead(chunks);
    const content = recogniseContent(head);
    if (content) fail(`expected word vectors as text, found ${content.words}`);
    const isMarked = BYTE_ORDER_MARK.every((byte, i) => head[i] === byte) && head[3] !== SPACE;
    let rest: Uint8Array = new Uint8Array();
    let [done, line] = [0, 0];
    for await (const chunk of prepend(isMarked ? head.subarray(3) : head, chunks)) {
      refuseNul(chunk, done, fail);
      done += chunk.length;
      let start = 0;
      for (let end; (end = chunk.indexOf(LINE_FEED, start)) >= 0; start = end + 1) {
        const bytes = trimmedEnd(joined(rest, chunk.subarray(start, end)));
        rest = rest.subarray(0, 0);
        line++;
        if (bytes.length > 0) yield { bytes, line };
      }
      rest = joined(rest, chunk.subarray(start));
      if (rest.length > MOST_LINE_BYTES)
        fail(`line ${line + 1}: expected at most ${MOST_LINE_BYTES} bytes, found more`);
    }
    const bytes = trimmedEnd(rest);
    if (bytes.length > 0) yield { bytes, line: line + 1 };
  } finally {
    await chunks.return();
  }
}

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  if (before.length === 0) return after;
  const whole = new Uint8Array(before.length + after.length);
  whole.set(before);
  whole.set(after, before.length);
  return whole;
}

function trimmedEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (bytes[end - 1] === SPACE || bytes[end - 1] === CARRIAGE_RETURN) end--;
  return bytes.subarray(0, end);
}

/** Runs of bytes between spaces, from `start` on, which is a space or the end. */
function countNumbers(bytes: Uint8Array, start: number): number {
  let count = 0;
  for (let i = start + 1; i < bytes.length; i++) if (bytes[i - 1] === SPACE && bytes[i] !== SPACE) count++;
  return count;
}

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, fail: Fail): string {
  try {
    return DECODER.decode(bytes);
  } catch {
    return fail("expected text in UTF-8, found bytes that are not");
  }
}

/** @param text with a space before each number */
function readNumbers(text: string, fail: Fail): number[] {
  const [, ...fields] = text.split(/ +/);
  return fields.map((field, k) => {
    const value = VECTOR_NUMBER.test(field) ? Number(field) : NaN;
    return Number.isFinite(value) ? value : fail(`expected finite numbers, found ${quote(field)} at ${k}`);
  });
}
