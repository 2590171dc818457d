import { describe, expect, test, vi } from "vitest";
import { ProblemError } from "../../src/errors.ts";
import { problemFromText, problemFromTokens } from "../../src/problem/corpus/corpus.ts";
import { readableWord } from "../../src/problem/corpus/count-corpus.ts";
import type { Corpus, CorpusOptions } from "../../src/problem/corpus/settings.ts";
import { drawEmbeddings, positionalEmbeddings } from "../../src/problem/embeddings.ts";
import { RandomStream } from "../../src/support/random.ts";

/** A problem by names: context label → [weight, { word: probability }]. */
function byName({ problem }: Corpus): Record<string, [number, Record<string, number>]> {
  return Object.fromEntries(
    problem.contextLabels!.map((label, j) => {
      const row: Record<string, number> = {};
      for (let k = problem.offsets[j]!; k < problem.offsets[j + 1]!; k++)
        row[problem.words![problem.tokens[k]!]!] = problem.probabilities[k]!;
      return [label, [problem.weights[j]!, row]];
    }),
  );
}

/** Everything that must not depend on how a text arrives. */
function contentOf({ problem, ...told }: Corpus): unknown {
  return structuredClone({ problem, told });
}

async function* pieces(text: string, cut: () => number): AsyncGenerator<string> {
  for (let start = 0; start < text.length;) {
    const size = cut();
    yield text.slice(start, start + size);
    start += size;
    await Promise.resolve();
  }
}

function streamOf(chunks: readonly unknown[], onCancel?: () => void): ReadableStream<string> {
  return new ReadableStream<string>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk as string);
      controller.close();
    },
    ...(onCancel ? { cancel: onCancel } : {}),
  });
}

/** Text of words drawn with falling frequency. */
function randomText(words: number, vocabulary: number, seed: number, separator = " "): string {
  const random = new RandomStream(seed);
  return Array.from({ length: words }, () => {
    const rank = random.integer(random.integer(vocabulary) + 1);
    return `w${rank}${random.integer(9) === 0 ? "\n" : ""}`;
  }).join(separator);
}

/** The plainest counting, on joined strings. */
function countPlainly(
  sequences: readonly (readonly string[])[],
  k: number,
  prefixes: boolean,
): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const sequence of sequences)
    for (let i = 1; i < sequence.length; i++) {
      if (prefixes ? i > k : i < k) continue;
      const label = sequence.slice(prefixes ? 0 : i - k, i).join(" ");
      const row = counts.get(label) ?? new Map<string, number>();
      row.set(sequence[i]!, (row.get(sequence[i]!) ?? 0) + 1);
      counts.set(label, row);
    }
  return counts;
}

// A count over a total, divided again by a sum of such quotients: below 2 ulp of error for each of n terms.
const PROBABILITY_TOLERANCE = 1e-14;

function expectSameCounts(corpus: Corpus, plain: Map<string, Map<string, number>>): void {
  const named = byName(corpus);
  expect(Object.keys(named).sort()).toEqual([...plain.keys()].sort());
  const total = [...plain.values()].reduce((sum, row) => sum + [...row.values()].reduce((a, b) => a + b), 0);
  expect(corpus.pairTotal).toBe(total);
  let worst = 0;
  const differing: string[] = [];
  for (const [label, row] of plain) {
    const [weight, found] = named[label]!;
    const count = [...row.values()].reduce((a, b) => a + b);
    worst = Math.max(worst, Math.abs(weight - count / total));
    for (const [word, n] of row) worst = Math.max(worst, Math.abs(found[word]! - n / count));
    if (Object.keys(found).length !== row.size) differing.push(label);
  }
  expect(worst).toBeLessThan(PROBABILITY_TOLERANCE);
  expect(differing).toEqual([]);
}

/** Expects the text to be cut into these words, in this order: all but the last are its one context. */
async function expectWords(text: string, words: readonly string[], options: CorpusOptions = {}): Promise<void> {
  const corpus = await problemFromText(text, { ...options, contextLength: words.length - 1 });
  const separator = options.tokens === "characters" ? "" : " ";
  expect(byName(corpus)).toEqual({ [words.slice(0, -1).join(separator)]: [1, { [words.at(-1)!]: 1 }] });
}

