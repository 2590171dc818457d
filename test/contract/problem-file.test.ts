import { FORMAT_NOUNS } from "../../src/formats/formats.ts";
import { zipSync } from "fflate";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FileError, OptionError, ProblemError } from "../../src/errors.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { readNpz } from "../../src/formats/npz.ts";
import { writeNpz } from "../../src/formats/write-npz.ts";
import { readDecoder, readProblem, type ProblemSource } from "../../src/formats/problem-file.ts";
import { problemFromText, problemFromTokens } from "../../src/problem/corpus/corpus.ts";
import { dice } from "../support/draw.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));

/** A file whose content arrives in pieces. */
function fileOf(
  name: string,
  bytes: Uint8Array,
  piece = 1 << 16,
  size: number | undefined = bytes.length,
): ProblemSource {
  const stream = (): ReadableStream<Uint8Array> => {
    let at = 0;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at < bytes.length) controller.enqueue(bytes.subarray(at, (at += piece)));
        else controller.close();
      },
    });
  };
  return size === undefined ? { name, stream } : { name, stream, size };
}

const TEXT = "the cat sat on the mat and the cat ran on the mat";

/** The message with which a file is refused; the next good one must then read. */
async function refusal(file: ProblemSource, options?: Parameters<typeof readProblem>[1]): Promise<string> {
  const error: unknown = await readProblem(file, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FileError)) throw new Error("expected a FileError", { cause: error });
  expect(error.file).toBe(file.name);
  const good = await readProblem(fileOf("plane.npz", fixture("plane.npz")));
  expect(good.problem.contextCount).toBe(3);
  return error.message;
}

type Arrays = Parameters<typeof writeNpz>[0];

const ARRAYS = {
  embeddings: { data: Float64Array.of(1, 0, 0.5, -1), shape: [2, 2] },
  offsets: { data: Int32Array.of(0, 2, 3), shape: [3] },
  tokens: { data: Int32Array.of(2, 0, 1), shape: [3] },
  probabilities: { data: Float64Array.of(0.75, 0.25, 1), shape: [3] },
  weights: { data: Float32Array.of(1, 3), shape: [2] },
  vocabulary: { data: Int32Array.of(3), shape: [] },
} satisfies Arrays;

const npzOf = (changes: Arrays = {}): ProblemSource => fileOf("data.npz", writeNpz({ ...ARRAYS, ...changes }));

/** An archive of .npy files of any form. */
function npzWith(arrays: Readonly<Record<string, Uint8Array>>): ProblemSource {
  const files = Object.entries(arrays).map(([key, npy]) => [`${key}.npy`, npy] as const);
  return fileOf("data.npz", zipSync(Object.fromEntries(files)));
}

/** A .npy file of any dtype. */
function npyOf(descr: string, shape: string, data: Uint8Array): Uint8Array {
  const header = `{'descr':'${descr}','fortran_order':False,'shape':${shape}}`.padEnd(69) + "\n";
  return Uint8Array.from([0x93, ...utf8("NUMPY"), 1, 0, header.length, 0, ...utf8(header), ...data]);
}

const bytesOf = async (file: ProblemSource): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(file.stream() as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());

/** Where the header of an entry begins, in its place or in the directory. */
function placeOf(bytes: Uint8Array, signature: "PK\x03\x04" | "PK\x01\x02", entry: string): number {
  const text = new TextDecoder("latin1").decode(bytes);
  const toName = signature === "PK\x03\x04" ? 30 : 46;
  for (let at = text.indexOf(signature); at >= 0; at = text.indexOf(signature, at + 1))
    if (text.startsWith(entry, at + toName)) return at;
  throw new Error(`no entry ${entry}`);
}

function stringsOf(words: readonly string[]): Uint8Array {
  const length = Math.max(...words.map((word) => [...word].length));
  const points = Uint32Array.from(
    words.flatMap((word) => Array.from({ length }, (_, i) => [...word][i]?.codePointAt(0) ?? 0)),
  );
  return npyOf(`<U${length}`, `(${words.length},)`, new Uint8Array(points.buffer));
}

const numpyArrays = (): Record<string, Uint8Array> => ({
  embeddings: npyOf("<f8", "(2,2)", new Uint8Array(ARRAYS.embeddings.data.buffer)),
  offsets: npyOf("<i4", "(3,)", new Uint8Array(ARRAYS.offsets.data.buffer)),
  tokens: npyOf("<i4", "(3,)", new Uint8Array(ARRAYS.tokens.data.buffer)),
  probabilities: npyOf("<f8", "(3,)", new Uint8Array(ARRAYS.probabilities.data.buffer)),
  vocabulary: npyOf("<i4", "()", new Uint8Array(ARRAYS.vocabulary.data.buffer)),
});

