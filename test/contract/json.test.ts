import { describe, expect, it } from "vitest";
import { FileError } from "../../src/errors.ts";
import { readJson } from "../../src/formats/json.ts";
import { drawEmbeddings } from "../../src/problem/embeddings.ts";
import { createProblem, type Problem } from "../../src/problem/problem.ts";
import { RandomStream } from "../../src/support/random.ts";
import { synthetic } from "../../src/problem/synthetic.ts";
import { dice } from "../support/draw.ts";

const EXAMPLE = {
  format: "ntp-dataset@1",
  vocabulary: ["the", "cat", "sat", "ran"],
  values: "counts",
  contexts: [
    { label: "the", next: [["cat", 3]] },
    {
      label: "the cat",
      next: [
        ["sat", 2],
        ["ran", 1],
      ],
    },
  ],
  embedding: { law: "gaussian", dim: 8, seed: 1 },
};

const PLAIN = {
  format: "ntp-dataset@1",
  vocabulary: 3,
  contexts: [
    {
      embedding: [1, 0],
      next: [
        [0, 0.25],
        [2, 0.75],
      ],
    },
    { embedding: [0.5, -1], weight: 3, next: [[1, 1]] },
  ],
};

function read(value: unknown, seed?: number): Problem {
  const content = readJson("d.json", typeof value === "string" ? value : JSON.stringify(value), seed);
  if (content.format !== "ntp-dataset@1") throw new Error("expected a data set");
  return createProblem(content.input);
}

/** The message with which a file is refused; the next good one must then read. */
function refusal(text: string): string {
  let message: string | undefined;
  try {
    readJson("d.json", text);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    expect(error.file).toBe("d.json");
    message = error.message;
  }
  if (message === undefined) throw new Error("expected a refusal, found none");
  expect(read(PLAIN).contextCount).toBe(2);
  return message;
}

