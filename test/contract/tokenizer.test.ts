import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, it, vi } from "vitest";
import { OptionError } from "../../src/errors.ts";
import { readProblem } from "../../src/formats/problem-file.ts";
import { problemFromText, problemFromTokens } from "../../src/problem/corpus/corpus.ts";
import { TokenizerScanner } from "../../src/problem/corpus/tokenizer.ts";
import { TokenList } from "../../src/problem/corpus/tokens.ts";
import type { CorpusOptions } from "../../src/problem/corpus/settings.ts";

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);

const GPT2 = gunzipSync(readFileSync(at("test/fixtures/formats/gpt2-tokenizer.json.gz"))).toString();
const gpt2 = JSON.parse(GPT2) as { readonly model: { readonly vocab: Readonly<Record<string, number>> } };

/** English prose with code and tables in it, of many parts. */
const DOCS = ["docs/guide.md", "docs/formats.md", "docs/figures.md"]
  .map((path) => readFileSync(at(path), "utf8"))
  .join("\n");

/** The tokens of a text that comes in pieces of so many UTF-16 units. */
function tokensOf(tokenizer: string | object, text: string, size = 4096, linesAreSequences = false): string[] {
  const tokens = new TokenList();
  const scanner = new TokenizerScanner(tokens, tokenizer, linesAreSequences);
  for (let start = 0; start < text.length; start += size) scanner.add(text.slice(start, start + size));
  scanner.end();
  const ids = tokens.ids.join();
  for (;;) {
    const step = ids.next();
    if (step.done) return Array.from(step.value, (id) => tokens.words[id] ?? "|");
  }
}

const reference = new Tokenizer(gpt2, {});
const referenceIds = (text: string): number[] => reference.encode(text, { add_special_tokens: false }).ids;
const idOf = (token: string): number => gpt2.model.vocab[token]!;

const letters = (alphabet: string): string[] => [...alphabet];

const EMPTY = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };

/** As Llama's first ones are: every text gets a ▁ in front, and nothing parts it before the merges. */
const PREPENDING = {
  ...EMPTY,
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "Prepend", prepend: "▁" },
      { type: "Replace", pattern: { String: " " }, content: "▁" },
    ],
  },
  model: {
    type: "BPE",
    vocab: Object.fromEntries([...letters("▁abcdefghij"), "▁a", "▁▁", "bc"].map((token, id) => [token, id])),
    merges: ["▁ a", "▁ ▁", "b c"],
  },
};

const UNIGRAM = {
  ...EMPTY,
  pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
  model: {
    type: "Unigram",
    unk_id: 0,
    vocab: ["<unk>", ...letters("▁abcdefghij"), "▁a", "bc", "▁ab"].map((token, id) => [token, -id / 4]),
  },
};

const WORD_PIECE = {
  ...EMPTY,
  normalizer: { type: "BertNormalizer", lowercase: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: { type: "BertProcessing", cls: ["[CLS]", 7], sep: ["[SEP]", 8] },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    vocab: Object.fromEntries(
      ["[UNK]", "play", "##ing", "##ed", "a", ".", "##b", "[CLS]", "[SEP]"].map((token, id) => [token, id]),
    ),
  },
};

const WORD_LEVEL = {
  ...EMPTY,
  pre_tokenizer: { type: "WhitespaceSplit" },
  model: { type: "WordLevel", unk_token: "<?>", vocab: { the: 0, "<?>": 1, cat: 2 } },
};

describe("a text that is cut by a tokenizer.json", () => {
  it("has the ids that GPT-2 has", () => {
    const known = {
      "Hello world": [15496, 995],
      "hello world": [31373, 995],
      "Hello, my dog is cute": [15496, 11, 616, 3290, 318, 13779],
      "The cat sat on the mat": [464, 3797, 3332, 319, 262, 2603],
      "<|endoftext|>": [50256],
    };
    const tokens = tokensOf(gpt2, Object.keys(known).join("\n"), 4096, true);
    const ids = tokens.map((token) => (token === "|" ? "|" : idOf(token)));
    expect(ids.join(" ").split(" | ")).toStrictEqual(Object.values(known).map((line) => line.join(" ")));
  });

  it("has the tokens of the whole text, however long it is and wherever it is cut", () => {
    expect(DOCS.length).toBeGreaterThan(5 * 8192);
    const whole = referenceIds(DOCS);
    for (const size of [3001, DOCS.length]) expect(tokensOf(gpt2, DOCS, size).map(idOf)).toStrictEqual(whole);
  });

  it.each([
    ["Prepend", PREPENDING],
    ["Metaspace", UNIGRAM],
  ])("puts no space before a part that has one, with %s", (_, tokenizer) => {
    const text = Array.from({ length: 6000 }, (_, i) => "abc bca cab"[(i * i) % 11] + "a b"[i % 3]!).join("");
    expect(tokensOf(tokenizer, text)).toStrictEqual(new Tokenizer(tokenizer, {}).tokenize(text));
  });

  it("ends a part after a line where no space is between letters, and else within a character nowhere", () => {
    const lines = "1999.\n".repeat(4000);
    expect(tokensOf(gpt2, lines)).toStrictEqual(reference.tokenize(lines));
    const signs = `.${"😀".repeat(9000)}`;
    const ids = tokensOf(gpt2, signs).map(idOf);
    expect(reference.decode(ids)).toBe(signs);
  });

  it("knows WordPiece and WordLevel, with their unknown words, and adds no token", () => {
    expect(tokensOf(WORD_PIECE, "Playing, played. A zebra")).toStrictEqual([
      "play",
      "##ing",
      "[UNK]",
      "play",
      "##ed",
      ".",
      "a",
      "[UNK]",
    ]);
    expect(tokensOf(WORD_LEVEL, "the cat  the dog")).toStrictEqual(["the", "cat", "the", "<?>"]);
  });

  it("takes lines for sequences where contexts are prefixes", () => {
    expect(tokensOf(WORD_LEVEL, "the cat\r\n\ncat the\rthe", 3, true)).toStrictEqual([
      "the",
      "cat",
      "|",
      "cat",
      "the",
      "|",
      "the",
    ]);
  });

  it("leaves out what a vocabulary without an unknown word lacks", () => {
    expect(tokensOf(PREPENDING, "bczbc")).toStrictEqual(["▁", "bc", "bc"]);
  });
});

