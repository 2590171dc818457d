import { createProblem, type ProblemInput } from "../problem/problem.ts";
import { editDistance, nearestName } from "../support/options.ts";
import { collect } from "./bytes.ts";
import { counted, mergeNotes, type Fail, type Format, type FormatOutput } from "./format.ts";
import {
  holdsNumbers,
  holdsStrings,
  quote,
  recogniseContent,
  shapeText,
  toFloats,
  type NpyArray,
  type NpyNumbers,
} from "./npy.ts";
import { openNpz } from "./npz.ts";

/**
 * An .npz archive with `embeddings` (m × d), `offsets` (m + 1), `tokens` and `probabilities` (one per entry), `vocabulary`
 * (V, or V strings), and optionally `weights` (m, uniform when left out), `words` (V strings) and `context_labels` (m
 * strings). A key that is nearly one of these is refused, any other is left unread and said in a note.
 */
export const NPZ = {
  name: "npz",
  extensions: [".npz"],
  mistakenExtensions: [".npy"],
  mimeTypes: [],
  label: ".npz",
  noun: "an .npz archive",
  description: "Contexts, embeddings and next-word probabilities as the archive holds them.",
  isContent: (head) => recogniseContent(head)?.kind === "zip",
  read: async ({ name, chunks, fail }) => {
    const archive = openNpz(name, await collect(chunks));
    const notes = unreadNotes(archive.keys, fail);
    return problemOf(archive.read(Object.keys(KEYS)), notes, fail);
  },
} as const satisfies Format;

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

/** Edits that make a key another one by a slip of the hand. */
const FEW_EDITS = 2;
const MOST_NAMED = 5;

/** Other programs keep arrays of their own beside ours; one that is nearly ours was meant to be read. */
function unreadNotes(keys: readonly string[], fail: Fail): readonly string[] {
  const known = Object.keys(KEYS);
  const unknown = keys.filter((key) => !known.includes(key));
  for (const key of unknown) {
    const nearest = nearestName(key, known);
    if (editDistance(key.toLowerCase(), nearest) <= FEW_EDITS)
      fail(`unknown key ${quote(key)}, the nearest known one is "${nearest}"`);
  }
  if (unknown.length === 0) return [];
  const named = unknown.slice(0, MOST_NAMED).map(quote).join(", ");
  const rest = unknown.length > MOST_NAMED ? ` and ${unknown.length - MOST_NAMED} more` : "";
  return [`${counted(unknown.length, "array")} left unread: ${named}${rest}.`];
}

function problemOf(arrays: Arrays, unread: readonly string[], fail: Fail): FormatOutput {
  const notes = [...unread];
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
  return { problem, notes: [...notes, ...mergeNotes(problem)] };
}

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
    return fail(`key "vocabulary": expected words in 1 dimension, found shape ${shapeText(vocabulary.shape)}`);
  if (arrays.has("words")) return fail('key "words": expected none beside the words in "vocabulary", found some');
  return { vocabularySize: vocabulary.data.length, words: vocabulary.data };
}

function requireRank(array: NpyArray, key: Key, fail: Fail): void {
  const { rank } = KEYS[key];
  if (array.shape.length === rank) return;
  const expected = rank === 0 ? "a single value" : rank === 1 ? "1 dimension" : `${rank} dimensions`;
  fail(`key "${key}": expected ${expected}, found shape ${shapeText(array.shape)}`);
}

function requireLength(key: Key, found: number, expected: number, why: string, fail: Fail): void {
  const items = KEYS[key].holds === "strings" ? "strings" : "values";
  if (found !== expected) fail(`key "${key}": expected ${expected} ${items}, ${why}, found ${found}`);
}