describe("ntp-dataset@1", () => {
  it("reads probabilities, token numbers and embeddings", () => {
    const problem = read(PLAIN);
    expect(problem.vocabularySize).toBe(3);
    expect(problem.embeddings).toStrictEqual(Float64Array.of(1, 0, 0.5, -1));
    expect(problem.offsets).toStrictEqual(Uint32Array.of(0, 2, 3));
    expect(problem.tokens).toStrictEqual(Uint32Array.of(0, 2, 1));
    expect(problem.probabilities).toStrictEqual(Float64Array.of(0.25, 0.75, 1));
    expect(problem.weights).toStrictEqual(Float64Array.of(0.25, 0.75));
    expect(problem.words).toBeUndefined();
    expect(problem.contextLabels).toBeUndefined();
  });

  it("reads counts, words and a law", () => {
    const content = readJson("d.json", JSON.stringify(EXAMPLE));
    if (content.format !== "ntp-dataset@1") throw new Error("expected a data set");
    expect(content.notes).toStrictEqual(["The embeddings were drawn: gaussian, dimension 8, seed 1."]);
    const problem = createProblem(content.input);
    expect(problem.words).toStrictEqual(["the", "cat", "sat", "ran"]);
    expect(problem.contextLabels).toStrictEqual(["the", "the cat"]);
    expect(problem.weights).toStrictEqual(Float64Array.of(0.5, 0.5));
    expect(problem.tokens).toStrictEqual(Uint32Array.of(1, 2, 3));
    expect(problem.probabilities).toStrictEqual(Float64Array.of(1, 2 / 3, 1 / 3));
    expect(problem.embeddings).toStrictEqual(drawEmbeddings("gaussian", 2, 8, new RandomStream(1, 1)));
  });

  it("draws the embeddings of a synthetic problem of the same law, size and seed", () => {
    const same = synthetic({ contextCount: 2, embeddingDim: 8, vocabularySize: 4, supportSize: 2, seed: 1 });
    expect(read(EXAMPLE).embeddings).toStrictEqual(same.embeddings);
  });

  it("pools counts of equal labels, drawing one embedding for each label", () => {
    const problem = read({
      ...EXAMPLE,
      contexts: [
        {
          label: "a",
          next: [
            ["cat", 3],
            ["sat", 1],
          ],
        },
        { label: "b", next: [[0, 2]] },
        {
          label: "a",
          next: [
            ["sat", 3],
            ["ran", 1],
          ],
        },
      ],
    });
    expect(problem.mergedCount).toBe(1);
    expect(problem.contextLabels).toStrictEqual(["a", "b"]);
    expect(problem.weights).toStrictEqual(Float64Array.of(0.8, 0.2));
    expect(problem.tokens).toStrictEqual(Uint32Array.of(1, 2, 3, 0));
    [3 / 8, 4 / 8, 1 / 8, 1].forEach((p, k) => expect(problem.probabilities[k]).toBeCloseTo(p, 15));
    expect(problem.embeddings).toStrictEqual(drawEmbeddings("gaussian", 2, 8, new RandomStream(1, 1)));
  });

  it("takes the weight of a context of counts where it says one", () => {
    const contexts = [
      { next: [[0, 5]], weight: 1 },
      {
        next: [
          [1, 2],
          [2, 1],
        ],
      },
    ];
    expect(read({ ...EXAMPLE, contexts }).weights).toStrictEqual(Float64Array.of(0.25, 0.75));
  });

  it("takes the given seed where the file says none", () => {
    const embedding = { law: "unit-sphere", dim: 3 };
    const expected = (seed: number): Float64Array => drawEmbeddings("unit-sphere", 2, 3, new RandomStream(seed, 1));
    expect(read({ ...EXAMPLE, embedding }).embeddings).toStrictEqual(expected(1));
    expect(read({ ...EXAMPLE, embedding }, 7).embeddings).toStrictEqual(expected(7));
    expect(read({ ...EXAMPLE, embedding: { ...embedding, seed: 9 } }, 7).embeddings).toStrictEqual(expected(9));
  });

  it("accepts a byte order mark, every kind of white space, and escapes", () => {
    const text = JSON.stringify(EXAMPLE, null, "\t")
      .replaceAll("\n", "\r\n")
      .replace('"the cat"', '"t\\u0068e\\/\\u00e9\\n"');
    expect(read(`\ufeff \r\n${text}\n `).contextLabels).toStrictEqual(["the", "the/é\n"]);
  });

  const set = (changes: object): string => JSON.stringify({ ...PLAIN, ...changes });
  const first = (changes: object): string =>
    set({ contexts: [{ ...PLAIN.contexts[0], ...changes }, PLAIN.contexts[1]] });
  const law = (changes: object): string =>
    JSON.stringify({ ...EXAMPLE, embedding: { ...EXAMPLE.embedding, ...changes } });
  const without = (key: string): string =>
    JSON.stringify(Object.fromEntries(Object.entries(PLAIN).filter(([name]) => name !== key)));

  it.each([
    ["[]", "expected an object, found an empty array"],
    ["3", "expected an object, found 3"],
    [without("format"), 'format: expected "ntp-dataset@1" or "ntp-sequences@1", found nothing'],
    [set({ format: "ntp-dataset@2" }), 'format: expected "ntp-dataset@1" or "ntp-sequences@1", found "ntp-dataset@2"'],
    [set({ vocab: 3 }), 'unknown key "vocab", the nearest known one is "vocabulary"'],
    [first({ wieght: 3 }), 'contexts[0]: unknown key "wieght", the nearest known one is "weight"'],
    [first({ Next: 3 }), 'contexts[0]: unknown key "Next", the nearest known one is "next"'],
    [law({ low: 1 }), 'embedding: unknown key "low", the nearest known one is "law"'],
    [
      set({}).replace('"format"', '"__proto__":{"polluted":1},"format"'),
      'unknown key "__proto__", the nearest known one is "format"',
    ],
    [
      set({}).replace('"format"', '"constructor":1,"format"'),
      'unknown key "constructor", the nearest known one is "contexts"',
    ],
    [without("vocabulary"), "vocabulary: expected at least two words or their number, 2 to 2^31, found nothing"],
    [set({ vocabulary: 1 }), "vocabulary: expected at least two words or their number, 2 to 2^31, found 1"],
    [set({ vocabulary: 2.5 }), "vocabulary: expected at least two words or their number, 2 to 2^31, found 2.5"],
    [
      set({ vocabulary: ["a"] }),
      "vocabulary: expected at least two words or their number, 2 to 2^31, found an array of 1",
    ],
    [set({ vocabulary: ["a", 2] }), "vocabulary[1]: expected a word in quotes, found 2"],
    [set({ vocabulary: ["a", "b", "a"] }), 'vocabulary[2]: expected distinct words, found "a" a second time'],
    [set({ values: "logits" }), 'values: expected "probabilities" or "counts", found "logits"'],
    [set({ values: null }), 'values: expected "probabilities" or "counts", found null'],
    [without("contexts"), "contexts: expected a non-empty array of contexts, found nothing"],
    [set({ contexts: [] }), "contexts: expected a non-empty array of contexts, found an empty array"],
    [set({ contexts: {} }), "contexts: expected a non-empty array of contexts, found an object"],
    [set({ contexts: [null] }), "contexts[0]: expected an object, found null"],
    [first({ label: 3 }), "contexts[0].label: expected a string, found 3"],
    [first({ label: "x" }), "contexts[1].label: expected a label for every context or for none, found nothing"],
    [first({ weight: 0 }), "contexts[0].weight: expected a positive number, found 0"],
    [first({ weight: "3" }), 'contexts[0].weight: expected a positive number, found "3"'],
    [
      first({ next: [] }),
      "contexts[0].next: expected a non-empty array of pairs of a word and a value, found an empty array",
    ],
    [
      first({ next: undefined }),
      "contexts[0].next: expected a non-empty array of pairs of a word and a value, found nothing",
    ],
    [first({ next: [[0, 1, 2]] }), "contexts[0].next[0]: expected a pair of a word and a value, found an array of 3"],
    [first({ next: [0, 1] }), "contexts[0].next[0]: expected a pair of a word and a value, found 0"],
    [first({ next: [[3, 1]] }), "contexts[0].next[0][0]: expected a number from 0 to 2, found 3"],
    [first({ next: [[-1, 1]] }), "contexts[0].next[0][0]: expected a number from 0 to 2, found -1"],
    [first({ next: [[2.5, 1]] }), "contexts[0].next[0][0]: expected a number from 0 to 2, found 2.5"],
    [first({ next: [[4294967296, 1]] }), "contexts[0].next[0][0]: expected a number from 0 to 2, found 4294967296"],
    [first({ next: [["cat", 1]] }), 'contexts[0].next[0][0]: expected a number from 0 to 2, found "cat"'],
    [
      JSON.stringify(EXAMPLE).replace('"sat",2', '"dog",2'),
      'contexts[1].next[0][0]: expected a word of the vocabulary or a number from 0 to 3, found "dog"',
    ],
    [
      JSON.stringify(EXAMPLE).replace('"ran",1', "2,1"),
      "contexts[1].next[1][0]: expected distinct words, found 2 a second time",
    ],
    [
      first({
        next: [
          [0, 0.5],
          [0, 0.5],
        ],
      }),
      "contexts[0].next[1][0]: expected distinct words, found 0 a second time",
    ],
    [
      first({
        next: [
          [0, 0.25],
          [1, -0.25],
        ],
      }),
      "contexts[0].next[1][1]: expected a probability from 1.2e-38 to 1, found -0.25",
    ],
    [
      first({
        next: [
          [0, 1],
          [1, 1e-300],
        ],
      }),
      "contexts[0].next[1][1]: expected a probability from 1.2e-38 to 1, found 1e-300",
    ],
    [
      first({
        next: [
          [0, 1],
          [1, null],
        ],
      }),
      "contexts[0].next[1][1]: expected a probability from 1.2e-38 to 1, found null",
    ],
    [
      first({
        next: [
          [0, 0.5],
          [1, 0.4],
        ],
      }),
      "contexts[0].next: expected probabilities that sum to 1, found a sum of 0.9",
    ],
    [
      JSON.stringify(EXAMPLE).replace('"sat",2', '"sat",0'),
      "contexts[1].next[0][1]: expected a positive number, found 0",
    ],
    [
      JSON.stringify(EXAMPLE).replace('"sat",2', '"sat",1e999'),
      "contexts[1].next[0][1]: expected a positive number, found Infinity",
    ],
    [first({ embedding: [] }), "contexts[0].embedding: expected a non-empty array of numbers, found an empty array"],
    [first({ embedding: [1, "0"] }), 'contexts[0].embedding[1]: expected a finite number, found "0"'],
    [set({}).replace("0.5,-1", "0.5,-1e400"), "contexts[1].embedding[1]: expected a finite number, found -Infinity"],
    [
      first({ embedding: [1] }),
      "contexts[1].embedding: expected an array of 1, as in contexts[0], found an array of 2",
    ],
    [first({ embedding: undefined }), "contexts[1].embedding: expected none, as in contexts[0], found an array of 2"],
    [
      set({ contexts: [PLAIN.contexts[0], { next: [[1, 1]] }] }),
      "contexts[1].embedding: expected an array of 2, as in contexts[0], found nothing",
    ],
    [
      set({ contexts: [{ next: [[1, 1]] }] }),
      "embedding: expected a law to draw embeddings from, since the contexts carry none, found nothing",
    ],
    [
      set({ embedding: EXAMPLE.embedding }),
      "embedding: expected none beside the embeddings of the contexts, found an object",
    ],
    [law({ law: "normal" }), 'embedding.law: expected "gaussian", "unit-sphere", "orthonormal", found "normal"'],
    [law({ dim: 0 }), "embedding.dim: expected a whole number from 1 to 134217728, found 0"],
    [law({ dim: 1e9 }), "embedding.dim: expected a whole number from 1 to 134217728, found 1000000000"],
    [law({ dim: undefined }), "embedding.dim: expected a whole number from 1 to 134217728, found nothing"],
    [
      law({ law: "orthonormal", dim: 1 }),
      "embedding.dim: expected a whole number from 2 (one dimension per context) to 134217728, found 1",
    ],
    [law({ seed: -1 }), "embedding.seed: expected a whole number from 0 to 2^53 - 1, found -1"],
    [law({ seed: null }), "embedding.seed: expected a whole number from 0 to 2^53 - 1, found null"],
    [law({ seed: "abc" }), 'embedding.seed: expected a whole number from 0 to 2^53 - 1, found "abc"'],
  ])("refuses %s", (text, message) => {
    expect(refusal(text)).toBe(`d.json: ${message}`);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("ntp-sequences@1", () => {
  it("gives the sequences", () => {
    const sequences = [["a", "b"], [], ["<script>", "=cmd()"]];
    expect(readJson("d.json", JSON.stringify({ format: "ntp-sequences@1", sequences }))).toStrictEqual({
      format: "ntp-sequences@1",
      sequences,
    });
  });

  it.each([
    [{ sequences: [] }, "sequences: expected a non-empty array of sequences of tokens, found an empty array"],
    [{}, "sequences: expected a non-empty array of sequences of tokens, found nothing"],
    [{ sequences: ["a b"] }, 'sequences[0]: expected an array of tokens, found "a b"'],
    [{ sequences: [["a"], ["b", 3]] }, "sequences[1][1]: expected a token in quotes, found 3"],
    [{ sequences: [["a"]], sequence: 3 }, 'unknown key "sequence", the nearest known one is "sequences"'],
  ])("refuses %j", (rest, message) => {
    expect(refusal(JSON.stringify({ format: "ntp-sequences@1", ...rest }))).toBe(`d.json: ${message}`);
  });
});

describe("JSON syntax", () => {
  it.each([
    ["", "line 1, column 1: expected JSON, found an unexpected end of input"],
    ["{'a': 1}", "line 1, column 2: expected JSON, found an unexpected character '''"],
    ['{"a" 1}', "line 1, column 6: expected JSON, found an unexpected token Number"],
    ['{"a": 1,\n  "b": NaN}', "line 2, column 8: expected JSON, found an unexpected character 'N'"],
    ['{\r\n"a": -Infinity}', "line 2, column 6: expected JSON, found an unexpected character 'I'"],
    ['{"a": [1, 2,]}', "line 1, column 13: expected JSON, found an unexpected token RBracket"],
    ['{"a": 1,}', "line 1, column 9: expected JSON, found an unexpected token RBrace"],
    ['{"a": 1 // one\n}', "line 1, column 9: expected JSON, found an unexpected character '/'"],
    ['{"a": 01}', "line 1, column 7: expected JSON, found an unexpected character '1'"],
    ['{"a": tru}', "line 1, column 7: expected JSON, found an unexpected identifier 'tru'"],
    ['{"a": "b', "line 1, column 9: expected JSON, found an unexpected end of input"],
    ['{"a": "\\x"}', "line 1, column 8: expected JSON, found an unexpected character 'x'"],
    ["{} {}", "line 1, column 4: expected JSON, found an unexpected token LBrace"],
  ])("refuses %j with its place", (text, message) => {
    expect(refusal(text)).toBe(`d.json: ${message}`);
  });

  it("refuses a line break within a string", () => {
    expect(refusal('{"a": "b\n"}')).toMatch(/^d\.json: expected JSON; Bad control character/);
  });

  it.each([
    ["never closed", "[".repeat(1e6)],
    ["closed", "[".repeat(1e5) + "]".repeat(1e5)],
  ])("refuses brackets nested a hundred thousand deep, %s", (_, text) => {
    expect(refusal(text)).toMatch(/^d\.json: expected JSON/);
  });

  it("reads exactly what JSON.parse reads", () => {
    const texts = ["1e5", "-0.5E-3", "0", "-0", '"\\ud83e\\udd8a\\""', "[]", "{}", " [ 1 , [ ] ] ", "true", "null"];
    for (const text of [...texts, "1.", "+1", "1e", "[,]", "nul", '"\t"', "\v1", "\u00a01", '{"a"}', "{1:2}", "]"]) {
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      // A valid value is refused only for its place in the form.
      expect(refusal(`{"format": ${text}}`).startsWith("d.json: format: expected"), text).toBe(valid);
    }
  });
});

it("never throws anything but a FileError", () => {
  const random = dice(3);
  const seeds = [
    JSON.stringify(EXAMPLE, null, 1),
    JSON.stringify(PLAIN),
    '{"format":"ntp-sequences@1","sequences":[["a","b"]]}',
  ];
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "-",
    "1",
    "e9",
    "null",
    " ",
    "\n",
    "__proto__",
    "\ud800",
    "cat",
  ];
  let refused = 0;
  for (let trial = 0; trial < 6000; trial++) {
    let text = seeds[trial % seeds.length]!;
    for (let edits = 1 + random(3); edits > 0; edits--) {
      const at = random(text.length + 1);
      text = text.slice(0, at) + (random(3) > 0 ? pieces[random(pieces.length)]! : "") + text.slice(at + random(4));
    }
    // Digits put into a dimension make a slow file, not a wrong one.
    if (/"dim": *[0-9]{4}/.test(text)) continue;
    try {
      const content = readJson("f.json", text);
      expect(content.format).toMatch(/^ntp-(dataset|sequences)@1$/);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(2000);
  expect(refused).toBeLessThan(6000);
});