describe("an .npz problem", () => {
  it.each(["plane.npz", "wide.npz"])("%s from NumPy has the entropy that NumPy found", async (name) => {
    const bytes = fixture(name);
    const { problem, kind, notes } = await readProblem(fileOf(name, bytes, 1000));
    const entropy = readNpz(name, bytes, ["entropy"]).get("entropy")!.data[0] as number;
    expect(entropy).toBeGreaterThan(0.9);
    expect(Math.abs(problem.entropy - entropy)).toBeLessThan(1e-12);
    expect(kind).toBe("npz");
    expect(notes).toStrictEqual([
      '26 arrays left unread: "entropy", "subspace_rank", "log_odds_decoder", "log_odds_residual", "compatible" and 21 more.',
    ]);
    expect(problem.embeddings).toBeInstanceOf(Float64Array);
    expect([problem.contextCount, problem.embeddingDim, problem.vocabularySize]).toStrictEqual(
      name === "plane.npz" ? [3, 2, 5] : [50, 60, 10],
    );
  });

  it("reads every key, from a name of any kind and a real Blob", async () => {
    const bytes = writeNpz({ ...ARRAYS, extra: { data: Float32Array.of(NaN), shape: [1] } });
    const blob = new Blob([bytes]);
    const { problem, notes } = await readProblem(Object.assign(blob, { name: "upload.bin" }));
    expect(notes).toStrictEqual(['1 array left unread: "extra".']);
    expect(problem.embeddings).toStrictEqual(ARRAYS.embeddings.data);
    expect(problem.tokens).toStrictEqual(Uint32Array.of(0, 2, 1));
    expect(problem.probabilities).toStrictEqual(Float64Array.of(0.25, 0.75, 1));
    expect(problem.weights).toStrictEqual(Float64Array.of(0.25, 0.75));
    expect(problem.vocabularySize).toBe(3);
    expect(problem.words).toBeUndefined();
  });

  it("keeps float32 embeddings float32, and makes float64 of whole ones", async () => {
    const float32 = { data: Float32Array.of(0.1, 0, 0.5, -1), shape: [2, 2] };
    expect((await readProblem(npzOf({ embeddings: float32 }))).problem.embeddings).toStrictEqual(float32.data);
    const whole = { data: Int32Array.of(1, 0, 0, 1), shape: [2, 2] };
    expect((await readProblem(npzOf({ embeddings: whole }))).problem.embeddings).toStrictEqual(
      Float64Array.of(1, 0, 0, 1),
    );
  });

  it("knows what type the probabilities were stored in, of which whole ones are exact", async () => {
    const typeOf = async (data: Arrays[string]["data"]): Promise<string> =>
      (await readProblem(npzOf({ probabilities: { data, shape: [3] } }))).problem.probabilityType;
    expect(await typeOf(Float64Array.of(0.75, 0.25, 1))).toBe("float64");
    expect(await typeOf(Float32Array.of(0.75, 0.25, 1))).toBe("float32");
    const whole = { ...ARRAYS, offsets: { data: Int32Array.of(0, 1, 2), shape: [3] } };
    const ones = { data: Uint8Array.of(1, 1), shape: [2] };
    const tokens = { data: Int32Array.of(2, 1), shape: [2] };
    const { problem } = await readProblem(npzOf({ ...whole, tokens, probabilities: ones }));
    expect(problem.probabilityType).toBe("float64");
  });

  it("reads words and context labels, and weighs contexts alike where no weights are", async () => {
    const labels = stringsOf(["ab c", "🦊"]);
    const words = stringsOf(["zero", "one", "二"]);
    const { problem } = await readProblem(npzWith({ ...numpyArrays(), words, context_labels: labels }));
    expect(problem.words).toStrictEqual(["zero", "one", "二"]);
    expect(problem.contextLabels).toStrictEqual(["ab c", "🦊"]);
    expect(problem.weights).toStrictEqual(Float64Array.of(0.5, 0.5));
    const named = await readProblem(npzWith({ ...numpyArrays(), vocabulary: words }));
    expect(named.problem.vocabularySize).toBe(3);
    expect(named.problem.words).toStrictEqual(["zero", "one", "二"]);
  });

  it("widens float16, whose probabilities sum to 1 only within 2^-11", async () => {
    const half = (values: readonly number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);
    // 0.333251953125 thrice sums to 0.999755859375.
    const arrays = {
      ...numpyArrays(),
      offsets: npyOf("<i4", "(3,)", new Uint8Array(Int32Array.of(0, 3, 4).buffer)),
      tokens: npyOf("|u1", "(4,)", Uint8Array.of(0, 1, 2, 0)),
      probabilities: npyOf("<f2", "(4,)", half([0x3555, 0x3555, 0x3555, 0x3c00])),
      embeddings: npyOf("<f2", "(2,2)", half([0x3c00, 0, 0x3800, 0xbc00])),
    };
    const { problem, notes } = await readProblem(npzWith(arrays));
    expect(problem.probabilities).toStrictEqual(Float64Array.of(1 / 3, 1 / 3, 1 / 3, 1));
    expect(problem.probabilityType).toBe("float16");
    expect(problem.embeddings).toStrictEqual(Float32Array.of(1, 0, 0.5, -1));
    expect(notes).toStrictEqual([
      "The embeddings were stored as float16 and widened.",
      "The probabilities were stored as float16 and widened.",
      "Probabilities were normalised: the sum of a context's was up to 2.4e-4 from 1.",
    ]);
    const wide = new Uint8Array(Float32Array.of(0.333251953125, 0.333251953125, 0.333251953125, 1).buffer);
    const narrow = npzWith({ ...arrays, probabilities: npyOf("<f4", "(4,)", wide) });
    expect(await refusal(narrow)).toBe(
      "data.npz: context 0: expected probabilities that sum to 1, found a sum of 0.999755859375",
    );
  });

  const uniform = (n: number, descr: string, value: Uint8Array): ProblemSource =>
    npzWith({
      embeddings: npyOf("<f8", "(1,1)", new Uint8Array(8)),
      offsets: npyOf("<i4", "(2,)", new Uint8Array(Int32Array.of(0, n).buffer)),
      tokens: npyOf("<i4", `(${n},)`, new Uint8Array(Int32Array.from({ length: n }, (_, z) => z).buffer)),
      probabilities: npyOf(
        descr,
        `(${n},)`,
        Uint8Array.from({ length: n * value.length }, (_, i) => value[i % value.length]!),
      ),
      vocabulary: npyOf("<i4", "()", new Uint8Array(Int32Array.of(n).buffer)),
    });

  it("judges sums by what rounding to float16 does, to 2^-25 each below its normal numbers", async () => {
    // 1/32000 is stored as 524 times 2^-24
    const { problem, notes } = await readProblem(uniform(32_000, "<f2", Uint8Array.of(524 & 255, 524 >> 8)));
    expect(problem.probabilities.every((p) => Math.abs(32_000 * p - 1) < 1e-10)).toBe(true);
    expect(problem.sumError).toBe(1 - (32_000 * 524) / 2 ** 24);
    expect(notes).toStrictEqual([
      "The probabilities were stored as float16 and widened.",
      "Probabilities were normalised: the sum of a context's was up to 5.5e-4 from 1.",
    ]);
    // 2^-11 + 32000 × 2^-25 is 0.00144, of which 523 is past, 0.00246
    expect(await refusal(uniform(32_000, "<f2", Uint8Array.of(523 & 255, 523 >> 8)))).toBe(
      "data.npz: context 0: expected probabilities that sum to 1, found a sum of 0.9975433349609375",
    );
  });

  it("judges sums of float32 by the length of the row", async () => {
    const f32 = (p: number): Uint8Array => new Uint8Array(Float32Array.of(p).buffer);
    const n = 2 ** 15;
    // a rounding of 2^-24 for each word makes 0.00195
    const { problem, notes } = await readProblem(uniform(n, "<f4", f32((1 + 2 ** -10) / n)));
    expect(problem.probabilities[0]).toBe(1 / n);
    expect(problem.sumError).toBe(2 ** -10);
    expect(notes).toStrictEqual(["Probabilities were normalised: the sum of a context's was up to 9.8e-4 from 1."]);
    expect(await refusal(uniform(n, "<f4", f32((1 + 2 ** -8) / n)))).toBe(
      "data.npz: context 0: expected probabilities that sum to 1, found a sum of 1.00390625",
    );
    const two = uniform(2, "<f4", f32((1 + 2 ** -10) / 2));
    expect(await refusal(two)).toBe(
      "data.npz: context 0: expected probabilities that sum to 1, found a sum of 1.0009765625",
    );
    const f64 = new Uint8Array(Float64Array.of((1 + 2 ** -10) / n).buffer);
    expect(await refusal(uniform(n, "<f8", f64))).toMatch(/found a sum of 1\.0009765625$/);
  });

  it("says how many rows were merged", async () => {
    const twice = await readProblem(npzWith({ ...numpyArrays(), ...repeated() }));
    expect(twice.problem.contextCount).toBe(1);
    expect(twice.notes).toStrictEqual(["1 row merged into earlier rows of the same context."]);
  });

  it.each(["embeddings", "offsets", "tokens", "probabilities", "vocabulary"] as const)(
    "refuses a missing %s",
    async (key) => {
      const rest = Object.fromEntries(Object.entries(ARRAYS).filter(([name]) => name !== key));
      const is = {
        embeddings: "the contexts' embeddings (m × d)",
        offsets: "the starts of the contexts' rows (m + 1)",
        tokens: "the words that follow each context",
        probabilities: "their probabilities",
        vocabulary: "the number of words, or the words",
      }[key];
      const message = await refusal(fileOf("data.npz", writeNpz(rest)));
      expect(message).toBe(`data.npz: key "${key}": expected ${is}, found no such key`);
    },
  );

  const f64 = (...values: number[]): Float64Array => Float64Array.from(values);
  const i32 = (...values: number[]): Int32Array => Int32Array.from(values);
  it.each<[Arrays, string]>([
    [{ embeddings: { data: f64(1), shape: [] } }, 'key "embeddings": expected 2 dimensions, found shape ()'],
    [{ embeddings: { data: f64(1, 2), shape: [2] } }, 'key "embeddings": expected 2 dimensions, found shape (2,)'],
    [{ tokens: { data: i32(0, 1, 2), shape: [3, 1] } }, 'key "tokens": expected 1 dimension, found shape (3, 1)'],
    [{ tokens: { data: f64(2, 0, 1), shape: [3] } }, 'key "tokens": expected whole numbers, found float64'],
    [
      { offsets: { data: Float32Array.of(0, 2, 3), shape: [3] } },
      'key "offsets": expected whole numbers, found float32',
    ],
    [{ vocabulary: { data: i32(3), shape: [1] } }, 'key "vocabulary": expected a single value, found shape (1,)'],
    [{ vocabulary: { data: f64(3), shape: [] } }, 'key "vocabulary": expected whole numbers, found float64'],
    [{ words: { data: i32(1, 2, 3), shape: [3] } }, 'key "words": expected strings, found int32'],
    [
      { offsets: { data: i32(0, 3), shape: [2] } },
      'key "offsets": expected 3 values, one more than the rows of "embeddings", found 2',
    ],
    [
      { probabilities: { data: f64(1, 1), shape: [2] } },
      'key "probabilities": expected 3 values, one per token, found 2',
    ],
    [{ weights: { data: f64(1), shape: [1] } }, 'key "weights": expected 2 values, one per context, found 1'],
    [
      {
        embeddings: { data: f64(), shape: [0, 2] },
        offsets: { data: i32(0), shape: [1] },
        weights: { data: f64(), shape: [0] },
      },
      "offsets: expected at least one context, found 0",
    ],
    [{ embeddings: { data: f64(), shape: [2, 0] } }, "embeddingDim: expected a whole number from 1 to 2^31, found 0"],
    [
      { vocabulary: { data: i32(2e9), shape: [] } },
      "vocabularySize × embeddingDim: expected a decoder of at most 1073741824 numbers, found 2000000000 × 2 = 4000000000",
    ],
    [{ vocabulary: { data: i32(1), shape: [] } }, "vocabularySize: expected a whole number from 2 to 2^31, found 1"],
    [{ tokens: { data: i32(2, 0, 3), shape: [3] } }, "context 1: expected token ids from 0 to 2, found 3 at tokens[2]"],
    [
      { tokens: { data: i32(2, -1, 1), shape: [3] } },
      "context 0: expected token ids from 0 to 2, found -1 at tokens[1]",
    ],
    [{ tokens: { data: i32(2, 2, 1), shape: [3] } }, "context 0: expected distinct next words, found token 2 twice"],
    [{ offsets: { data: i32(0, 0, 3), shape: [3] } }, "context 0: expected at least one next word, found none"],
    [{ offsets: { data: i32(0, 1, 2), shape: [3] } }, "offsets: expected to end at 3, the number of tokens, found 2"],
    [
      { probabilities: { data: f64(0.5, 0.4, 1), shape: [3] } },
      "context 0: expected probabilities that sum to 1, found a sum of 0.9",
    ],
    [
      { probabilities: { data: f64(NaN, 0.25, 1), shape: [3] } },
      "context 0: expected probabilities above 1.2e-38 and up to 1, found NaN at probabilities[0]",
    ],
    [{ weights: { data: f64(1, -1), shape: [2] } }, "weights[1]: expected a positive number, found -1"],
    [
      { embeddings: { data: f64(1, 2, Infinity, 4), shape: [2, 2] } },
      "embeddings: expected finite numbers of at most 1000000000000000000 in size, found Infinity at context 1, coordinate 0",
    ],
  ])("refuses wrong arrays (%#)", async (changes, message) => {
    expect(await refusal(npzOf(changes))).toBe(`data.npz: ${message}`);
  });

  it.each([
    [{ words: stringsOf(["a", "b"]) }, 'key "words": expected 3 strings, one per word of the vocabulary, found 2'],
    [{ context_labels: stringsOf(["a"]) }, 'key "context_labels": expected 2 strings, one per context, found 1'],
    [
      { words: stringsOf(["a", "b", "c"]), vocabulary: stringsOf(["a", "b", "c"]) },
      'key "words": expected none beside the words in "vocabulary", found some',
    ],
    [
      { vocabulary: npyOf("<U1", "()", Uint8Array.of(97, 0, 0, 0)) },
      'key "vocabulary": expected words in 1 dimension, found shape ()',
    ],
    [{ probabilities: stringsOf(["a", "b", "c"]) }, 'key "probabilities": expected numbers, found string'],
    [{ tokens: npyOf("|b1", "(3,)", Uint8Array.of(0, 1, 0)) }, 'key "tokens": expected whole numbers, found bool'],
    [
      { tokens: npyOf("<i8", "(3,)", new Uint8Array(BigInt64Array.of(0n, 2n ** 33n, 1n).buffer)) },
      "context 0: expected token ids from 0 to 2, found 8589934592 at tokens[1]",
    ],
    [
      { embeddings: npyOf("|O", "(2,2)", new Uint8Array(32)) },
      'key "embeddings": expected numbers or strings, found pickled Python objects (dtype "|O"), which are never loaded: save plain arrays with allow_pickle=False',
    ],
  ])("refuses wrong strings and types (%#)", async (changes, message) => {
    expect(await refusal(npzWith({ ...numpyArrays(), ...changes }))).toBe(`data.npz: ${message}`);
  });

  it.each([
    ["weight", "weights"],
    ["wieghts", "weights"],
    ["Words", "words"],
    ["context_labls", "context_labels"],
  ])("refuses the key %s, which is nearly one of its own", async (key, nearest) => {
    const message = `data.npz: unknown key "${key}", the nearest known one is "${nearest}"`;
    expect(await refusal(npzOf({ [key]: { data: Float64Array.of(1, 3), shape: [2] } }))).toBe(message);
  });

  it("refuses words that are not distinct", async () => {
    const words = stringsOf(["a", "b", "a"]);
    const message = 'data.npz: words[2]: expected distinct names, found "a" a second time';
    expect(await refusal(npzWith({ ...numpyArrays(), words }))).toBe(message);
    expect(await refusal(npzWith({ ...numpyArrays(), vocabulary: words }))).toBe(message);
  });

  it("refuses words that NumPy made equal by cutting NULs", async () => {
    const message = 'data.npz: words[2]: expected distinct names, found "a" a second time';
    expect(await refusal(npzWith({ ...numpyArrays(), words: stringsOf(["a", "bb", "a\0"]) }))).toBe(message);
  });

  it("refuses equal labels that fill their dtype, which may have been cut, and merges those that do not", async () => {
    const labelled = (labels: string[]): ProblemSource =>
      npzWith({ ...numpyArrays(), ...repeated(), context_labels: stringsOf(labels) });
    expect(await refusal(labelled(["🦊 the c", "🦊 the c"]))).toBe(
      'data.npz: key "context_labels": expected labels that repeat to be shorter than the 7 characters of their dtype, which may have cut them, found "🦊 the c" at 0 and 1: save them as <U8 if they are whole',
    );
    const { problem } = await readProblem(labelled(["🦊 the c\0", "🦊 the c"]));
    expect(problem.contextLabels).toStrictEqual(["🦊 the c"]);
    expect((await readProblem(labelled(["🦊 the c", "🦊 the d"]))).problem.contextCount).toBe(2);
  });

  it("is judged by its headers before any of its values are unpacked", async () => {
    const bytes = await bytesOf(npzWith({ ...numpyArrays(), words: stringsOf(["a", "b"]) }));
    const checksums = { "PK\x03\x04": 14, "PK\x01\x02": 16 } as const;
    for (const signature of ["PK\x03\x04", "PK\x01\x02"] as const)
      bytes[placeOf(bytes, signature, "embeddings.npy") + checksums[signature]]! ^= 1;
    expect(await refusal(fileOf("data.npz", bytes))).toBe(
      'data.npz: key "words": expected 3 strings, one per word of the vocabulary, found 2',
    );
  });

  it("may not take more than 2 GiB of memory, strings by what they become", async () => {
    const random = dice(5);
    const noise = Uint8Array.from({ length: 700_000 }, () => random(256));
    const words = 170_000_000;
    const bytes = await bytesOf(npzWith({ ...numpyArrays(), words: npyOf("<U1", `(${words},)`, noise) }));
    const total = 80 + 4 * words;
    for (const [signature, place] of [
      ["PK\x03\x04", 22],
      ["PK\x01\x02", 24],
    ] as const)
      new DataView(bytes.buffer).setUint32(placeOf(bytes, signature, "words.npy") + place, total, true);
    expect(bytes.length).toBeLessThan(1e6);
    // 132 bytes a word, and embeddings, offsets, tokens, probabilities and V of the rest
    const rest = 4 * 8 + 3 * 4 + 3 * 4 + 3 * 8 + 4;
    expect(await refusal(fileOf("data.npz", bytes))).toBe(
      `data.npz: expected arrays that take at most 2147483648 bytes of memory, found ${132 * words + rest}, of which "words" takes ${132 * words}`,
    );
  });

  it("keeps the problem's own error as the cause", async () => {
    const bad = readProblem(npzOf({ weights: { data: Float64Array.of(1, 0), shape: [2] } }));
    await expect(bad).rejects.toMatchObject({
      cause: new ProblemError("weights[1]: expected a positive number, found 0"),
    });
  });
});