describe("windows of words", () => {
  test("a text counted by hand", async () => {
    const corpus = await problemFromText("the cat sat, the cat ran, the dog sat", { contextLength: 1 });
    expect(corpus.problem.words).toEqual(["the", "cat", "sat", ",", "ran", "dog"]);
    expect(corpus.problem.contextLabels).toEqual(["the", "cat", ",", "sat", "ran", "dog"]);
    const named = byName(corpus);
    expect(named["the"]![1]).toEqual({ cat: 2 / 3, dog: 1 / 3 });
    expect(named["cat"]).toEqual([0.2, { sat: 0.5, ran: 0.5 }]);
    expect(named["sat"]).toEqual([0.1, { ",": 1 }]);
    const { problem, ...told } = corpus;
    expect(told).toEqual({
      tokenCount: 11,
      sequenceCount: 1,
      wasNormalised: false,
      vocabularyTotal: 6,
      droppedWords: 0,
      unknownShare: 0,
      contextTotal: 6,
      droppedContexts: 0,
      pairTotal: 10,
      keptShare: 1,
    });
    expect(problem).toMatchObject({ contextCount: 6, vocabularySize: 6, embeddingDim: 16, mergedCount: 0 });
  });

  test("the default window is two words", async () => {
    const corpus = await problemFromText("a b c a b d");
    expect(byName(corpus)["a b"]).toEqual([0.5, { c: 0.5, d: 0.5 }]);
    expect(corpus.problem.contextLabels).toEqual(["a b", "b c", "c a"]);
  });

  test("words keep case, marks, digits and inner apostrophes; other signs stand alone", async () => {
    const words = [
      "Don't",
      "l’été",
      "'",
      "42",
      "3",
      ".",
      "5",
      "naïve",
      "\u00e9t",
      "日本",
      "𝐀𝐁",
      "😀",
      "don't",
      "-",
      "_",
    ];
    const corpus = await problemFromText("Don't l’été ' 42 3.5 naïve e\u0301t 日本 𝐀𝐁😀 don't - _\u00a0\u3000\n", {
      contextLength: 1,
    });
    expect(corpus.problem.words).toEqual(words);
    expect(corpus.tokenCount).toBe(15);
  });

  test("a trailing or doubled apostrophe is no part of a word", async () => {
    const corpus = await problemFromText("dogs' x''y z", { contextLength: 1 });
    expect(corpus.problem.words).toEqual(["'", "dogs", "x", "y", "z"]);
  });

  // Cut by hand.
  test.each([
    ["Latin, soft hyphens", "co\u00adope\u00adrate’s end", ["co\u00adope\u00adrate’s", "end"]],
    ["Latin, a word joiner", "l’\u2060été a\u2060b", ["l’\u2060été", "a\u2060b"]],
    ["Latin, U+200B separates", "a\u200bb c\u200b\u200b d", ["a", "b", "c", "d"]],
    ["Latin, U+0085 is white space, U+FEFF is not", "a\u0085b\ufeffc", ["a", "b\ufeffc"]],
    ["ignorables behind white space", "\ufeffa \u2060\u00ad b\n\u200ec \ufe0fd", ["a", "b", "c", "d"]],
    ["Persian, non-joiners", "من می\u200cخواهم کتاب\u200cها", ["من", "می\u200cخواهم", "کتاب\u200cها"]],
    ["Arabic, a number sign", "\u0600١٢ سلام", ["\u0600١٢", "سلام"]],
    ["Sinhala, joiners", "ශ්\u200dරී ලංකාව", ["ශ්\u200dරී", "ලංකාව"]],
    ["Devanagari, both", "क्\u200dष र्\u200cय", ["क्\u200dष", "र्\u200cय"]],
    ["Hebrew, bidi marks", "\u200fשלום\u200f, \u200fעולם!", ["שלום\u200f", ",", "עולם", "!"]],
    ["Hebrew, quotation marks inside", 'צה"ל ארה״ב "כן"', ['צה"ל', "ארה״ב", '"', "כן", '"']],
    ["Hebrew, geresh", "ג'ירפה רח' צ׳יפס ג׳", ["ג'ירפה", "רח'", "צ׳יפס", "ג׳"]],
    ["Cyrillic", "Съешь ещё, чаю", ["Съешь", "ещё", ",", "чаю"]],
    ["Chinese", "我们今天去北京，明天回来。", ["我们", "今天", "去", "北京", "，", "明天", "回来", "。"]],
    ["Chinese beside others", "ABC公司 第3章", ["ABC", "公司", "第", "3", "章"]],
    ["Japanese", "私は学生です。コーヒー", ["私", "は", "学生", "です", "。", "コーヒー"]],
    ["Thai", "ผมอยากอ่านหนังสือ ภาษาไทย!", ["ผม", "อยาก", "อ่าน", "หนังสือ", "ภาษา", "ไทย", "!"]],
    ["Korean", "한국어를 배워요", ["한국어를", "배워요"]],
    ["Georgian", "გამარჯობა ქვეყანა", ["გამარჯობა", "ქვეყანა"]],
    ["marks of other signs", "-\u0301x ❤\ufe0fx", ["-\u0301", "x", "❤\ufe0f", "x"]],
    ["emoji", "👩\u200d🚀🇩🇪🇫🇷👍🏽1\ufe0f\u20e3😀", ["👩\u200d🚀", "🇩🇪", "🇫🇷", "👍🏽", "1\ufe0f\u20e3", "😀"]],
  ])("%s", async (_, text, words) => {
    await expectWords(text, words);
  });

  test("line ends are white space", async () => {
    const corpus = await problemFromText("a\nb\r\nc\rd", { contextLength: 3 });
    expect(corpus.problem.contextLabels).toEqual(["a b c"]);
    expect(corpus.sequenceCount).toBe(1);
  });

  test("a run of letters is cut at 1,000", async () => {
    const corpus = await problemFromText("x".repeat(2500), { contextLength: 1 });
    expect(corpus.problem.words!.map((word) => word.length)).toEqual([1000, 500]);
  });

  test.each([1, 3, 5, 6, 7, 12])("windows of %d within sequences agree with plain counting", async (k) => {
    // few words, so that windows come again; sequences around the length of a window
    const random = new RandomStream(7);
    const sequences = Array.from({ length: 600 }, () =>
      Array.from({ length: random.integer(2 * k + 3) }, () => "ab"[random.integer(2)]!),
    );
    const corpus = await problemFromTokens(sequences, {
      ...{ contextLength: k, maxContexts: 1e6, embedding: "gaussian", embeddingDim: 2 },
    });
    const plain = countPlainly(sequences, k, false);
    expect(corpus.contextTotal).toBe(plain.size);
    expectSameCounts(corpus, plain);
  });

  test.each([1, 2, 4])("windows of %d agree with plain counting", async (k) => {
    // More distinct pairs than the tables first hold, so they grow.
    const text = randomText(12_000, 300, 1);
    const corpus = await problemFromText(text, {
      contextLength: k,
      maxContexts: 1e6,
      embedding: "gaussian",
      embeddingDim: 2,
    });
    const plain = countPlainly([text.split(/\s+/).filter((word) => word !== "")], k, false);
    expect(corpus.contextTotal).toBe(plain.size);
    expectSameCounts(corpus, plain);
  });
});

