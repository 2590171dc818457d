/**
 * Problems as JSON, in one of two forms.
 *
 * `ntp-dataset@1` states the contexts and what follows them:
 *
 * ```json
 * {
 *   "format": "ntp-dataset@1",
 *   "vocabulary": ["the", "cat", "sat", "ran"],
 *   "values": "counts",
 *   "contexts": [
 *     { "label": "the", "next": [["cat", 3]] },
 *     { "label": "the cat", "next": [["sat", 2], ["ran", 1]] }
 *   ],
 *   "embedding": { "law": "gaussian", "dim": 8, "seed": 1 }
 * }
 * ```
 *
 * - `vocabulary`: the words, or their number V when they have no names.
 * - `contexts`: each with `next`, pairs of a word (or its number, from 0) and a value; optionally a `label` (for every
 *   context or for none; equal labels are one context), a `weight` (its frequency, on any scale) and an `embedding`
 *   (d numbers, for every context or for none).
 * - `values`: `"probabilities"` (default; each context's sum to 1, and its weight is 1 unless it says another) or
 *   `"counts"` (any positive numbers; the weight is their sum unless it says another).
 * - `embedding`: needed when the contexts carry none. `law` is `"gaussian"`, `"unit-sphere"` or `"orthonormal"`, `dim`
 *   is d, `seed` a whole number.
 *
 * `ntp-sequences@1` states sequences of tokens, whose windows become the contexts:
 *
 * ```json
 * { "format": "ntp-sequences@1", "sequences": [["the", "cat", "sat"], ["the", "cat", "ran"]] }
 * ```
 * @module
 */
import { parse as parseWithPlaces } from "@humanwhocodes/momoa";
import { FileError } from "../errors.ts";
import { nearestName } from "../support/options.ts";
import { drawEmbeddings, EMBEDDING_LAWS, MOST_DRAWN_NUMBERS } from "../problem/embeddings.ts";
import { requireDecoder, SMALLEST_PROBABILITY } from "../problem/problem.ts";
import type { ProblemInput } from "../problem/problem.ts";
import { RandomStream } from "../support/random.ts";
import { EMBEDDING_STREAM } from "../problem/corpus/context-embeddings.ts";
import { quote } from "./content.ts";
import { drawnNote } from "./notes.ts";

/** What a JSON file holds: a whole problem, or sequences to make one of. */
export type JsonContent =
  | {
      readonly format: "ntp-dataset@1";
      readonly input: ProblemInput;
      /** What was done beyond reading, one sentence each. */
      readonly notes: readonly string[];
    }
  | { readonly format: "ntp-sequences@1"; readonly sequences: readonly (readonly string[])[] };

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
type JsonObject = ReadonlyMap<string, Json>;
type Fail = (message: string) => never;

const SUM_TOLERANCE = 1e-6;

/**
 * Reads either JSON form; the module says what each holds.
 * @param name the file's name, for messages
 * @param text the content; a byte order mark is accepted
 * @param defaultSeed seed of drawn embeddings where the file names none, 1 by default
 * @throws FileError naming the place (line and column, or a path such as contexts[3].next[1][1]), what was expected and
 * what was found; ProblemError for too large a decoder
 */
export function readJson(name: string, text: string, defaultSeed = 1): JsonContent {
  const fail: Fail = (message) => {
    throw new FileError(name, message);
  };
  return new FormReader(fail).readRoot(parseJson(text.replace(/^\ufeff/, ""), fail), defaultSeed);
}

/** A context as the file states it. */
interface StatedContext {
  readonly label: string | undefined;
  readonly weight: number;
  readonly embedding: readonly number[] | undefined;
  readonly tokens: readonly number[];
  readonly probabilities: readonly number[];
}

class FormReader {
  readonly #fail: Fail;

  constructor(fail: Fail) {
    this.#fail = fail;
  }

  readRoot(root: Json, defaultSeed: number): JsonContent {
    if (!isObject(root)) return this.#fail(`expected an object, found ${describeJson(root)}`);
    const format = root.get("format");
    if (format === "ntp-dataset@1") return this.#readDataset(root, defaultSeed);
    if (format === "ntp-sequences@1") return this.#readSequences(root);
    return this.#refuse("format", '"ntp-dataset@1" or "ntp-sequences@1"', format);
  }

