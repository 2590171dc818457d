import { createProblem, requireDecoder, type ProblemInput } from "../problem/problem.ts";
import { editDistance, nearestName } from "../support/options.ts";
import { collect } from "./bytes.ts";
import { type Fail, type Format, type FormatOutput } from "./format.ts";
import {
  holdsNumbers,
  quote,
  recogniseContent,
  shapeText,
  toFloats,
  type NpyArray,
  type NpyHeader,
  type NpyNumbers,
} from "./npy.ts";
import { openNpz } from "./npz.ts";
import { problemNotes, unreadNotes } from "./notes.ts";

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
    const notes = notesOnOthers(archive.keys, fail);
    const headers = archive.headers(Object.keys(KEYS));
    const vocabularySize = requireSizes(headers, () => archive.read(["vocabulary"]).get("vocabulary")!, fail);
    return problemOf(archive.read([...headers.keys()]), headers, vocabularySize, notes, fail);
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
type Headers = ReadonlyMap<string, NpyHeader>;
type Arrays = ReadonlyMap<string, NpyArray>;

const OPTIONAL: readonly Key[] = ["weights", "words", "context_labels"];

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
  for (const key of Object.keys(KEYS) as Key[]) requireKind(headers, key, fail);
  const lengthOf = (key: Key): number => headers.get(key)!.shape[0]!;
  const requireLength = (key: Key, expected: number, why: string): void => {
    const items = KEYS[key].holds === "strings" ? "strings" : "values";
    if (headers.has(key) && lengthOf(key) !== expected)
      fail(`key "${key}": expected ${expected} ${items}, ${why}, found ${lengthOf(key)}`);
  };
  const contextCount = lengthOf("embeddings");
  requireLength("offsets", contextCount + 1, 'one more than the rows of "embeddings"');
  requireLength("probabilities", lengthOf("tokens"), "one per token");
  requireLength("weights", contextCount, "one per context");
  requireLength("context_labels", contextCount, "one per context");
  const isNamed = headers.get("vocabulary")!.storedAs === "string";
  const vocabularySize = isNamed ? lengthOf("vocabulary") : (readVocabulary().data[0] as number);
  requireLength("words", vocabularySize, "one per word of the vocabulary");
  requireDecoder(vocabularySize, headers.get("embeddings")!.shape[1]!);
  return vocabularySize;
}

function requireKind(headers: Headers, key: Key, fail: Fail): void {
  const { rank, holds, is } = KEYS[key];
  const header = headers.get(key);
  if (!header) return OPTIONAL.includes(key) ? undefined : fail(`key "${key}": expected ${is}, found no such key`);
  const { shape, storedAs } = header;
  if (key === "vocabulary" && storedAs === "string") {
    if (shape.length !== 1) fail(`key "vocabulary": expected words in 1 dimension, found shape ${shapeText(shape)}`);
    if (headers.has("words")) fail('key "words": expected none beside the words in "vocabulary", found some');
    return;
  }
  const dimensions = rank === 0 ? "a single value" : rank === 1 ? "1 dimension" : `${rank} dimensions`;
  if (shape.length !== rank) fail(`key "${key}": expected ${dimensions}, found shape ${shapeText(shape)}`);
  const isHeld =
    holds === "strings"
      ? storedAs === "string"
      : holdsNumbers(header) && !(holds === "whole numbers" && storedAs.startsWith("float"));
  if (!isHeld) fail(`key "${key}": expected ${holds}, found ${storedAs}`);
}

function problemOf(
  arrays: Arrays,
  headers: Headers,
  vocabularySize: number,
  unread: readonly string[],
  fail: Fail,
): FormatOutput {
  const notes = [...unread];
  const numbers = (key: Key): NpyNumbers => arrays.get(key)!.data as NpyNumbers;
  const strings = (key: Key): readonly string[] | undefined => arrays.get(key)?.data as readonly string[] | undefined;
  const labels = strings("context_labels");
  if (labels) refuseCutLabels(labels, headers.get("context_labels")!.room, fail);
  const words = arrays.get("vocabulary")!.storedAs === "string" ? strings("vocabulary") : strings("words");
  for (const [key, { storedAs }] of arrays)
    if (storedAs === "float16") notes.push(`The ${key} were stored as float16 and widened.`);
  const { storedAs } = arrays.get("probabilities")!;
  const input: ProblemInput = {
    vocabularySize,
    embeddingDim: headers.get("embeddings")!.shape[1]!,
    embeddings: toFloats(numbers("embeddings")),
    offsets: numbers("offsets"),
    tokens: numbers("tokens"),
    probabilities: numbers("probabilities"),
    probabilityType: storedAs === "float32" || storedAs === "float16" ? storedAs : "float64",
    ...(arrays.has("weights") && { weights: numbers("weights") }),
    ...(labels && { contextLabels: labels }),
    ...(words && { words }),
  };
  const problem = createProblem(input);
  return { problem, notes: [...notes, ...problemNotes(problem)] };
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