describe("a JSON problem", () => {
  const dataset = {
    format: "ntp-dataset@1",
    vocabulary: 2,
    values: "counts",
    contexts: [
      { label: "a", next: [[0, 1]] },
      { label: "a", next: [[1, 3]] },
    ],
    embedding: { law: "gaussian", dim: 2 },
  };

  it("is read, with notes", async () => {
    const { problem, kind, notes } = await readProblem(fileOf("D.JSON", utf8(`\ufeff${JSON.stringify(dataset)}`), 5), {
      seed: 4,
    });
    expect(kind).toBe("json");
    expect(problem.probabilities).toStrictEqual(Float64Array.of(0.25, 0.75));
    expect(notes).toStrictEqual([
      "The embeddings were drawn: gaussian, dimension 2, seed 4.",
      "1 row merged into earlier rows of the same context.",
    ]);
  });

  it.each(["d.txt", "d", "d.npz"])("is known by its format in a file named %s", async (name) => {
    const { format, ...rest } = dataset;
    const later = JSON.stringify({ ...rest, vocabulary: Array.from({ length: 2000 }, (_, z) => `word ${z}`), format });
    expect(later.indexOf('"format"')).toBeGreaterThan(20_000);
    for (const text of [JSON.stringify(dataset), `\ufeff\r\n ${JSON.stringify(dataset, null, "\t")}`, later]) {
      const { problem, kind } = await readProblem(fileOf(name, utf8(text), 1000));
      expect(kind).toBe("json");
      expect(problem.contextLabels).toStrictEqual(["a"]);
    }
    expect(await refusal(fileOf(name, utf8('{"format": "ntp-dataset@9"}')))).toBe(
      `${name}: format: expected "ntp-dataset@1" or "ntp-sequences@1", found "ntp-dataset@9"`,
    );
  });

  it("may hold sequences", async () => {
    const sequences = [
      ["a", "b", "c", "a"],
      ["a", "b", "a"],
    ];
    const corpus = { contextLength: 1, embeddingDim: 4 };
    const bytes = utf8(JSON.stringify({ format: "ntp-sequences@1", sequences }));
    const { problem, kind } = await readProblem(fileOf("s.json", bytes), { corpus, seed: 3 });
    expect(kind).toBe("json");
    expect(problem).toStrictEqual((await problemFromTokens(sequences, { ...corpus, seed: 3 })).problem);
  });

  it.each<[string, Uint8Array, string]>([
    ["bad syntax", utf8('{"format":\n NaN}'), "line 2, column 2: expected JSON, found an unexpected character 'N'"],
    [
      "bad UTF-8",
      Uint8Array.from([...utf8('{"format":"'), 0xff, ...utf8('"} and more')]),
      "expected JSON in UTF-8, found bytes that are not",
    ],
    [
      "a key twice",
      utf8(JSON.stringify(dataset, null, 1).replace('"values"', '"values": "probabilities",\n "v\\u0061lues"')),
      'line 5, column 2: expected distinct keys, found "values" a second time',
    ],
    [
      "a key twice within",
      utf8(JSON.stringify(dataset).replace('"next"', '"label" :"{\\"label\\"\\\\","next"')),
      'line 1, column 85: expected distinct keys, found "label" a second time',
    ],
    [
      "UTF-16",
      Uint8Array.from([...utf8('{"format": 1}')].flatMap((byte) => [byte, 0])),
      "expected text in UTF-8, found a zero byte at byte 1, as in UTF-16 text and binary files",
    ],
    [
      "counts that cannot be probabilities",
      utf8(JSON.stringify(dataset).replace("[[1,3]]", "[[1,1e300],[0,1]]")),
      "context 1: expected probabilities above 1.2e-38 and up to 1, found 1e-300 at probabilities[2]",
    ],
    [
      "contexts that differ in embedding",
      utf8(
        JSON.stringify({
          ...dataset,
          embedding: undefined,
          contexts: dataset.contexts.map((context, j) => ({ ...context, embedding: [j] })),
        }),
      ),
      'contexts 0 and 1 are both called "a" and have different embeddings: expected one embedding per context',
    ],
    [
      "two billion words",
      utf8(JSON.stringify({ ...dataset, vocabulary: 2e9 })),
      "vocabularySize × embeddingDim: expected a decoder of at most 1073741824 numbers, found 2000000000 × 2 = 4000000000",
    ],
    [
      "many words in many dimensions",
      utf8(JSON.stringify({ ...dataset, vocabulary: 4e7, embedding: { law: "gaussian", dim: 1e8 } })),
      "vocabularySize × embeddingDim: expected a decoder of at most 1073741824 numbers, found 40000000 × 100000000 = 4000000000000000",
    ],
    [
      "a billion dimensions",
      utf8(JSON.stringify({ ...dataset, embedding: { law: "gaussian", dim: 1e9 } })),
      "embedding.dim: expected a whole number from 1 to 134217728, found 1000000000",
    ],
    [
      "sequences of one word",
      utf8('{"format":"ntp-sequences@1","sequences":[["a","a"]]}'),
      'sequences: expected at least two distinct tokens, found one, "a"',
    ],
  ])("refuses %s", async (_, bytes, message) => {
    expect(await refusal(fileOf("d.json", bytes))).toBe(`d.json: ${message}`);
  });
});

