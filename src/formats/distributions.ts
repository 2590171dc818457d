import { createProblem, requireDecoder, type ProblemInput } from "../problem/problem.ts";
import { editDistance, nearestName } from "../support/options.ts";
import { quote } from "./content.ts";
import type { Fail, FormatOutput } from "./format.ts";
import {
  numbersOf,
  requireKind,
  requireLength,
  stringsOf,
  wideningNotes,
  type ArrayKind,
  type Headers,
  type NamedArrays,
} from "./named-arrays.ts";
import { problemNotes, unreadNotes } from "./notes.ts";
import { shapeText, toFloats, type NpyArray } from "./npy.ts";

/** What each key must hold; `vocabulary` may hold strings in one dimension as well. */
const KEYS = {
  embeddings: { rank: 2, holds: "numbers", is: "the contexts' embeddings (m × d)" },
  offsets: { rank: 1, holds: "whole numbers", is: "the starts of the contexts' rows (m + 1)" },
  tokens: { rank: 1, holds: "whole numbers", is: "the words that follow each context" },
  probabilities: { rank: 1, holds: "numbers", is: "their probabilities" },
  weights: { rank: 1, holds: "numbers", is: "the contexts' frequencies (m)", isOptional: true },
  vocabulary: { rank: 0, holds: "whole numbers", is: "the number of words, or the words" },
  words: { rank: 1, holds: "strings", is: "the words (V)", isOptional: true },
  context_labels: { rank: 1, holds: "strings", is: "the contexts' names (m)", isOptional: true },
} as const satisfies Readonly<Record<string, ArrayKind>>;

type Key = keyof typeof KEYS;
type Arrays = ReadonlyMap<string, NpyArray>;

/**
 * A problem of the arrays `embeddings` (m × d), `offsets` (m + 1), `tokens` and `probabilities` (one per entry), `vocabulary` (V, or V
 * strings), and optionally `weights` (m, uniform when left out), `words` (V strings) and `context_labels` (m strings). A key that is nearly
 * one of these is refused, any other is left unread and said in a note.
 */
export function readDistributions(file: NamedArrays, fail: Fail): FormatOutput {
  const unread = notesOnOthers(file.keys, fail);
  const headers = file.headers(Object.keys(KEYS));
  const vocabularySize = requireSizes(headers, () => file.read(["vocabulary"]).get("vocabulary")!, fail);
  return problemOf(file.read([...headers.keys()]), headers, vocabularySize, unread, fail);
}

/** Edits that make a key another one by a slip of the hand. */
const FEW_EDITS = 2;

/** Other programs keep arrays of their own beside ours; one that is nearly ours was meant to be read. */
function notesOnOthers(keys: readonly string[], fail: Fail): readonly string[] {
  const known = Object.keys(KEYS);
  const unknown = keys.filter((key) => !known.includes(key));
  for (const key of unknown) {
    const nearest = nearestName(key, known);
    if (editDistance(key.toLowerCase(), nearest) <= FEW_EDITS)
      fail(`unknown key ${quote(key)}, the nearest known one is "${nearest}"`);
  }
  return unreadNotes("array", unknown);
}

/**
 * Holds the headers against what each key must be and against each other.
 * @param readVocabulary reads a vocabulary that is one number
 * @returns V
 */
function requireSizes(headers: Headers, readVocabulary: () => NpyArray, fail: Fail): number {
  for (const key of Object.keys(KEYS) as Key[])
    if (key === "vocabulary" && headers.get(key)?.storedAs === "string") requireWordsOnce(headers, fail);
    else requireKind(headers, key, KEYS[key], fail);
  const lengthOf = (key: Key): number => headers.get(key)!.shape[0]!;
  const requireLengthOf = (key: Key, expected: number, why: string): void =>
    requireLength(headers, key, KEYS[key], expected, why, fail);
  const contextCount = lengthOf("embeddings");
  requireLengthOf("offsets", contextCount + 1, 'one more than the rows of "embeddings"');
  requireLengthOf("probabilities", lengthOf("tokens"), "one per token");
  requireLengthOf("weights", contextCount, "one per context");
  requireLengthOf("context_labels", contextCount, "one per context");
  const isNamed = headers.get("vocabulary")!.storedAs === "string";
  const vocabularySize = isNamed ? lengthOf("vocabulary") : (readVocabulary().data[0] as number);
  requireLengthOf("words", vocabularySize, "one per word of the vocabulary");
  requireDecoder(vocabularySize, headers.get("embeddings")!.shape[1]!);
  return vocabularySize;
}

/** A vocabulary that is words says all that `words` could. */
function requireWordsOnce(headers: Headers, fail: Fail): void {
  const { shape } = headers.get("vocabulary")!;
  if (shape.length !== 1) fail(`key "vocabulary": expected words in 1 dimension, found shape ${shapeText(shape)}`);
  if (headers.has("words")) fail('key "words": expected none beside the words in "vocabulary", found some');
}

function problemOf(
  arrays: Arrays,
  headers: Headers,
  vocabularySize: number,
  unread: readonly string[],
  fail: Fail,
): FormatOutput {
  const labels = stringsOf(arrays, "context_labels");
  if (labels) refuseCutLabels(labels, headers.get("context_labels")!.room, fail);
  const words =
    arrays.get("vocabulary")!.storedAs === "string" ? stringsOf(arrays, "vocabulary") : stringsOf(arrays, "words");
  const { storedAs } = arrays.get("probabilities")!;
  const input: ProblemInput = {
    vocabularySize,
    embeddingDim: headers.get("embeddings")!.shape[1]!,
    embeddings: toFloats(numbersOf(arrays, "embeddings")),
    offsets: numbersOf(arrays, "offsets"),
    tokens: numbersOf(arrays, "tokens"),
    probabilities: numbersOf(arrays, "probabilities"),
    probabilityType: storedAs === "float32" || storedAs === "float16" ? storedAs : "float64",
    ...(arrays.has("weights") && { weights: numbersOf(arrays, "weights") }),
    ...(labels && { contextLabels: labels }),
    ...(words && { words }),
  };
  const problem = createProblem(input);
  return { problem, notes: [...unread, ...wideningNotes(arrays), ...problemNotes(problem)] };
}

/** Equal labels make one context of two. NumPy cuts a longer string to the room of the dtype and says nothing. */
function refuseCutLabels(labels: readonly string[], room: number, fail: Fail): void {
  const full = new Map<string, number>();
  labels.forEach((label, j) => {
    if ([...label].length < room) return;
    const first = full.get(label);
    if (first !== undefined)
      fail(
        `key "context_labels": expected labels that repeat to be shorter than the ${room} characters of their dtype, which may have cut them, found ${quote(label)} at ${first} and ${j}: save them as <U${room + 1} if they are whole`,
      );
    full.set(label, j);
  });
}
