import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FileError, OptionError } from "../../src/errors.ts";
import { areWordVectors } from "../../src/formats/recognise-vectors.ts";
import { readProblem, type ProblemSource, type ReadProblemOptions } from "../../src/formats/problem-file.ts";

const fixture = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../fixtures/formats/${name}`, import.meta.url)));

/** What gensim wrote into both files. */
const NUMBERS = new Map(
  Object.entries(JSON.parse(new TextDecoder().decode(fixture("vectors/numbers.json"))) as Record<string, number[]>),
);
const CONTEXTS = [...NUMBERS.keys()].filter((word) => word !== "unused");

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
const tableOf = (contexts: readonly string[]): string =>
  `context,next,count\n${contexts.map((context, j) => `${quoted(context)},w${j % 2},${j + 1}`).join("\n")}\n`;

const read = (
  content: BlobPart,
  vectors: BlobPart | ProblemSource,
  { name = "a.csv", ...options }: ReadProblemOptions & { name?: string } = {},
): ReturnType<typeof readProblem> => {
  const isSource = typeof vectors === "object" && "stream" in vectors && "name" in vectors;
  const source = isSource ? vectors : new File([vectors], "v.txt");
  return readProblem(new File([content], name), { ...options, vectors: source });
};

/** The vectors of a problem by the names of its contexts. */
const vectorsOf = ({ problem }: Awaited<ReturnType<typeof readProblem>>): Record<string, number[]> =>
  Object.fromEntries(
    problem.contextLabels!.map((label, j) => {
      const { embeddings, embeddingDim: d } = problem;
      return [label, Array.from(embeddings.subarray(j * d, (j + 1) * d))];
    }),
  );

describe("word vectors", () => {
  it.each(["word2vec", "glove"])(
    "are the embeddings of a table's contexts, as gensim writes them: %s",
    async (form) => {
      // w0 is a word that follows, "the cat" a context that none follows
      const table = `${tableOf(CONTEXTS.toReversed())}the cat,w0,0\n`;
      const found = await read(table, fixture(`vectors/${form}.txt`));
      const drawn = await readProblem(new File([table], "a.csv"));
      expect(found.problem).toStrictEqual({
        ...drawn.problem,
        ...{ embeddings: found.problem.embeddings, embeddingDim: 5 },
      });
      expect(found.problem.embeddings.some((x) => x !== Math.fround(x))).toBe(true);
      for (const [word, vector] of Object.entries(vectorsOf(found)))
        expect(vector.map(Math.fround)).toStrictEqual(NUMBERS.get(word));
      expect(found.notes).toStrictEqual([
        "The embeddings are vectors of v.txt, dimension 5.",
        ...drawn.notes.filter((note) => !note.startsWith("The embeddings")),
      ]);
      expect(drawn.notes).toHaveLength(found.notes.length);
    },
  );

  const PLAIN = "a 1 2\nb 3 4.5\nc -5e-1 +6\n";
  const OF_PLAIN = { a: [1, 2], b: [3, 4.5], c: [-0.5, 6] };

  it.each<[string, string, BlobPart]>([
    ["a text", "a.txt", "a b c a b"],
    ["JSON Lines", "a.jsonl", '["a","b","c","a","b"]'],
  ])("are those of contexts of one word in %s", async (_, name, content) => {
    const corpus = { contextLength: 1 };
    const found = await read(content, PLAIN, { name, corpus });
    expect(vectorsOf(found)).toStrictEqual(OF_PLAIN);
    const drawn = await readProblem(new File([content], name), { corpus });
    expect(found.problem.tokens).toStrictEqual(drawn.problem.tokens);
    expect(found.problem.weights).toStrictEqual(drawn.problem.weights);
  });

  it("are those of a table in Parquet, whose ids are words", async () => {
    const found = await read(fixture("ids.parquet"), "9 1 0\n7 0 1", { name: "a.parquet" });
    expect(vectorsOf(found)).toStrictEqual({ 7: [0, 1], 9: [1, 0] });
  });

  it.each([
    ["spaces at the ends of lines, and between numbers", "3 2 \na 1 2 \nb  3   4.5  \nc -5e-1 +6"],
    ["a mark, Windows' line ends and blank lines", "\ufeffa 1 2\r\n\r\nb 3 4.5\r\nc -.5 6.\r\n\r\n"],
    [
      "words that need no vector, whatever stands in their lines",
      "5 2\nx nan ?\na 1 2\n\ufeffa 0 0\nb 3 4.5\nc -.5 6\n",
    ],
  ])("may have %s", async (_, content) => {
    expect(vectorsOf(await read(tableOf(["a", "b", "c"]), content))).toStrictEqual(OF_PLAIN);
  });

  it("are the same wherever the file is cut into pieces", async () => {
    const lines = Array.from({ length: 9000 }, (_, i) => `né${i} ${i} ${-i / 7} 1e-${i % 300}`);
    const bytes = new TextEncoder().encode(`9000 3\n${lines.join("\n")}`);
    const source = (size: number): ProblemSource => ({
      name: "v.txt",
      stream() {
        let at = 0;
        return new ReadableStream({
          pull(controller) {
            if (at >= bytes.length) return controller.close();
            controller.enqueue(bytes.slice(at, (at += size)));
          },
        });
      },
    });
    const contexts = [2, 5000, 6001, 8999];
    const expected = Object.fromEntries(contexts.map((i) => [`né${i}`, [i, -i / 7, Number(`1e-${i % 300}`)]]));
    const table = tableOf(Object.keys(expected));
    for (const size of [7, 97, bytes.length])
      expect(vectorsOf(await read(table, source(size)))).toStrictEqual(expected);
  });

  it.each<[string, BlobPart, string]>([
    ["an empty file", "", "expected word vectors, found an empty file"],
    ["blank lines alone", " \n\n", "expected word vectors, found an empty file"],
    [
      "a line that is short",
      "a 1 2\nb 3\n",
      "line 2: expected 2 numbers behind the word, as in the first line, found 1",
    ],
    [
      "a line that is long",
      "a 1\n\nb 3 4\n",
      "line 3: expected 1 number behind the word, as in the first line, found 2",
    ],
    ["another d", "2 3\na 1 2\nb 3 4\n", "line 2: expected 3 numbers behind the word, as the header says, found 2"],
    ["too few lines", "3 2\na 1 2\nb 3 4\n", "line 1: expected 3 lines to follow, as the header says, found 2"],
    ["too many lines", "1 2\na 1 2\nb 3 4\n", "line 1: expected 1 line to follow, as the header says, found 2"],
    ["a header alone", "2 3\n", "line 1: expected 2 lines to follow, as the header says, found 0"],
    ["no numbers", "a\nb\n", "line 1: expected at least one number in a vector, found none"],
    ["a d of 0", "2 0\na\nb\n", "line 1: expected at least one number in a vector, found 0"],
    [
      "a d beyond all memory",
      "2 99999999999\n",
      "line 1: expected at most 268435456 numbers in all vectors, found 2 × 99999999999",
    ],
    ["no word", "a 1 2\n b 3\n", "line 2: expected a word, found a space at the beginning"],
    ["a word twice", "a 1\nx 2\nb 3\nx 4\n", 'line 4: expected each word once, found "x" again, the word of line 2'],
    ["no number", "a 1 2\nb 3 x\n", 'line 2: expected finite numbers, found "x" at 1'],
    ["not a number", "a nan 2\nb 3 4\n", 'line 1: expected finite numbers, found "nan" at 0'],
    ["infinity", "a 1 2\nb 1e999 3\n", 'line 2: expected finite numbers, found "1e999" at 0'],
    ["another base", "a 1 2\nb 0x10 3\n", 'line 2: expected finite numbers, found "0x10" at 0'],
    [
      "other bytes",
      Uint8Array.of(0x61, 0x20, 0x31, 0x0a, 0xff, 0x20, 0x31),
      "line 2: expected text in UTF-8, found bytes that are not",
    ],
    ["a zero", "a 1 \0", "expected text in UTF-8, found a zero byte at byte 4, as in UTF-16 text and binary files"],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8), "expected word vectors as text, found a gzip file, to be unpacked first"],
    [
      "a context without a vector",
      "a 1 2\nc 3 4\n",
      'expected a vector for every context, found none for 1 of 2, the first "b"',
    ],
  ])("are refused with %s", async (_, content, message) => {
    await expect(read(tableOf(["a", "b"]), content)).rejects.toThrow(new FileError("v.txt", message));
  });

  it("are needed by every context, and by none of several words", async () => {
    await expect(read(tableOf(["a", "x y", "b", "z"]), PLAIN)).rejects.toThrow(
      'v.txt: expected a vector for every context, found none for 2 of 4, the first "x y" (a vector is that of one word)',
    );
    await expect(read("a b c a b", PLAIN, { name: "a.txt" })).rejects.toThrow(
      'v.txt: expected a vector for every context, found none for 3 of 3, the first "a b" (a vector is that of one word)',
    );
  });

  it("are refused where embeddings are given, or drawn", async () => {
    await expect(read(fixture("csr.npz"), PLAIN, { name: "a.npz" })).rejects.toThrow(
      new OptionError("vectors", "expected contexts that are words of a table or text, found an .npz archive in a.npz"),
    );
    await expect(read(tableOf(["a", "b"]), PLAIN, { corpus: { embedding: "gaussian" } })).rejects.toThrow(
      new OptionError("embedding", 'expected none beside vectors, which are the embeddings, found "gaussian"'),
    );
    await expect(read(tableOf(["a", "b"]), PLAIN, { corpus: { embeddingDim: 3 } })).rejects.toThrow(
      new OptionError("embeddingDim", "expected none beside vectors, which are the embeddings, found 3"),
    );
    const vectors = "v.txt" as unknown as ProblemSource;
    await expect(readProblem(new File([tableOf(["a", "b"])], "a.csv"), { vectors })).rejects.toThrow(
      new OptionError("vectors", 'expected a file of word vectors, found "v.txt"'),
    );
  });

  it.each<[isOne: boolean, what: string, content: BlobPart, name?: string]>([
    [true, "word2vec's form", fixture("vectors/word2vec.txt")],
    [true, "GloVe's form", fixture("vectors/glove.txt")],
    [true, "a mistake in a later line", "a .5 1\nb 2 1e-3\nc x\n"],
    [true, "a header that is wrong", "9 9\r\na 1. 2\r\n\r\nb .5 1\r\n"],
    [true, "one line without an end", "a 1.5"],
    [true, "a line that is longer than what is looked at", `a${" 0.25".repeat(20_000)}\nb${" 0.5".repeat(20_000)}`],
    [false, "prose", "In 2024 11.5 litres\nwere drunk"],
    [false, "prose whose first line could be one", "Chapter 1.5\nIt was late."],
    [false, "ids of tokens", "464 3797 3332\n319 262 2603\n"],
    [false, "a header alone", "2 3\n"],
    [false, "nothing", ""],
    [false, "a line that begins with a space", " 1.5 2\n"],
    [false, "a table", "a 1.5\nb 2.5\n", "a.csv"],
    [false, "JSON Lines by its name", "a 1.5\nb 2.5\n", "a.jsonl"],
    [false, "an archive", fixture("csr.npz")],
  ])("are recognised by how a file begins: %s, %s", async (isOne, _, content, name = "a.txt") => {
    expect(await areWordVectors(new File([content], name))).toBe(isOne);
  });

  it("may take more than 1 GiB", async () => {
    const large = { name: "v.txt", size: 2 ** 33, stream: () => new Blob([PLAIN]).stream() };
    await expect(read(tableOf(["a", "b"]), large)).rejects.toThrow("v.txt: expected 8589934592 bytes, found 25");
  });

  it("end when they are aborted", async () => {
    const controller = new AbortController();
    const endless = {
      name: "v.txt",
      stream: () =>
        new ReadableStream<Uint8Array>({
          pull(stream) {
            stream.enqueue(new TextEncoder().encode("a 1 2\n"));
            controller.abort(new Error("enough"));
          },
        }),
    };
    await expect(read(tableOf(["a", "b"]), endless, { signal: controller.signal })).rejects.toThrow("enough");
  });
});
