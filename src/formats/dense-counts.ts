import { addCount, problemFromCounts, type CountRows } from "../problem/corpus/counts.ts";
import { corpusOptions, type Fail, type FormatOutput, type ReadProblemOptions } from "./format.ts";
import {
  numbersOf,
  requireKind,
  requireLength,
  stringsOf,
  wideningNotes,
  type ArrayKind,
  type NamedArrays,
} from "./named-arrays.ts";
import { countNotes, unreadNotes } from "./notes.ts";
import { toFloats } from "./npy.ts";

const KEYS = {
  embeddings: { rank: 2, holds: "numbers", is: "the contexts' embeddings (m × d)" },
  counts: { rank: 2, holds: "numbers", is: "how often each word follows each context (m × V)" },
  words: { rank: 1, holds: "strings", is: "the words (V)", isOptional: true },
} as const satisfies Readonly<Record<string, ArrayKind>>;

type Key = keyof typeof KEYS;

/** Embeddings beside a dense matrix of counts. */
export const hasDenseCounts = (keys: readonly string[]): boolean =>
  keys.includes("counts") && !keys.includes("offsets");

/** A problem of the arrays `embeddings` (m × d) and `counts` (m × V, at least 0), and optionally `words` (V strings). */
export async function readDenseCounts(
  file: NamedArrays,
  options: ReadProblemOptions,
  fail: Fail,
): Promise<FormatOutput> {
  const known = Object.keys(KEYS) as Key[];
  const headers = file.headers(known);
  for (const key of known) requireKind(headers, key, KEYS[key], fail);
  const [contextCount, vocabularySize] = headers.get("counts")!.shape as [number, number];
  requireLength(headers, "embeddings", KEYS.embeddings, contextCount, 'one row for each of "counts"', fail);
  requireLength(headers, "words", KEYS.words, vocabularySize, 'one per column of "counts"', fail);
  const arrays = file.read(known);
  const counts = numbersOf(arrays, "counts");
  const rows: CountRows = new Map();
  for (let i = 0; i < counts.length; i++) {
    const [context, word] = [Math.floor(i / vocabularySize), i % vocabularySize];
    if (!(counts[i]! >= 0 && counts[i]! < Infinity))
      fail(`key "counts": expected counts of at least 0, found ${counts[i]} at context ${context}, word ${word}`);
    addCount(rows, context, word, counts[i]!);
  }
  const words = stringsOf(arrays, "words");
  const made = await problemFromCounts(
    {
      ...{ rows, contextCount, vocabularySize },
      ...(words && { words }),
      embeddings: {
        embeddings: toFloats(numbersOf(arrays, "embeddings")),
        embeddingDim: headers.get("embeddings")!.shape[1]!,
      },
    },
    corpusOptions(options),
  );
  const unread = file.keys.filter((key) => !(known as readonly string[]).includes(key));
  return {
    problem: made.problem,
    notes: [...unreadNotes("array", unread), ...wideningNotes(arrays), ...countNotes(made)],
  };
}