describe("a text", () => {
  const corpus = { contextLength: 1, embeddingDim: 4 };

  it.each([1, 2, 3, 1000])("is read in pieces of %i bytes as in one", async (piece) => {
    const text = `${TEXT} né 日本 🦊 ${TEXT} né`;
    const { problem, kind, notes } = await readProblem(fileOf("notes", utf8(`\ufeff${text}`), piece), { corpus });
    expect(kind).toBe("text");
    expect(notes).toStrictEqual([]);
    expect(problem).toStrictEqual((await problemFromText(text, corpus)).problem);
  });

  it("tells of replaced bytes and of what was left out", async () => {
    const bytes = Uint8Array.from([...utf8(`${TEXT} `), 0xff, 0x20, 0xc3, 0x28, ...utf8(` ${TEXT}`)]);
    const options = { corpus: { ...corpus, maxVocabulary: 5, maxContexts: 3 } };
    const { notes, problem } = await readProblem(fileOf("a.txt", bytes, 7), options);
    const expected = await problemFromText(new TextDecoder().decode(bytes), options.corpus);
    expect(problem).toStrictEqual(expected.problem);
    expect(notes).toStrictEqual([
      "2 characters read as U+FFFD, the sign for bytes that are not UTF-8.",
      `3 contexts of ${expected.contextTotal} kept, the most frequent, with ${(100 * expected.keptShare).toFixed(1)}% of the text's positions.`,
      `4 words of ${expected.vocabularyTotal} kept; the other ${expected.vocabularyTotal - 4}, ${(100 * expected.unknownShare).toFixed(1)}% of the text, became <unk>.`,
    ]);
  });

  it.each([1, 2, 3, 1000])("tells U+FFFD in a text from replaced bytes, in pieces of %i bytes", async (piece) => {
    const notesOf = async (bytes: number[]): Promise<readonly string[]> =>
      (
        await readProblem(fileOf("a.txt", Uint8Array.from([...utf8("a b "), ...bytes, ...utf8(" c")]), piece), {
          corpus,
        })
      ).notes;
    const sign = [0xef, 0xbf, 0xbd];
    expect(await notesOf([...sign, 0x20, ...sign, ...sign])).toStrictEqual([]);
    // Two characters that were begun and one byte that begins none, with a sign behind each.
    expect(await notesOf([0xef, ...sign, 0xef, 0xbf, ...sign, 0xbd, ...sign])).toStrictEqual([
      "3 characters read as U+FFFD, the sign for bytes that are not UTF-8.",
    ]);
  });

  it("tells how many words were kept and how many became <unk>", async () => {
    const { notes } = await readProblem(fileOf("a.txt", utf8("a a a b b c d e f")), {
      corpus: { ...corpus, maxVocabulary: 3 },
    });
    expect(notes).toStrictEqual(["2 words of 6 kept; the other 4, 44.4% of the text, became <unk>."]);
  });

  it("is brought to NFC, and says so where that changed it", async () => {
    const { notes, problem } = await readProblem(fileOf("a.txt", utf8("cafe\u0301 a caf\u00e9 b"), 5), { corpus });
    expect(problem).toStrictEqual((await problemFromText("café a café b", corpus)).problem);
    expect(notes).toStrictEqual([
      "The text was brought to Unicode's form NFC, in which a letter with its accents is written in one way.",
    ]);
  });

  it("prefers the corpus' own seed and gives progress up to 1", async () => {
    const fractions: number[] = [];
    const file = fileOf("a.txt", utf8(TEXT), 10);
    const one = await readProblem(file, {
      corpus: { ...corpus, seed: 5 },
      seed: 6,
      onProgress: ({ fraction }) => fractions.push(fraction),
    });
    const other = await readProblem(file, { corpus, seed: 5 });
    expect(one.problem).toStrictEqual(other.problem);
    expect(fractions).toStrictEqual([10, 20, 30, 40, 49].map((read) => read / 49));
    expect(TEXT.length).toBe(49);
  });

  it("is what other content and other names are", async () => {
    for (const name of ["a.log", "README", "a.json.txt"])
      for (const text of [
        `{"<script>"} =cmd() ${TEXT}`,
        '{"format": "other", "of": "ntp-dataset@1"}',
        '"format": "ntp-dataset@1"',
      ])
        expect((await readProblem(fileOf(name, utf8(text)), { corpus })).kind).toBe("text");
  });

  it("is not given embeddings that no memory holds", async () => {
    const large = readProblem(fileOf("a.txt", utf8(TEXT)), { corpus: { contextLength: 1, embeddingDim: 1e9 } });
    const message = "embeddingDim: expected embeddings of at most 268435456 numbers, found 7 × 1000000000 = 7000000000";
    await expect(large).rejects.toThrow(expect.objectContaining({ code: "OPTION", message }));
  });

  it("leaves an error about the options to be one", async () => {
    const bad = readProblem(fileOf("a.txt", utf8(TEXT)), { corpus: { contextLength: 0 } });
    await expect(bad).rejects.toThrow(OptionError);
  });

  it.each<[string, string, Uint8Array, string]>([
    ["nothing", "a.txt", new Uint8Array(0), "expected a problem, found an empty file"],
    ["white space", "a.txt", utf8("  \n\n"), "text: expected at least two distinct words, found none"],
    ["one word", "a.txt", utf8("a a a a"), 'text: expected at least two distinct words, found one, "a"'],
    [
      "a .npy",
      "a.npy",
      writeNpy(Float32Array.of(1), [1]),
      "expected an .npz archive, found a single .npy array (embeddings become a problem with counts beside them, as numpy.savez(file, embeddings=H, counts=N) writes)",
    ],
    ["text called .npz", "a.npz", utf8(TEXT), "expected an .npz (zip) archive, found text"],
    [
      "a PNG",
      "a.txt",
      Uint8Array.from([0x89, ...utf8("PNG\r\n\x1a\n")]),
      `expected ${FORMAT_NOUNS}, found a PNG picture`,
    ],
    [
      "a pickle",
      "a.pkl",
      Uint8Array.of(0x80, 4, 0x95, 1, 0),
      `expected ${FORMAT_NOUNS}, found a Python pickle, which is never loaded`,
    ],
    [
      "a gzip",
      "a.json",
      Uint8Array.of(0x1f, 0x8b, 8, 0),
      `expected ${FORMAT_NOUNS}, found a gzip file, to be unpacked first`,
    ],
    ["a PDF", "a.txt", utf8("%PDF-1.7\n"), `expected ${FORMAT_NOUNS}, found a PDF document`],
    [
      "UTF-16 with its mark",
      "a.txt",
      Uint8Array.of(0xff, 0xfe, 0x61, 0),
      `expected ${FORMAT_NOUNS}, found UTF-16 text, to be saved as UTF-8`,
    ],
    [
      "UTF-16 without",
      "a.txt",
      Uint8Array.of(0x61, 0, 0x62, 0),
      "expected text in UTF-8, found a zero byte at byte 1, as in UTF-16 text and binary files",
    ],
    [
      "NULs",
      "a.txt",
      new Uint8Array(100),
      "expected text in UTF-8, found a zero byte at byte 0, as in UTF-16 text and binary files",
    ],
    [
      "a NUL far in",
      "a.txt",
      Uint8Array.from([...utf8(TEXT.repeat(9)), 0]),
      "expected text in UTF-8, found a zero byte at byte 441, as in UTF-16 text and binary files",
    ],
    [
      "a cut archive",
      "a.npz",
      fixture("plane.npz").subarray(0, 4000),
      "expected a zip directory at the end, found none: the file is cut short or damaged",
    ],
    [
      "an archive of other things",
      "a.docx",
      writeNpz({}),
      'key "embeddings": expected the contexts\' embeddings (m × d), found no such key',
    ],
  ])("refuses %s", async (_, name, bytes, message) => {
    expect(await refusal(fileOf(name, bytes, 40), { corpus })).toBe(`${name}: ${message}`);
  });
});