describe("one word however it is encoded", () => {
  // NFD on the left, NFC beside it, both written out.
  test.each([
    ["Latin", "e\u0301te\u0301", "\u00e9t\u00e9"],
    ["Cyrillic", "\u0438\u0306од", "\u0439од"],
    ["Arabic", "\u0627\u0653ب", "\u0622ب"],
    ["Bengali", "ক\u09c7\u09be", "ক\u09cb"],
    ["Sinhala", "ක\u0dd9\u0dcf", "ක\u0ddc"],
    ["Hangul", "\u1112\u1161\u11ab", "\ud55c"],
    ["Japanese", "か\u3099", "が"],
  ])("%s", async (_, decomposed, composed) => {
    const corpus = await problemFromText(`${decomposed} x ${composed} y`, { contextLength: 1 });
    expect(byName(corpus)[composed]).toEqual([2 / 3, { x: 0.5, y: 0.5 }]);
    expect(corpus.wasNormalised).toBe(true);
    const already = await problemFromText(`${composed} x ${composed} y`, { contextLength: 1 });
    expect(already.wasNormalised).toBe(false);
    expect(already.problem).toEqual(corpus.problem);
    for (const tokens of ["spaces", "characters"] as const) {
      const { problem } = await problemFromText(`${decomposed} x`, { tokens, contextLength: 1 });
      expect(problem.words).toEqual(
        (await problemFromText(`${composed} x`, { tokens, contextLength: 1 })).problem.words,
      );
    }
  });

  test("what Unicode has no single character for is several", async () => {
    await expectWords("x\u0301y", ["x", "\u0301", "y"], { tokens: "characters" });
    await expectWords("\u0958a", ["\u0915", "\u093c", "a"], { tokens: "characters" });
  });

  test("every character of two parts, in pieces of one unit", async () => {
    const composed: string[] = [];
    for (let code = 0; code < 0x110000; code++) {
      const character = String.fromCodePoint(code);
      if (character.normalize("NFD") !== character && character.normalize("NFC") === character)
        composed.push(character);
    }
    expect(composed.length).toBeGreaterThan(12_000);
    const text = pieces(composed.join(" ").normalize("NFD"), () => 1);
    const corpus = await problemFromText(text, { tokens: "characters", maxVocabulary: 1e6, embeddingDim: 1 });
    expect([...corpus.problem.words!].sort()).toEqual([" ", ...composed].sort());
  });

  test("token lists are taken as they are", async () => {
    const corpus = await problemFromTokens([["e\u0301", "\u00e9", "a"]], { contextLength: 1 });
    expect(corpus.problem.words).toEqual(["e\u0301", "\u00e9", "a"]);
    expect(corpus.wasNormalised).toBe(false);
  });
});

