import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readProblem, type ReadProblemOptions } from "../../src/formats/problem-file.ts";
import type { Problem } from "../../src/problem/problem.ts";

const read = (name: string, content: BlobPart, options?: ReadProblemOptions): ReturnType<typeof readProblem> =>
  readProblem(new File([content], name), options);

const fixture = (name: string): BlobPart =>
  new Uint8Array(readFileSync(new URL(`../fixtures/formats/${name}`, import.meta.url)));

/** The problem that a JSON file with these counts states. */
async function stated(
  vocabulary: readonly string[],
  next: Readonly<Record<string, readonly (readonly [string, number])[]>>,
  embedding: object,
): Promise<Problem> {
  const contexts = Object.entries(next).map(([label, pairs]) => ({ label, next: pairs }));
  const form = { format: "ntp-dataset@1", vocabulary, values: "counts", contexts, embedding };
  return (await read("d.json", JSON.stringify(form))).problem;
}

describe("a table of counts", () => {
  it.each(["counts.csv", "counts.tsv"])("%s by Python's csv is what JSON states", async (name) => {
    const { problem, kind, notes } = await read(name, fixture(name), { seed: 3 });
    expect(kind).toBe("table");
    expect(problem).toStrictEqual(
      await stated(
        ["cat", "\n", 'a "b"', "a\tb", "né 🦊", "unseen"],
        {
          the: [
            ["cat", 5],
            ['a "b"', 1],
          ],
          'she said, "no"': [
            ["\n", 2],
            ["cat", 5],
          ],
          "two\r\nlines": [
            ["a\tb", 4],
            ["né 🦊", 1],
          ],
        },
        { law: "gaussian", dim: 16, seed: 3 },
      ),
    );
    expect(problem.weights).toStrictEqual(Float64Array.of(6 / 18, 7 / 18, 5 / 18));
    expect(notes).toStrictEqual([
      '1 column left unread: "id".',
      "Of 1 row with a count of 0 the words alone were kept.",
      "The embeddings were drawn: gaussian, dimension 16, seed 3.",
    ]);
  });

  it("gets embeddings as the options of the corpus say, and independent ones where they say positional", async () => {
    const table = "context,next,count\na,x,1\nb,y,2\n";
    const next = { a: [["x", 1]], b: [["y", 2]] } as const;
    const orthonormal = await read("a.csv", table, { corpus: { embedding: "orthonormal", seed: 5 } });
    expect(orthonormal.problem).toStrictEqual(await stated(["x", "y"], next, { law: "orthonormal", dim: 2, seed: 5 }));
    const positional = await read("a.csv", table, { corpus: { embedding: "positional", embeddingDim: 3 } });
    expect(positional.problem).toStrictEqual(await stated(["x", "y"], next, { law: "gaussian", dim: 3, seed: 1 }));
    expect(positional.notes).toStrictEqual(["The embeddings were drawn: gaussian, dimension 3, seed 1."]);
    await expect(read("a.csv", table, { corpus: { embedding: "orthonormal", embeddingDim: 1 } })).rejects.toThrow(
      expect.objectContaining({
        code: "OPTION",
        message: "embeddingDim: expected at least 2, the number of contexts, for orthonormal embeddings, found 1",
      }),
    );
  });

  it("may have a mark, blank lines, line ends of any kind, and counts as other programs write them", async () => {
    const { problem, notes } = await read("A.CSV", "\ufeffcontext, next ,count\r\r\na,x,1.0\n\nb,y, 2e0 \ra,y,+3\n\n");
    expect(problem.words).toStrictEqual(["x", "y"]);
    expect(problem.contextLabels).toStrictEqual(["a", "b"]);
    expect(problem.probabilities).toStrictEqual(Float64Array.of(0.25, 0.75, 1));
    expect(notes).toHaveLength(1);
  });

  it("leaves out a context that nothing follows, and says so", async () => {
    const { problem, notes } = await read("a.csv", "context,next,count\na,x,0\nb,x,1\nb,y,1\n");
    expect(problem.contextLabels).toStrictEqual(["b"]);
    expect(notes.slice(0, 3)).toStrictEqual([
      "Of 1 row with a count of 0 the words alone were kept.",
      "The embeddings were drawn: gaussian, dimension 16, seed 1.",
      "1 context left out, of which no next word is counted.",
    ]);
  });

  const HEAD = "context,next,count\n";
  it.each<[string, string, BlobPart, string]>([
    [
      "prose",
      "a.csv",
      "It was a bright cold day, and the\nclocks were striking thirteen.",
      'expected a header with the columns context, next and count, found "It was a bright cold day", "and the" (a text to count words in goes into a .txt file)',
    ],
    [
      "other columns",
      "a.tsv",
      "context,next,count\na,b,1\n",
      'expected a header with the columns context, next and count, found "context,next,count" (a text to count words in goes into a .txt file)',
    ],
    [
      "a missing column",
      "a.csv",
      "context,next,n,b,c,d,e\na,b,1,1,1,1,1\n",
      'expected a header with the columns context, next and count, found "context", "next", "n", "b", "c" and 2 more (a text to count words in goes into a .txt file)',
    ],
    ["a column twice", "a.csv", "context,next,count,next\n", 'expected one column "next", found several'],
    ["blank lines", "a.csv", "\n\n", "expected a header with the columns context, next and count, found no line"],
    ["a header alone", "a.csv", HEAD, "expected rows of counts, found none"],
    ["a short row", "a.csv", `${HEAD}a,b\n`, "line 2: expected 3 fields, as in the header, found 2"],
    ["a long row", "a.csv", `${HEAD}a,b,1\na,"b"x,1\n`, "line 3: expected 3 fields, as in the header, found 4"],
    ["an empty context", "a.csv", `${HEAD},b,1\n`, "line 2: expected a value for context, found an empty field"],
    ["an empty word", "a.csv", `${HEAD}a,,1\n`, "line 2: expected a value for next, found an empty field"],
    ...(["x", "", "-1", "1.5", "0x10", "1e400", "9007199254740992", "NaN", "1 2"] as const).map(
      (count): [string, string, string, string] => [
        `the count “${count}”`,
        "a.csv",
        `${HEAD}"a\nb\r\nc","d\re",1\n\na,b,${count}\n`,
        `line 7: expected a count, a whole number from 0 to 2^53 - 1, found "${count}"`,
      ],
    ),
    [
      "an open quotation mark",
      "a.csv",
      `${HEAD}a,b,"1\n`,
      'expected quotation marks in pairs, "" for one within a field, found an odd number of them',
    ],
    ["counts of 0 alone", "a.csv", `${HEAD}a,b,0\na,c,0\n`, "counts: expected at least one above 0, found none"],
    ["one word", "a.csv", `${HEAD}a,b,1\n`, 'expected at least two distinct words, found one, "b"'],
    ["Latin-1", "a.csv", Uint8Array.of(0x63, 0xe9, 0x2c), "expected a table in UTF-8, found bytes that are not"],
    [
      "a workbook's bytes",
      "a.csv",
      Uint8Array.of(0xd0, 0xcf, 0, 1),
      "expected text in UTF-8, found a zero byte at byte 2, as in UTF-16 text and binary files",
    ],
  ])("refuses %s", async (_, name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(
      expect.objectContaining({ code: "FILE", message: `${name}: ${message}` }),
    );
  });
});