describe("the options", () => {
  it.each<[object, string]>([
    [{ seeds: 3 }, "seeds: no such option, expected one of corpus, vectors, seed, signal, onProgress; nearest is seed"],
    [{ seed: -1 }, "seed: expected a whole number from 0 to 2^53 - 1, found -1"],
    [{ signal: {} }, "signal: expected an AbortSignal, found an object"],
    [{ signal: null }, "signal: expected an AbortSignal, found null"],
    [{ onProgress: 5 }, "onProgress: expected a function, found 5"],
    [{ corpus: "words" }, 'corpus: expected an object of options, found "words"'],
    [{ corpus: { contextLength: 0 } }, "contextLength: expected a whole number from 1 to 1000, found 0"],
    [{ corpus: { onProgress: [] } }, "onProgress: expected a function, found an empty array"],
  ])("%j are refused for every file, before it is opened", async (options, message) => {
    for (const name of ["a.npz", "a.json", "a.txt"]) {
      let opened = 0;
      const stream = (): ReadableStream<Uint8Array> => {
        opened++;
        return new ReadableStream();
      };
      await expect(readProblem({ name, stream }, options)).rejects.toThrow(
        expect.objectContaining({ code: "OPTION", message }),
      );
      expect(opened).toBe(0);
    }
  });
});

