import { zipSync } from "fflate";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writeNpy, type NpyNumbers } from "../../src/formats/npy.ts";
import { readProblem, type ReadProblemOptions } from "../../src/formats/problem-file.ts";
import { drawEmbeddings } from "../../src/problem/embeddings.ts";
import { createProblem } from "../../src/problem/problem.ts";
import { RandomStream } from "../../src/support/random.ts";

const read = (bytes: Uint8Array, options?: ReadProblemOptions): ReturnType<typeof readProblem> =>
  readProblem(new File([Uint8Array.from(bytes)], "a.npz"), options);

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/formats/${name}`, import.meta.url)));

type Arrays = Readonly<Record<string, readonly [data: NpyNumbers, shape: readonly number[]] | string | undefined>>;

/** An archive of numbers, and of byte strings. */
function npzOf(arrays: Arrays): Uint8Array {
  const files = Object.entries(arrays).flatMap(([key, value]): [string, Uint8Array][] => {
    if (value === undefined) return [];
    return [[`${key}.npy`, typeof value === "string" ? byteString(value) : writeNpy(...value)]];
  });
  return zipSync(Object.fromEntries(files));
}

function byteString(text: string): Uint8Array {
  const utf8 = new TextEncoder();
  const header = `{'descr':'|S${text.length}','fortran_order':False,'shape':()}`.padEnd(69) + "\n";
  return Uint8Array.from([0x93, ...utf8.encode("NUMPY"), 1, 0, 70, 0, ...utf8.encode(header), ...utf8.encode(text)]);
}

const i32 = (...values: number[]): readonly [Int32Array, readonly number[]] => [
  Int32Array.from(values),
  [values.length],
];
const f64 = (...values: number[]): readonly [Float64Array, readonly number[]] => [
  Float64Array.from(values),
  [values.length],
];

/** Contexts 0 and 2 of the matrix that `write.py` has. */
const ROWS = {
  vocabularySize: 4,
  offsets: [0, 2, 4],
  tokens: [1, 2, 0, 3],
  probabilities: [3 / 4, 1 / 4, 2 / 7, 5 / 7],
  weights: [4, 7],
};

const refused = (message: string): unknown => expect.objectContaining({ code: "FILE", message: `a.npz: ${message}` });

describe("a sparse matrix of counts", () => {
  it.each(["csr.npz", "csc.npz", "coo.npz"])("%s by SciPy is read", async (name) => {
    const { problem, kind, notes } = await read(fixture(name), { corpus: { embeddingDim: 5 }, seed: 2 });
    expect(kind).toBe("npz");
    const embeddings = drawEmbeddings("gaussian", 2, 5, new RandomStream(2, 1));
    expect(problem).toStrictEqual(createProblem({ ...ROWS, embeddings, embeddingDim: 5 }));
    expect(notes).toStrictEqual([
      "The embeddings were drawn: gaussian, dimension 5, seed 2.",
      "1 context left out, of which no next word is counted.",
    ]);
  });

  const CSR = {
    format: "csr",
    shape: i32(2, 3),
    data: f64(1, 2, 3),
    indices: i32(0, 2, 1),
    indptr: i32(0, 2, 3),
  } satisfies Arrays;
  const COO = { format: "coo", shape: i32(2, 3), data: i32(1, 2, 3), row: i32(0, 0, 1), col: i32(0, 2, 1) };

  it("may have zeros and other arrays", async () => {
    const { problem, notes } = await read(npzOf({ ...CSR, data: f64(1, 0, 0.5), other: i32(1) }));
    expect(problem.tokens).toStrictEqual(Uint32Array.of(0, 1));
    expect(problem.weights).toStrictEqual(Float64Array.of(2 / 3, 1 / 3));
    expect(notes).toStrictEqual([
      '1 array left unread: "other".',
      "The embeddings were drawn: gaussian, dimension 16, seed 1.",
    ]);
  });

  it.each<[Arrays, string]>([
    [{ ...CSR, format: "bsr" }, 'key "format": expected a sparse matrix in the form csr, csc or coo, found "bsr"'],
    [{ ...CSR, indptr: undefined }, 'key "indptr": expected the starts of the rows (m + 1), found no such key'],
    [{ ...COO, col: undefined }, 'key "col": expected the columns of the entries, found no such key'],
    [{ ...CSR, shape: i32(6) }, 'key "shape": expected 2 values, m and V, found 1'],
    [{ ...CSR, indices: i32(0, 2) }, 'key "indices": expected 3 values, one per entry, found 2'],
    [{ ...COO, row: f64(0, 0, 1) }, 'key "row": expected whole numbers, found float64'],
    [{ ...CSR, data: "abc" }, 'key "data": expected 1 dimension, found shape ()'],
    [{ ...CSR, shape: i32(3, 3) }, 'key "indptr": expected 4 values, one more than the rows, found 3'],
    [{ ...CSR, format: "csc" }, 'key "indptr": expected 4 values, one more than the columns, found 3'],
    [{ ...CSR, indptr: i32(1, 2, 3) }, 'key "indptr": expected starts from 0, ascending, up to 3, found 2 after 1'],
    [{ ...CSR, indptr: i32(0, 3, 2) }, 'key "indptr": expected starts from 0, ascending, up to 3, found 2 after 3'],
    [{ ...CSR, indptr: i32(0, 2, 4) }, 'key "indptr": expected starts from 0, ascending, up to 3, found 4 after 2'],
    [{ ...CSR, indptr: i32(0, 1, 2) }, 'key "indptr": expected to end at 3, the number of entries, found 2'],
    [{ ...CSR, indices: i32(0, 3, 1) }, "expected entries within a matrix of 2 × 3, found one at (0, 3)"],
    [{ ...COO, row: i32(0, -1, 1) }, "expected entries within a matrix of 2 × 3, found one at (-1, 2)"],
    [{ ...COO, data: i32(1, 2, -3) }, 'key "data": expected counts of at least 0, found -3 at (1, 1)'],
    [{ ...CSR, data: f64(1, NaN, 3) }, 'key "data": expected counts of at least 0, found NaN at (0, 2)'],
    [{ ...COO, data: i32(0, 0, 0) }, "counts: expected at least one above 0, found none"],
  ])("is refused where it is none (%#)", async (arrays, message) => {
    await expect(read(npzOf(arrays))).rejects.toThrow(refused(message));
  });
});

describe("embeddings with counts", () => {
  const embeddings = [Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]] as const;
  const counts = [Int32Array.of(0, 3, 1, 0, 0, 0, 0, 0, 2, 0, 0, 5), [3, 4]] as const;

  it("are a problem", async () => {
    const { problem, notes } = await read(npzOf({ embeddings, counts, loss: f64(1) }));
    const kept = { embeddings: Float32Array.of(1, 2, 5, 6), embeddingDim: 2 };
    expect(problem).toStrictEqual(createProblem({ ...ROWS, ...kept }));
    expect(notes).toStrictEqual([
      '1 array left unread: "loss".',
      "1 context left out, of which no next word is counted.",
    ]);
  });

  it.each<[Arrays, string]>([
    [{ counts }, 'key "embeddings": expected the contexts\' embeddings (m × d), found no such key'],
    [
      { embeddings: [embeddings[0], [2, 3]], counts },
      'key "embeddings": expected 3 values, one row for each of "counts", found 2',
    ],
    [{ embeddings, counts: [counts[0], [12]] }, 'key "counts": expected 2 dimensions, found shape (12,)'],
    [{ embeddings, counts: "abc" }, 'key "counts": expected 2 dimensions, found shape ()'],
    [
      { embeddings, counts: [Int32Array.from(counts[0], (n, i) => (i === 8 ? -2 : n)), [3, 4]] },
      'key "counts": expected counts of at least 0, found -2 at context 2, word 0',
    ],
    [{ embeddings, counts: [new Int32Array(12), [3, 4]] }, "counts: expected at least one above 0, found none"],
    [
      { embeddings, counts: [Int32Array.of(1, 2, 3), [3, 1]] },
      "vocabularySize: expected a whole number from 2 to 2^31, found 1",
    ],
  ])("are refused where they are none (%#)", async (arrays, message) => {
    await expect(read(npzOf(arrays))).rejects.toThrow(refused(message));
  });
});