describe("words between spaces", () => {
  test("stay whole, whatever they hold", async () => {
    const words = [
      "the",
      "<unk>",
      "@-@",
      "can",
      "'t",
      "▁low",
      "##er",
      "3.5",
      "می\u200cخواهم",
      "a\u200bb",
      "c\ufeff",
      "❤\ufe0f",
      ".",
    ];
    const spaces = [" ", "\n", "\u0085", "\t \r\n", "\u00a0", "\u3000"];
    const text = words.map((word, i) => spaces[i % spaces.length]! + word).join("");
    await expectWords(text, words, { tokens: "spaces" });
  });

  test("of prefixes end at the line end", async () => {
    const corpus = await problemFromText("a.b c\na.b d\r\n", { tokens: "spaces", contexts: "prefixes" });
    expect(byName(corpus)).toEqual({ "a.b": [1, { c: 0.5, d: 0.5 }] });
  });

  test("are cut at 1,000", async () => {
    const corpus = await problemFromText("x.".repeat(1250), { tokens: "spaces", contextLength: 1 });
    expect(corpus.problem.words!.map((word) => word.length)).toEqual([1000, 500]);
  });
});

describe("prefixes", () => {
  test("every line is a sequence, each of its beginnings a context", async () => {
    const corpus = await problemFromText("a b c\n\n  \r\na b d\rc\na", { contexts: "prefixes" });
    expect(corpus.sequenceCount).toBe(4);
    expect(corpus.tokenCount).toBe(8);
    expect(byName(corpus)).toEqual({ a: [0.5, { b: 1 }], "a b": [0.5, { c: 0.5, d: 0.5 }] });
  });

  test("contextLength is the longest prefix, 8 by default", async () => {
    const line = "a b c d e f g h i j k";
    const all = await problemFromText(line, { contexts: "prefixes" });
    expect(all.problem.contextLabels!.map((label) => label.split(" ").length)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const two = await problemFromText(line, { contexts: "prefixes", contextLength: 2 });
    expect(two.problem.contextLabels).toEqual(["a", "a b"]);
  });

  test("agree with plain counting", async () => {
    const text = randomText(12_000, 100, 2);
    const options: CorpusOptions = { contexts: "prefixes", contextLength: 3, maxContexts: 1e6, embedding: "gaussian" };
    const lines = text.split("\n").map((line) => line.split(" ").filter((word) => word !== ""));
    expectSameCounts(await problemFromText(text, { ...options, embeddingDim: 2 }), countPlainly(lines, 3, true));
  });
});

describe("characters", () => {
  test("are code points, line ends included, and labels are made readable", async () => {
    const corpus = await problemFromText("a😀\r\n b\t", { tokens: "characters", contextLength: 2 });
    expect(corpus.problem.words).toEqual(["a", "😀", "\n", " ", "b", "\t"]);
    expect(corpus.problem.contextLabels).toEqual(["a😀", "😀⏎", "⏎␣", "␣b"]);
    expect(corpus.tokenCount).toBe(6);
  });

  test("of prefixes end at the line end", async () => {
    const corpus = await problemFromText("ab\nac\n", { tokens: "characters", contexts: "prefixes" });
    expect(byName(corpus)).toEqual({ a: [1, { b: 0.5, c: 0.5 }] });
    expect(corpus.problem.words).toEqual(["a", "b", "c"]);
  });

  test("contexts that read the same keep apart", async () => {
    const corpus = await problemFromText("\na\na⏎a", { tokens: "characters", contextLength: 1 });
    expect(corpus.problem.contextLabels).toEqual(["⏎", "a", "⏎ (2)"]);
    expect(corpus.problem.mergedCount).toBe(0);
  });

  test("readableWord shows white space", () => {
    expect(readableWord("a b\n\r\t")).toBe("a␣b⏎␍⇥");
    expect(readableWord("")).toBe("∅");
  });
});

describe("how the text arrives makes no difference", () => {
  const tricky =
    "Don't stop’n’go 'tis dogs' x''y 𝐀'𝐁 𝐀𝐁😀😀\r\nA\u0301e\u0301 \r\r\n日本語 l’\n" +
    "z".repeat(2300) +
    "'" +
    "y".repeat(1100) +
    " \ud800 end'\ud835";
  const scripts =
    "l’\u2060été l’\u{e0061}\u{1d400} می\u200cخواهم\u200c' צה\"ל \"ל 'ג' \u200f\u200fש 👩\u200d🚀\u200d x🇩🇪🇫🇷🇪 👍🏽🏽 -\u0301\u0323\ufe0fy\u200bz\u0085 " +
    "我们今天去北京。私は学生ですabc ผมอยากอ่านหนังสือ" +
    "今天".repeat(1100) +
    "-" +
    "\u0301\u0323".repeat(1100) +
    "a\u0323".repeat(300);
  const texts = { tricky, scripts, plain: randomText(400, 30, 3) };
  const shapes: CorpusOptions[] = [
    {},
    { contexts: "prefixes", contextLength: 4 },
    { tokens: "spaces" },
    { tokens: "spaces", contexts: "prefixes" },
    { tokens: "characters", contextLength: 3 },
    { tokens: "characters", contexts: "prefixes" },
  ];
  for (const [name, text] of Object.entries(texts))
    test.each(shapes)(`${name}, %j`, async (shape) => {
      const options = { ...shape, embeddingDim: 3, maxContexts: 1e5 };
      const whole = contentOf(await problemFromText(text, options));
      expect(
        contentOf(
          await problemFromText(
            pieces(text, () => 1),
            options,
          ),
        ),
      ).toEqual(whole);
      for (let seed = 0; seed < 6; seed++) {
        const random = new RandomStream(seed);
        const longest = seed % 3 === 0 ? 4 : 300;
        const cut = (): number => random.integer(longest + 1);
        expect(contentOf(await problemFromText(pieces(text, cut), options))).toEqual(whole);
      }
    });

  test("the pieces that a string is read in cut no word", async () => {
    const text = randomText(30_000, 500, 4);
    const options = { embeddingDim: 2, maxContexts: 50 };
    const whole = contentOf(await problemFromText(text, options));
    expect(contentOf(await problemFromText(streamOf(text.match(/[^]{1,777}/g)!), options))).toEqual(whole);
    const split = text.split(/\s+/).filter((word) => word !== "");
    expect(contentOf(await problemFromTokens([split], options))).toEqual(whole);
  });

  test("pieces that are no strings are refused, and the source is told", async () => {
    let isCancelled = false;
    const bytes = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(3)),
      cancel: () => void (isCancelled = true),
    });
    await expect(problemFromText(bytes as ReadableStream<string>)).rejects.toThrow(
      new ProblemError("text: expected pieces that are strings, found object; decode the bytes first"),
    );
    expect(isCancelled).toBe(true);
    await expect(problemFromText(5 as unknown as string)).rejects.toThrow(ProblemError);
  });
});