describe("the source", () => {
  it("may not be larger than 1 GiB, by what it says or by what comes", async () => {
    expect(await refusal(fileOf("big.txt", utf8(TEXT), 10, 2 ** 31))).toBe(
      "big.txt: expected at most 1 GiB, found 2147483648 bytes",
    );
    const chunk = new Uint8Array(2 ** 26);
    chunk.set(utf8("PK\x03\x04"));
    let isCancelled = false;
    const stream = (): ReadableStream<Uint8Array> =>
      new ReadableStream({ pull: (c) => c.enqueue(chunk), cancel: () => void (isCancelled = true) });
    expect(await refusal({ name: "endless", stream })).toBe("endless: expected at most 1 GiB, found more");
    expect(isCancelled).toBe(true);
  });

  it("may not change or fail while it is read", async () => {
    expect(await refusal(fileOf("a.txt", utf8(TEXT), 10, 50))).toBe(
      "a.txt: expected 50 bytes, found 49: the file changed while it was read",
    );
    const cause = new Error("NotReadableError");
    const failing = new ReadableStream<Uint8Array>({ pull: (c) => c.error(cause) });
    const message = "the file could not be read to its end; it may have been moved or changed";
    const outcome = readProblem({ name: "gone.txt", stream: () => failing });
    await expect(outcome).rejects.toMatchObject({ message: `gone.txt: ${message}`, cause });
    const throwing = (): never => {
      throw cause;
    };
    expect(await refusal({ name: "gone.txt", stream: throwing })).toBe(`gone.txt: ${message}`);
  });

  it("is not opened when aborted before, and let go when aborted while it stalls", async () => {
    let opened = 0;
    let isCancelled: boolean;
    const stalled = (name: string): ProblemSource => ({
      name,
      stream: () => {
        opened++;
        return new ReadableStream({ start: (c) => c.enqueue(utf8(TEXT)), cancel: () => void (isCancelled = true) });
      },
    });
    const reason = new Error("enough");
    await expect(readProblem(stalled("a.txt"), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(opened).toBe(0);
    for (const name of ["a.txt", "a.json"])
      for (const place of ["signal", "corpus"] as const) {
        isCancelled = false;
        const controller = new AbortController();
        const { signal } = controller;
        const outcome = readProblem(stalled(name), place === "signal" ? { signal } : { corpus: { signal } });
        setTimeout(() => controller.abort(reason), 20);
        await expect(outcome).rejects.toBe(reason);
        expect(isCancelled).toBe(true);
      }
    expect((await readProblem(fileOf("a.txt", utf8(TEXT)))).kind).toBe("text");
  });
});

it("never throws anything but a FileError", async () => {
  const random = dice(4);
  const seeds: [string, Uint8Array][] = [
    ["f.npz", writeNpz(ARRAYS, 0)],
    ["f.npz", writeNpz(ARRAYS)],
    ["f.json", utf8('{"format":"ntp-sequences@1","sequences":[["a","b","a"]]}')],
    ["f.txt", utf8(TEXT)],
  ];
  let refused = 0;
  for (let trial = 0; trial < 2000; trial++) {
    const [name, seed] = seeds[trial % seeds.length]!;
    let bytes = seed.slice();
    for (let edits = 1 + random(3); edits > 0; edits--) {
      const at = random(bytes.length);
      const kind = random(4);
      if (kind === 0) bytes[at] = random(256);
      else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      else if (kind === 2) bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + random(9))]);
      else bytes = bytes.slice(0, Math.max(1, at));
      if (bytes.length === 0) bytes = Uint8Array.of(random(256));
    }
    try {
      const { problem } = await readProblem(fileOf(name, bytes, 50), { corpus: { contextLength: 1, embeddingDim: 2 } });
      expect(problem.contextCount).toBeGreaterThan(0);
      expect(Number.isFinite(problem.entropy)).toBe(true);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(800);
  expect(refused).toBeLessThan(2000);
});

describe("readDecoder", () => {
  const W = Float32Array.of(1, 2, 3, 4, 5, 6);

  it("reads V × d in the precision of the file", () => {
    expect(readDecoder("w.npy", writeNpy(W, [3, 2]), 3, 2)).toStrictEqual(W);
    expect(readDecoder("w.npy", writeNpy(Float64Array.from(W), [3, 2]), 3, 2)).toStrictEqual(Float64Array.from(W));
    expect(readDecoder("w.npy", writeNpy(Int32Array.from(W), [3, 2]), 3, 2)).toStrictEqual(Float64Array.from(W));
  });

  it("reads the key decoder of an archive, whatever else is there", () => {
    const other = { data: Float64Array.of(NaN), shape: [1] };
    const archive = (key: string): Uint8Array => writeNpz({ embeddings: other, [key]: { data: W, shape: [3, 2] } });
    expect(readDecoder("w.npz", archive("decoder"), 3, 2)).toStrictEqual(W);
    expect(() => readDecoder("w.npz", archive("decoder"), 2, 3)).toThrow(
      new FileError("w.npz", "expected a decoder of shape (2, 3), words × dimensions, found (3, 2), its transpose"),
    );
    expect(() => readDecoder("w.npz", archive("W"), 3, 2)).toThrow(
      new FileError("w.npz", 'key "decoder": expected a decoder, found no such key'),
    );
  });

  it.each<[Uint8Array, string]>([
    [writeNpy(W, [2, 3]), "expected a decoder of shape (3, 2), words × dimensions, found (2, 3), its transpose"],
    [writeNpy(W, [6]), "expected a decoder of shape (3, 2), words × dimensions, found (6,)"],
    [writeNpy(W.subarray(0, 1), []), "expected a decoder of shape (3, 2), words × dimensions, found ()"],
    [writeNpy(W, [3, 2, 1]), "expected a decoder of shape (3, 2), words × dimensions, found (3, 2, 1)"],
    [writeNpy(W.subarray(0, 0), [0, 2]), "expected a decoder of shape (3, 2), words × dimensions, found (0, 2)"],
    [
      writeNpy(Float64Array.of(1, 2, 3, NaN, 5, 6), [3, 2]),
      "expected finite numbers, found NaN at word 1, dimension 1",
    ],
    [
      writeNpy(Float64Array.of(1, 2, 3, 4, -Infinity, 6), [3, 2]),
      "expected finite numbers, found -Infinity at word 2, dimension 0",
    ],
    [npyOf("|b1", "(3,2)", new Uint8Array(6)), "expected a decoder of numbers, found bool"],
    [npyOf("<U1", "(3,2)", new Uint8Array(24)), "expected a decoder of numbers, found string"],
    [new Uint8Array(0), "expected a .npy array, found an empty file"],
    [utf8("1 2\n3 4\n"), "expected a .npy array, found text"],
  ])("refuses what is none (%#)", (bytes, message) => {
    expect(() => readDecoder("w.npy", bytes, 3, 2)).toThrow(new FileError("w.npy", message));
    expect(readDecoder("w.npy", writeNpy(W, [3, 2]), 3, 2)).toStrictEqual(W);
  });
});

/** Two rows of one context: equal embeddings, equal distributions. */
function repeated(): Record<string, Uint8Array> {
  return {
    embeddings: npyOf("<f8", "(2,2)", new Uint8Array(Float64Array.of(1, 2, 1, 2).buffer)),
    offsets: npyOf("<i4", "(3,)", new Uint8Array(Int32Array.of(0, 1, 2).buffer)),
    tokens: npyOf("|u1", "(2,)", Uint8Array.of(1, 1)),
    probabilities: npyOf("<f8", "(2,)", new Uint8Array(Float64Array.of(1, 1).buffer)),
  };
}