  #readDataset(root: JsonObject, defaultSeed: number): JsonContent {
    this.#requireKnownKeys("", root, ["format", "vocabulary", "values", "contexts", "embedding"]);
    const vocabulary = this.#readVocabulary(root.get("vocabulary"));
    const values = root.has("values") ? root.get("values") : "probabilities";
    if (values !== "probabilities" && values !== "counts")
      return this.#refuse("values", '"probabilities" or "counts"', values);
    const stated = this.#readArray("contexts", root.get("contexts"), "contexts").map((context, j) =>
      this.#readContext(`contexts[${j}]`, context, vocabulary, values),
    );
    const labels = this.#readLabels(stated);
    const { embeddings, embeddingDim, notes } = this.#readEmbeddings(
      root.get("embedding"),
      stated,
      labels,
      vocabulary.size,
      defaultSeed,
    );
    const offsets = [0];
    for (const { tokens } of stated) offsets.push(offsets.at(-1)! + tokens.length);
    const input: ProblemInput = {
      vocabularySize: vocabulary.size,
      embeddingDim,
      embeddings,
      offsets,
      tokens: stated.flatMap(({ tokens }) => tokens),
      probabilities: stated.flatMap(({ probabilities }) => probabilities),
      weights: stated.map(({ weight }) => weight),
      ...(labels && { contextLabels: labels }),
      ...(vocabulary.words && { words: vocabulary.words }),
    };
    return { format: "ntp-dataset@1", input, notes };
  }

  #readSequences(root: JsonObject): JsonContent {
    this.#requireKnownKeys("", root, ["format", "sequences"]);
    const sequences = this.#readArray("sequences", root.get("sequences"), "sequences of tokens").map((sequence, i) => {
      if (!isArray(sequence)) return this.#refuse(`sequences[${i}]`, "an array of tokens", sequence);
      return sequence.map((token, k) =>
        typeof token === "string" ? token : this.#refuse(`sequences[${i}][${k}]`, "a token in quotes", token),
      );
    });
    return { format: "ntp-sequences@1", sequences };
  }

  #readVocabulary(vocabulary: Json | undefined): Vocabulary {
    if (isArray(vocabulary) && vocabulary.length >= 2) {
      const ids = new Map<string, number>();
      const words = vocabulary.map((word, z) => {
        if (typeof word !== "string") return this.#refuse(`vocabulary[${z}]`, "a word in quotes", word);
        if (ids.has(word)) this.#fail(`vocabulary[${z}]: expected distinct words, found ${quote(word)} a second time`);
        ids.set(word, z);
        return word;
      });
      return { size: words.length, words, ids };
    }
    if (typeof vocabulary === "number" && Number.isInteger(vocabulary) && vocabulary >= 2 && vocabulary <= 2 ** 31)
      return { size: vocabulary, words: undefined, ids: new Map() };
    return this.#refuse("vocabulary", "at least two words or their number, 2 to 2^31", vocabulary);
  }

  #readContext(path: string, context: Json, vocabulary: Vocabulary, values: "probabilities" | "counts"): StatedContext {
    if (!isObject(context)) return this.#refuse(path, "an object", context);
    this.#requireKnownKeys(path, context, ["label", "weight", "embedding", "next"]);
    const label = context.get("label");
    if (label !== undefined && typeof label !== "string") return this.#refuse(`${path}.label`, "a string", label);

    const seen = new Set<number>();
    const given: number[] = [];
    this.#readArray(`${path}.next`, context.get("next"), "pairs of a word and a value").forEach((pair, k) => {
      const at = `${path}.next[${k}]`;
      if (!isArray(pair) || pair.length !== 2) return this.#refuse(at, "a pair of a word and a value", pair);
      const token = this.#readToken(`${at}[0]`, pair[0]!, vocabulary);
      if (seen.has(token))
        this.#fail(`${at}[0]: expected distinct words, found ${describeJson(pair[0])} a second time`);
      seen.add(token);
      given.push(
        values === "counts" ? this.#readPositive(`${at}[1]`, pair[1]) : this.#readProbability(`${at}[1]`, pair[1]),
      );
    });
    const sum = given.reduce((a, b) => a + b, 0);
    if (values === "probabilities" && !(Math.abs(sum - 1) <= SUM_TOLERANCE))
      this.#fail(`${path}.next: expected probabilities that sum to 1, found a sum of ${sum}`);

    const weight = context.get("weight");
    return {
      label,
      weight: weight === undefined ? (values === "counts" ? sum : 1) : this.#readPositive(`${path}.weight`, weight),
      embedding: this.#readEmbedding(`${path}.embedding`, context.get("embedding")),
      tokens: [...seen],
      probabilities: values === "counts" ? given.map((count) => count / sum) : given,
    };
  }

  #readToken(path: string, token: Json, { size, words, ids }: Vocabulary): number {
    if (typeof token === "number" && Number.isInteger(token) && token >= 0 && token < size) return token;
    const id = typeof token === "string" ? ids.get(token) : undefined;
    return (
      id ?? this.#refuse(path, `${words ? "a word of the vocabulary or " : ""}a number from 0 to ${size - 1}`, token)
    );
  }

  #readPositive(path: string, value: Json | undefined): number {
    if (typeof value === "number" && value > 0 && value < Infinity) return value;
    return this.#refuse(path, "a positive number", value);
  }

  #readProbability(path: string, value: Json | undefined): number {
    if (typeof value === "number" && value >= SMALLEST_PROBABILITY && value <= 1 + SUM_TOLERANCE) return value;
    return this.#refuse(path, `a probability from ${SMALLEST_PROBABILITY.toExponential(1)} to 1`, value);
  }

  #readEmbedding(path: string, embedding: Json | undefined): readonly number[] | undefined {
    if (embedding === undefined) return undefined;
    return this.#readArray(path, embedding, "numbers").map((x, i) =>
      typeof x === "number" && Number.isFinite(x) ? x : this.#refuse(`${path}[${i}]`, "a finite number", x),
    );
  }

  #readLabels(stated: readonly StatedContext[]): string[] | undefined {
    const odd = stated.findIndex(({ label }) => (label === undefined) !== (stated[0]!.label === undefined));
    if (odd >= 0) this.#refuse(`contexts[${odd}].label`, "a label for every context or for none", stated[odd]!.label);
    return stated[0]!.label === undefined ? undefined : stated.map(({ label }) => label!);
  }

  #readEmbeddings(
    law: Json | undefined,
    stated: readonly StatedContext[],
    labels: readonly string[] | undefined,
    vocabularySize: number,
    defaultSeed: number,
  ): { embeddings: Float64Array; embeddingDim: number; notes: string[] } {
    const embeddingDim = stated[0]!.embedding?.length;
    if (embeddingDim === undefined) {
      const carrier = stated.findIndex(({ embedding }) => embedding !== undefined);
      if (carrier >= 0)
        this.#refuse(`contexts[${carrier}].embedding`, "none, as in contexts[0]", stated[carrier]!.embedding);
      return this.#drawEmbeddings(law, labels ?? stated.map((_, j) => String(j)), vocabularySize, defaultSeed);
    }
    if (law !== undefined) this.#refuse("embedding", "none beside the embeddings of the contexts", law);
    const embeddings = new Float64Array(stated.length * embeddingDim);
    stated.forEach(({ embedding }, j) => {
      if (embedding?.length !== embeddingDim)
        return this.#refuse(`contexts[${j}].embedding`, `an array of ${embeddingDim}, as in contexts[0]`, embedding);
      embeddings.set(embedding, j * embeddingDim);
    });
    return { embeddings, embeddingDim, notes: [] };
  }

  /** One embedding for each distinct label: contexts of one label are one context, with one embedding. */
  #drawEmbeddings(
    stated: Json | undefined,
    labels: readonly string[],
    vocabularySize: number,
    defaultSeed: number,
  ): { embeddings: Float64Array; embeddingDim: number; notes: string[] } {
    if (!isObject(stated))
      return this.#refuse("embedding", "a law to draw embeddings from, since the contexts carry none", stated);
    this.#requireKnownKeys("embedding", stated, ["law", "dim", "seed"]);
    const law = EMBEDDING_LAWS.find((known) => known === stated.get("law"));
    if (!law)
      return this.#refuse("embedding.law", EMBEDDING_LAWS.map((known) => `"${known}"`).join(", "), stated.get("law"));
    const rows = new Map([...new Set(labels)].map((label, row) => [label, row]));
    const dim = stated.get("dim");
    const least = law === "orthonormal" ? rows.size : 1;
    if (typeof dim !== "number" || !Number.isInteger(dim) || dim < least || dim * labels.length > MOST_DRAWN_NUMBERS)
      return this.#refuse(
        "embedding.dim",
        `a whole number from ${least}${least > 1 ? " (one dimension per context)" : ""} to ${Math.floor(MOST_DRAWN_NUMBERS / labels.length)}`,
        dim,
      );
    const seed = stated.has("seed") ? stated.get("seed") : defaultSeed;
    if (typeof seed !== "number" || !Number.isSafeInteger(seed) || seed < 0)
      return this.#refuse("embedding.seed", "a whole number from 0 to 2^53 - 1", seed);

    requireDecoder(vocabularySize, dim);
    const drawn = drawEmbeddings(law, rows.size, dim, new RandomStream(seed, EMBEDDING_STREAM));
    const embeddings = new Float64Array(labels.length * dim);
    labels.forEach((label, j) => {
      const row = rows.get(label)!;
      embeddings.set(drawn.subarray(row * dim, (row + 1) * dim), j * dim);
    });
    return {
      embeddings,
      embeddingDim: dim,
      notes: [drawnNote({ law, dim, seed })],
    };
  }

  #readArray(path: string, value: Json | undefined, items: string): readonly Json[] {
    if (isArray(value) && value.length > 0) return value;
    return this.#refuse(path, `a non-empty array of ${items}`, value);
  }

  #requireKnownKeys(path: string, object: JsonObject, known: readonly string[]): void {
    for (const key of object.keys())
      if (!known.includes(key))
        this.#fail(
          `${path === "" ? "" : `${path}: `}unknown key ${quote(key)}, the nearest known one is "${nearestName(key, known)}"`,
        );
  }

  #refuse(path: string, expected: string, found: Json | undefined): never {
    return this.#fail(`${path}: expected ${expected}, found ${describeJson(found)}`);
  }
}