describe("token lists", () => {
  test("contexts do not reach from one sequence into the next", async () => {
    const corpus = await problemFromTokens([["a", "b"], [], ["c", "d e"], ["a", "b", "c"]], { contextLength: 1 });
    expect(byName(corpus)).toEqual({ a: [0.5, { b: 1 }], c: [0.25, { "d e": 1 }], b: [0.25, { c: 1 }] });
    expect(corpus.sequenceCount).toBe(3);
    expect(corpus.tokenCount).toBe(7);
  });

  test("contexts whose joined words agree keep apart", async () => {
    const corpus = await problemFromTokens(
      [
        ["a", "b", "x"],
        ["a b", "y"],
      ],
      { contexts: "prefixes" },
    );
    expect(corpus.problem.contextLabels).toEqual(["a", "a b", "a␣b"]);
    const joined = await problemFromTokens(
      [
        ["a", "bc", "x"],
        ["ab", "c", "y"],
      ],
      { tokens: "characters" },
    );
    expect(joined.problem.contextLabels).toEqual(["abc", "abc (2)"]);
    expect(byName(joined)["abc (2)"]).toEqual([0.5, { y: 1 }]);
  });

  test("what is no list of strings is refused", async () => {
    const numbers = [["a"], ["b", 3]] as unknown as string[][];
    await expect(problemFromTokens(numbers)).rejects.toThrow(
      new ProblemError("sequence 1: expected strings, found number at token 1"),
    );
    await expect(problemFromTokens(["abc"] as unknown as string[][])).rejects.toThrow(
      new ProblemError("sequence 0: expected an array of strings, found string"),
    );
  });
});