describe("the problem of a text and a tokenizer.json", () => {
  it("has the counts of the ids", async () => {
    const options = { tokenizer: GPT2, contextLength: 2, maxVocabulary: 60_000, maxContexts: 100_000, embeddingDim: 1 };
    const { problem, kind, notes } = await readProblem(new File([DOCS], "docs.md"), { corpus: options });
    expect(kind).toBe("text");
    const ids = referenceIds(DOCS);
    expect(notes[0]).toBe(
      `The tokenizer cut the text into ${ids.length} tokens, ${new Set(ids).size} of them distinct.`,
    );
    const counts = new Map<string, Map<number, number>>();
    for (let i = 2; i < ids.length; i++) {
      const context = `${ids[i - 2]} ${ids[i - 1]}`;
      const row = counts.get(context) ?? new Map<number, number>();
      counts.set(context, row.set(ids[i]!, (row.get(ids[i]!) ?? 0) + 1));
    }
    expect(problem.contextCount).toBe(counts.size);
    for (let j = 0; j < problem.contextCount; j++) {
      const row = counts.get(problem.contextLabels![j]!.split(" ").map(idOf).join(" "))!;
      const total = [...row.values()].reduce((a, b) => a + b);
      expect(problem.weights[j]).toBeCloseTo(total / (ids.length - 2), 12);
      const found = Array.from({ length: problem.offsets[j + 1]! - problem.offsets[j]! }, (_, k) => {
        const place = problem.offsets[j]! + k;
        return [idOf(problem.words![problem.tokens[place]!]!), problem.probabilities[place]! * total] as const;
      });
      expect(new Map(found.map(([id, count]) => [id, Math.round(count)]))).toStrictEqual(row);
    }
  });

  it("keeps tokens apart that read alike", async () => {
    // the first halves of é and of ‘, and the letter that is spelt as the first is
    const { problem } = await problemFromText("é Ã é‘ Ã", { tokenizer: gpt2, contextLength: 1 });
    expect(new Set(problem.words).size).toBe(problem.words!.length);
  });

  it.each<[string, CorpusOptions["tokenizer"], string]>([
    ["no JSON", "once upon a time", "expected the content of a tokenizer.json, found text that is no JSON"],
    ["a number", "5", "expected the content of a tokenizer.json, found 5"],
    [
      "an object without a model",
      {},
      'expected the content of a tokenizer.json, found an object without the object "model"',
    ],
    [
      "a model of another type",
      { ...WORD_LEVEL, model: { ...WORD_LEVEL.model, type: "Markov" } },
      'expected a model of type BPE, WordPiece, Unigram, WordLevel, found "Markov"',
    ],
    [
      "an unknown pre-tokenizer",
      { ...WORD_LEVEL, pre_tokenizer: { type: "Telepathic" } },
      "expected the content of a tokenizer.json, found one that cannot be used (Unknown PreTokenizer type: Telepathic)",
    ],
  ])("refuses %s", async (_, tokenizer, complaint) => {
    const refusal = new OptionError("tokenizer", complaint);
    await expect(problemFromText("the cat the cat", { tokenizer: tokenizer! })).rejects.toThrow(refusal);
  });

  it("refuses what is not to be cut, and two ways to cut", async () => {
    const corpus = { tokenizer: WORD_LEVEL };
    await expect(readProblem(new File(["context,next,count\na,b,1\n"], "a.csv"), { corpus })).rejects.toThrow(
      "tokenizer: expected a text to cut by it, found a table of counts (CSV or TSV) in a.csv",
    );
    await expect(problemFromTokens([["a", "b"]], corpus)).rejects.toThrow(
      "tokenizer: expected a text to cut by it, found sequences of tokens",
    );
    await expect(problemFromText("the cat", { ...corpus, tokens: "spaces" })).rejects.toThrow(
      'tokens: expected none beside a tokenizer, which cuts the text, found "spaces"',
    );
  });

  it("encodes no more at a time than takes some milliseconds", () => {
    const encode = vi.spyOn(Tokenizer.prototype, "encode");
    try {
      tokensOf(WORD_LEVEL, DOCS + "1234".repeat(9000), 1e6);
      const lengths = encode.mock.calls.map(([text]) => text.length);
      expect(lengths.length).toBeGreaterThan(DOCS.length / 8192);
      expect(Math.max(...lengths)).toBe(8192);
    } finally {
      encode.mockRestore();
    }
  });
});