interface Vocabulary {
  readonly size: number;
  readonly words: readonly string[] | undefined;
  readonly ids: ReadonlyMap<string, number>;
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

/** What JSON has in a place, for messages. */
export function describeJson(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : `an array of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : `${value as number | boolean | null}`;
}

/** Objects become Maps, so that no key has a meaning of its own. */
export function parseJson(text: string, fail: Fail): Json {
  let value: Json;
  try {
    value = JSON.parse(text, (_, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : value,
    ) as Json;
  } catch (error) {
    if (error instanceof RangeError) return fail("expected JSON of a few levels, found it nested too deeply");
    return fail(describeFault(text) ?? `expected JSON; ${(error as Error).message}`);
  }
  refuseDuplicateKeys(text, fail);
  return value;
}

/** JSON.parse keeps the last of equal keys and says nothing. The text is known to be JSON. */
function refuseDuplicateKeys(text: string, fail: Fail): void {
  const open: Set<string>[] = [];
  const mark = /[{}"]/g;
  const colon = /[ \t\r\n]*:/y;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    if (found[0] === "{") open.push(new Set());
    else if (found[0] === "}") open.pop();
    else {
      const end = endOfString(text, found.index);
      mark.lastIndex = colon.lastIndex = end;
      if (!colon.test(text)) continue;
      const key = JSON.parse(text.slice(found.index, end)) as string;
      const keys = open.at(-1)!;
      if (keys.has(key))
        fail(`${placeOf(text, found.index)}: expected distinct keys, found ${quote(key)} a second time`);
      keys.add(key);
    }
  }
}

/** The place after the quotation mark that ends the string which starts at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
}

function placeOf(text: string, at: number): string {
  const lines = text.slice(0, at).split("\n");
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}

/** Where the text stops being JSON, which JSON.parse itself says in some engines only. */
function describeFault(text: string): string | undefined {
  try {
    parseWithPlaces(text, { mode: "json" });
  } catch (error) {
    const { line, column, message } = error as { line?: number; column?: number; message: string };
    if (line !== undefined)
      return `line ${line}, column ${column}: expected JSON, found ${message.replace(/^U(.*) found\. \(\d+:\d+\)$/s, "an u$1")}`;
  }
  return undefined;
}