describe("what is kept", () => {
  test("rare words become <unk>, the last word", async () => {
    const corpus = await problemFromText("a a a b b c d", { contextLength: 1, maxVocabulary: 3 });
    expect(corpus.problem.words).toEqual(["a", "b", "<unk>"]);
    expect(corpus.vocabularyTotal).toBe(4);
    expect(corpus.droppedWords).toBe(2);
    expect(corpus.unknownShare).toBe(2 / 7);
    expect(byName(corpus)["<unk>"]![1]).toEqual({ "<unk>": 1 });
    const all = await problemFromText("a a a b b c d", { contextLength: 1, maxVocabulary: 4 });
    expect(all.problem.words).toEqual(["a", "b", "c", "d"]);
  });

  test("a token spelt <unk> is the unknown word", async () => {
    const corpus = await problemFromTokens([["<unk>", "<unk>", "<unk>", "a", "a", "b", "b", "c"]], {
      contextLength: 1,
      maxVocabulary: 3,
    });
    expect(corpus.problem.words).toEqual(["a", "b", "<unk>"]);
    // Only c was cut.
    expect(corpus).toMatchObject({ vocabularyTotal: 4, droppedWords: 1, unknownShare: 1 / 8 });
    expect(byName(corpus)["<unk>"]).toEqual([3 / 7, { "<unk>": 2 / 3, a: 1 / 3 }]);
  });

  test("of a text, too, a word spelt <unk> is none that was cut", async () => {
    const text = "<unk> a <unk> b <unk> a <unk> c d";
    const cut = await problemFromText(text, { tokens: "spaces", contextLength: 1, maxVocabulary: 3 });
    expect(cut.problem.words).toEqual(["a", "b", "<unk>"]);
    expect(cut).toMatchObject({ vocabularyTotal: 5, droppedWords: 2, unknownShare: 2 / 9 });
    const whole = await problemFromText(text, { tokens: "spaces", contextLength: 1, maxVocabulary: 5 });
    expect(whole.problem.words).toEqual(["<unk>", "a", "b", "c", "d"]);
    expect(whole).toMatchObject({ vocabularyTotal: 5, droppedWords: 0, unknownShare: 0 });
  });

  test("words at equal counts go by first appearance", async () => {
    const corpus = await problemFromText("z y x y z w", { contextLength: 1, maxVocabulary: 4 });
    expect(corpus.problem.words).toEqual(["z", "y", "x", "w"]);
  });

  test("maxContexts keeps the most frequent, at equal counts the first", async () => {
    const corpus = await problemFromText("a b c b a b d", { contextLength: 1, maxContexts: 2 });
    // b is followed three times, a twice, c once; the last d never.
    expect(corpus.problem.contextLabels).toEqual(["b", "a"]);
    expect(corpus).toMatchObject({ contextTotal: 3, droppedContexts: 1, pairTotal: 6, keptShare: 5 / 6 });
    const tied = await problemFromText("c a b a c", { contextLength: 1, maxContexts: 2 });
    expect(tied.problem.contextLabels).toEqual(["a", "c"]);
  });

  test("minCount leaves rare contexts out", async () => {
    const corpus = await problemFromText("a b c b a b d", { contextLength: 1, minCount: 2 });
    expect(corpus.problem.contextLabels).toEqual(["b", "a"]);
    expect(Math.abs(corpus.problem.weights[0]! - 3 / 5)).toBeLessThan(2 ** -52);
    await expect(problemFromText("a b c b a b d", { contextLength: 1, minCount: 4 })).rejects.toThrow(
      new ProblemError("text: expected a context seen at least minCount = 4 times, found none seen more than 3 times"),
    );
  });
});

describe("embeddings", () => {
  test("positional ones are those of the words of each context", async () => {
    const { problem } = await problemFromText("a b c a b d", { embeddingDim: 5, seed: 4 });
    const contexts = problem.contextLabels!.map((label) =>
      label.split(" ").map((word) => problem.words!.indexOf(word)),
    );
    expect(problem.embeddings).toEqual(positionalEmbeddings(contexts, 5, 4));
  });

  test("orthonormal ones have a dimension for every context", async () => {
    const { problem } = await problemFromText(randomText(200, 10, 5), { contextLength: 1, embedding: "orthonormal" });
    expect(problem.embeddingDim).toBe(problem.contextCount);
    const d = problem.embeddingDim;
    for (let j = 0; j < d; j++) {
      const row = problem.embeddings.subarray(j * d, (j + 1) * d) as Float64Array;
      // The norm of a normalised row of ten numbers.
      expect(Math.abs(row.reduce((sum, x) => sum + x * x, 0) - 1)).toBeLessThan(20 * 2 ** -53);
    }
    await expect(
      problemFromText("a b c a", { contextLength: 1, embedding: "orthonormal", embeddingDim: 2 }),
    ).rejects.toThrow(/^embeddingDim: expected at least 3,.*found 2/);
  });

  test("the default dimension is 1.2 per context, from 16 to 256", async () => {
    const dimOf = async (maxContexts: number): Promise<number> =>
      (await problemFromText(randomText(2000, 60, 6), { maxContexts })).problem.embeddingDim;
    expect(await dimOf(3)).toBe(16);
    expect(await dimOf(100)).toBe(120);
    expect(await dimOf(101)).toBe(122);
    expect(await dimOf(400)).toBe(256);
  });

  test("the seed changes the embeddings and nothing else", async () => {
    const [a, b] = await Promise.all(
      [1, 2].map((seed) => problemFromText("a b c a b d", { embedding: "gaussian", seed })),
    );
    expect(a!.problem.embeddings).not.toEqual(b!.problem.embeddings);
    expect(byName(a!)).toEqual(byName(b!));
    const again = await problemFromText("a b c a b d", { embedding: "gaussian", seed: 1 });
    expect(again.problem.embeddings).toEqual(a!.problem.embeddings);
    const { contextCount, embeddingDim, embeddings } = a!.problem;
    expect(embeddings).toEqual(drawEmbeddings("gaussian", contextCount, embeddingDim, new RandomStream(1, 1)));
  });
});

describe("texts that are no problem", () => {
  test.each<[string, CorpusOptions, string]>([
    ["", {}, "text: expected at least two distinct words, found none"],
    [" \n\t", {}, "text: expected at least two distinct words, found none"],
    ["a a a", {}, 'text: expected at least two distinct words, found one, "a"'],
    ["\n\n", { tokens: "characters" }, 'text: expected at least two distinct characters, found one, "\\n"'],
    ["a.a a.a", { tokens: "spaces" }, 'text: expected at least two distinct words, found one, "a.a"'],
    ["a b", {}, "text: expected at least 3 words, a context and its next one, found 2"],
    [
      "a\nb\n",
      { contexts: "prefixes" },
      "text: expected at least 2 words in one sequence, a context and its next one, found 1",
    ],
  ])("%j %j", async (text, options, message) => {
    await expect(problemFromText(text, options)).rejects.toThrow(new ProblemError(message));
  });

  test("lists", async () => {
    await expect(problemFromTokens([])).rejects.toThrow(
      new ProblemError("sequences: expected at least two distinct tokens, found none"),
    );
    await expect(problemFromTokens([["a", "b"], ["c"]])).rejects.toThrow(
      new ProblemError("sequences: expected at least 3 tokens in one sequence, a context and its next one, found 2"),
    );
  });

  test("the shortest texts that are one", async () => {
    expect((await problemFromText("a b", { contextLength: 1 })).problem.contextCount).toBe(1);
    expect((await problemFromText("a a b")).problem.contextCount).toBe(1);
  });
});

describe("options", () => {
  test.each<[Record<string, unknown>, string]>([
    [{ tokens: "bytes" }, 'tokens: expected "words" or "spaces" or "characters", found "bytes"'],
    [{ contexts: "suffixes" }, 'contexts: expected "windows" or "prefixes", found "suffixes"'],
    [{ contextLength: 0 }, "contextLength: expected a whole number from 1 to 1000, found 0"],
    [{ minCount: 0.5 }, "minCount: expected a whole number from 1 to 2147483648, found 0.5"],
    [{ maxVocabulary: 1 }, "maxVocabulary: expected a whole number from 2 to 2147483648, found 1"],
    [{ maxContexts: NaN }, "maxContexts: expected a whole number from 1 to 2147483648, found NaN"],
    [
      { embedding: "unit-sphere" },
      'embedding: expected "gaussian" or "orthonormal" or "positional", found "unit-sphere"',
    ],
    [{ embeddingDim: 0 }, "embeddingDim: expected a whole number from 1 to 2147483648, found 0"],
    [{ seed: 1.5 }, "seed: expected a whole number from 0 to 2^53 - 1, found 1.5"],
  ])("%j is refused", async (options, message) => {
    await expect(problemFromText("a b c", options as CorpusOptions)).rejects.toThrow(
      expect.objectContaining({ code: "OPTION", message }),
    );
    await expect(problemFromTokens([["a", "b", "c"]], options as CorpusOptions)).rejects.toThrow(
      expect.objectContaining({ code: "OPTION", message }),
    );
  });

  test("an unknown name is refused with the nearest one", async () => {
    await expect(problemFromText("a b c", { contextlength: 1 } as CorpusOptions)).rejects.toThrow(
      /^contextlength: no such option.*nearest is contextLength$/,
    );
  });

  test("undefined is the default", async () => {
    const options = { minCount: undefined, contextLength: undefined } as unknown as CorpusOptions;
    expect((await problemFromText("a b c", options)).problem.contextLabels).toEqual(["a b"]);
  });
});

describe("sharing the thread", () => {
  const long = randomText(250_000, 3000, 7);

  test("other work runs in every phase, and progress is told", async () => {
    const phases = new Map<string, number>();
    const turns = new Map<string, number>();
    let phase = "none";
    const timer = setInterval(() => turns.set(phase, (turns.get(phase) ?? 0) + 1), 0);
    const corpus = await problemFromText(long, {
      contextLength: 4,
      embedding: "orthonormal",
      maxContexts: 400,
      onProgress: (progress) => {
        phase = progress.phase;
        phases.set(phase, (phases.get(phase) ?? 0) + 1);
        expect(progress.done).toBeLessThanOrEqual(progress.total!);
        expect(progress.done).toBeGreaterThanOrEqual(0);
      },
    });
    clearInterval(timer);
    expect(corpus.tokenCount).toBe(250_000);
    const order = ["tokens", "vocabulary", "contexts", "next words", "embeddings"];
    // A fast machine may pass a short phase between two rests; the long ones cannot be.
    expect([...phases.keys()]).toEqual(order.filter((name) => phases.has(name)));
    for (const name of ["tokens", "contexts", "embeddings"]) {
      expect(phases.get(name) ?? 0).toBeGreaterThan(0);
      expect(turns.get(name) ?? 0).toBeGreaterThan(0);
    }
  });

  test("a signal aborted before the call ends it, with the signal's reason", async () => {
    const reason = new Error("no more");
    const signal = AbortSignal.abort(reason);
    await expect(problemFromText("a b c", { signal })).rejects.toBe(reason);
    await expect(problemFromTokens([["a", "b", "c"]], { signal })).rejects.toBe(reason);
  });

  test.each(["tokens", "contexts", "embeddings"])("a signal aborted during %s ends the work", async (phase) => {
    const controller = new AbortController();
    const reason = new Error(`during ${phase}`);
    const after: string[] = [];
    const promise = problemFromText(long, {
      contextLength: 4,
      embedding: "orthonormal",
      maxContexts: 400,
      signal: controller.signal,
      onProgress: (progress) => {
        if (controller.signal.aborted) after.push(progress.phase);
        if (progress.phase === phase) controller.abort(reason);
      },
    });
    await expect(promise).rejects.toBe(reason);
    expect(after).toEqual([]);
  });

  test("where there is no setImmediate, as in a browser, rests are messages", async () => {
    const options = { embeddingDim: 2, maxContexts: 50 };
    const whole = contentOf(await problemFromText(long, options));
    const post = vi.spyOn(MessagePort.prototype, "postMessage");
    vi.stubGlobal("setImmediate", undefined);
    try {
      expect(contentOf(await problemFromText(long, options))).toEqual(whole);
      expect(post.mock.calls.length).toBeGreaterThan(0);
    } finally {
      vi.unstubAllGlobals();
      post.mockRestore();
    }
  });

  test("a timer can abort", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort("late"));
    await expect(problemFromText(long.repeat(4), { contextLength: 6, signal: controller.signal })).rejects.toBe("late");
  });

  test("a source that stalls does not outlast the signal, and is told", async () => {
    const controller = new AbortController();
    let isCancelled = false;
    const stalled = new ReadableStream<string>({
      start: (source) => source.enqueue("a b c"),
      cancel: () => void (isCancelled = true),
    });
    setTimeout(() => controller.abort("stalled"), 5);
    await expect(problemFromText(stalled, { signal: controller.signal })).rejects.toBe("stalled");
    expect(isCancelled).toBe(true);
  });

  test("lists that are not read to their end are closed", async () => {
    const controller = new AbortController();
    let isClosed = false;
    const endless = (function* (): Generator<string[]> {
      try {
        for (;;) yield ["a", "b", "c"];
      } finally {
        isClosed = true;
      }
    })();
    setTimeout(() => controller.abort("enough"), 5);
    await expect(problemFromTokens(endless, { signal: controller.signal })).rejects.toBe("enough");
    expect(isClosed).toBe(true);
  });

  test("an error of the source is passed on", async () => {
    const failing = (async function* (): AsyncGenerator<string> {
      yield "a b c";
      await Promise.resolve();
      throw new Error("cable cut");
    })();
    await expect(problemFromText(failing)).rejects.toThrow("cable cut");
  });
});
