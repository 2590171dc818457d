import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { problemFromText, readProblem } from "../../src/index.ts";
import { expectReferenceRun } from "./expect-figures.ts";
import { Laboratory } from "./laboratory.ts";

const PLANE = fileURLToPath(new URL("../fixtures/plane.npz", import.meta.url));
const DATASET = {
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
    { label: "the", next: [["cat", 1]] },
  ],
  embedding: { law: "gaussian", dim: 8, seed: 1 },
};

let laboratory: Laboratory;
beforeAll(async () => {
  laboratory = await Laboratory.open();
  await laboratory.load(100);
  await laboratory.until("done");
});
afterAll(async () => {
  await laboratory?.close();
});
afterEach(() => {
  expect(laboratory.errors.splice(0)).toEqual([]);
});

const file = (name: string, content: Uint8Array | string): File => new File([content as BlobPart], name);

test("text from the field becomes a problem, with what was dropped", async () => {
  const text = "a rose is a rose is a rose, and a nose is a nose";
  await laboratory.fill("text", text);
  await laboratory.fill("context-length", "1");
  await laboratory.fill("min-count", "2");
  await laboratory.click("use-text");
  const record = await laboratory.finished("Pasted text");
  const corpus = await problemFromText(text, { contextLength: 1, minCount: 2, seed: 1 });
  expect(corpus.droppedContexts).toBeGreaterThan(0);
  expectReferenceRun(record, corpus.problem);
  expect(await laboratory.text("problem-sentence")).toMatch(/^15 words read, 6 of them distinct/);
  expect(await laboratory.text("problem-notes")).toMatch(
    new RegExp(`^${corpus.problem.contextCount} contexts of ${corpus.contextTotal} kept`),
  );
});

test("characters and prefixes are what the controls say", async () => {
  const text = "abab\nabba\nbaab";
  await laboratory.fill("text", text);
  await laboratory.fill("tokens", "characters");
  await laboratory.fill("contexts", "prefixes");
  await laboratory.fill("context-length", "3");
  await laboratory.fill("min-count", "1");
  await laboratory.click("use-text");
  await laboratory.untilText("problem-sentence", /^12 characters read/);
  const record = await laboratory.finished("Pasted text");
  const { problem } = await problemFromText(text, { tokens: "characters", contexts: "prefixes", contextLength: 3 });
  expectReferenceRun(record, problem);
  await laboratory.fill("tokens", "words");
  await laboratory.fill("contexts", "windows");
  await laboratory.fill("context-length", "1");
});

test("the two ways to write é are one", async () => {
  await laboratory.fill("text", "e\u0301 a \u00e9 b");
  await laboratory.click("use-text");
  await laboratory.untilText("problem-sentence", /^4 words read, 3 of them distinct/);
  expect(await laboratory.text("problem-notes")).toMatch(/^The text was brought to Unicode's form NFC/);
});

test("words between spaces stay whole", async () => {
  const text = "the <unk> @-@ the <unk> the @-@ the";
  await laboratory.fill("text", text);
  await laboratory.fill("tokens", "spaces");
  await laboratory.click("use-text");
  await laboratory.untilText("problem-sentence", /^8 words read, 3 of them distinct/);
  const record = await laboratory.finished("Pasted text");
  expectReferenceRun(record, (await problemFromText(text, { tokens: "spaces", contextLength: 1 })).problem);
  await laboratory.fill("tokens", "words");
});

test("a dropped npz file runs", async () => {
  const bytes = await readFile(PLANE);
  await laboratory.drop("plane.npz", bytes);
  const record = await laboratory.finished("plane.npz");
  expect(record.source.kind).toBe("npz");
  expectReferenceRun(record, (await readProblem(file("plane.npz", bytes))).problem);
});

test("a dropped JSON file runs, and what was merged is said", async () => {
  const json = JSON.stringify(DATASET);
  await laboratory.drop("cats.json", json);
  const record = await laboratory.finished("cats.json");
  const { problem, notes } = await readProblem(file("cats.json", json));
  expect(problem.mergedCount).toBe(1);
  expectReferenceRun(record, problem);
  const shown = await laboratory.page.$$eval("#problem-notes li", (items) => items.map((item) => item.textContent));
  expect(shown).toEqual(notes);
  expect(await laboratory.page.$$eval("input[name=preset]:checked", (inputs) => inputs.length)).toBe(0);
});

test("a dropped text file runs with the options of the text field", async () => {
  const text = "one two one three one two\n";
  await laboratory.drop("numbers.txt", text);
  const record = await laboratory.finished("numbers.txt");
  const { problem } = await readProblem(file("numbers.txt", text), { corpus: { contextLength: 1 } });
  expectReferenceRun(record, problem);
});

test("a text that is chosen with a tokenizer.json is cut by it", async () => {
  const tokenizer = {
    ...{ normalizer: { type: "Lowercase" }, pre_tokenizer: { type: "WhitespaceSplit" } },
    ...{ post_processor: null, decoder: null, added_tokens: [] },
    model: { type: "WordLevel", unk_token: "?", vocab: { "?": 0, one: 1, two: 2 } },
  };
  const text = "One TWO three. one one. TWO one two";
  const folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
  try {
    const paths = ["tokenizer.json", "mixed.txt"].map((name) => join(folder, name)) as [string, string];
    await writeFile(paths[0], JSON.stringify(tokenizer));
    await writeFile(paths[1], text);
    const chooser = await laboratory.page.waitForSelector("input#file");
    await chooser!.uploadFile(...paths);
    const record = await laboratory.finished("mixed.txt");
    const { problem } = await readProblem(file("mixed.txt", text), { corpus: { tokenizer, contextLength: 1 } });
    expect(problem.words).toStrictEqual(["one", "two", "?"]);
    expectReferenceRun(record, problem);
    expect(await laboratory.text("problem-notes")).toMatch(/^The tokenizer cut the text into 8 tokens, 3 of them/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a chosen file runs", async () => {
  const chooser = await laboratory.page.waitForSelector("input#file");
  await chooser!.uploadFile(PLANE);
  const record = await laboratory.finished("plane.npz");
  expect(record.float64Check?.status).toBe("agrees");
});

test("the heat map reads out its cells to the arrow keys, off the support as well", async () => {
  const { problem } = await readProblem(file("plane.npz", await readFile(PLANE)));
  await laboratory.click("tab-maps");
  await laboratory.page.waitForSelector("#maps .heat-surface");
  await laboratory.page.$eval("#map-of-probabilities", (radio) => (radio as HTMLInputElement).click());
  await laboratory.page.focus("#maps .heat-surface");
  await laboratory.page.keyboard.press("ArrowRight");
  for (let word = 0; word < problem.vocabularySize; word++) {
    const k = problem.tokens.subarray(0, problem.offsets[1]).indexOf(word);
    const shown = await laboratory.page.$eval("#maps .heat-readout", (line) => line.textContent);
    if (k < 0) expect(shown).toContain(`word ${word}, context 0: never follows (off support)`);
    else expect(Number(/p = ([\d.e-]+)/.exec(shown)?.[1])).toBeCloseTo(problem.probabilities[k]!, 5);
    await laboratory.page.keyboard.press("ArrowDown");
  }
});

describe("what cannot be read is explained, and the run before stays", () => {
  const refused: [string, RegExp, () => Promise<void>][] = [
    ["an empty text", /^text: expected at least two distinct words, found none\.$/, () => submitText("")],
    [
      "a text of one word",
      /^text: expected at least two distinct words, found one, "hello"\.$/,
      () => submitText("hello"),
    ],
    [
      "a broken npz",
      /^broken\.npz: [^\n]+\.$/,
      async () => laboratory.drop("broken.npz", (await readFile(PLANE)).subarray(0, 900)),
    ],
    [
      "a row of probabilities that sums to 0.9",
      /^bad\.json: contexts\[1\]\.next: expected probabilities that sum to 1, found a sum of 0\.9\d*\.$/,
      () => laboratory.drop("bad.json", badDataset()),
    ],
    [
      "an image",
      /^photo\.png: expected an \.npz archive, [^\n]+ or text, found [^\n]+\.$/,
      () => laboratory.drop("photo.png", png()),
    ],
    [
      "an empty file",
      /^empty\.txt: expected a problem, found an empty file\.$/,
      () => laboratory.drop("empty.txt", ""),
    ],
    [
      "a problem that no GPU holds",
      /^The problem needs one buffer of \d+ bytes; the device allows \d+\.[^\n]+$/,
      () => laboratory.drop("large.json", LARGE),
    ],
    [
      "a context length of nothing",
      /^Context length: expected a whole number from 1 to 1,000, found nothing\.$/,
      async () => {
        await laboratory.fill("context-length", "");
        await submitText("one two one");
      },
    ],
    [
      "steps in words",
      /^Number of steps: expected a whole number from 1 to 1,000,000,000, found “many”\.$/,
      () => laboratory.fill("steps", "many"),
    ],
    [
      "a negative seed",
      /^Seed: expected a whole number from 0 to 2\^53 − 1, found “-1”\.$/,
      () => laboratory.fill("seed", "-1"),
    ],
    [
      "a step size of zero",
      /^Step size: expected a number from 1e-37 to 1e18, found “0”\.$/,
      async () => {
        await laboratory.fill("step-size", "0");
      },
    ],
  ];

  let steps = 30;
  beforeAll(async () => {
    await laboratory.load(steps);
    await laboratory.until("done");
  });

  test.each(refused)("%s", async (_, pattern, act) => {
    const before = await laboratory.record();
    await act();
    const message = await laboratory.untilText("alert-text", /./);
    expect(message).toMatch(pattern);
    expect(message).not.toMatch(/\bat .+:\d+:\d+|undefined|\[object/);
    const isFieldMarked = await laboratory.page.$$eval("[aria-invalid=true]", (fields) => fields.length);
    expect(isFieldMarked).toBe(/^[A-Z][a-z ]+:/.test(message) ? 1 : 0);
    expect(await laboratory.text("status")).not.toMatch(/Reading/);
    const after = await laboratory.record();
    if (!message.startsWith("Step size")) expect(after.trace).toEqual(before.trace);
    expect(after.problem).toEqual(before.problem);
    expect(await laboratory.page.$eval("input[name=preset]:checked", (input) => input.value)).toBe("paper1-synthetic");
    await laboratory.fill("context-length", "1");
    await laboratory.fill("step-size", "");
    await laboratory.fill("steps", String(++steps));
    await laboratory.fill("seed", String(steps));
    await laboratory.untilText("problem-notes", new RegExp(`seed ${steps}[.]$`));
    await laboratory.untilText("status", new RegExp(`^Done: ${steps} steps[.]$`));
    expect(await laboratory.text("alert")).toBe("");
  });
});

async function submitText(text: string): Promise<void> {
  await laboratory.fill("text", text);
  await laboratory.click("use-text");
}

/** A decoder of 2^22 words in 4096 dimensions. */
const LARGE = JSON.stringify({
  format: "ntp-dataset@1",
  vocabulary: 2 ** 18,
  contexts: [{ next: [[1, 1]] }],
  embedding: { law: "gaussian", dim: 4096 },
});

function badDataset(): string {
  const contexts = [
    { next: [[0, 1]] },
    {
      next: [
        [1, 0.5],
        [2, 0.4],
      ],
    },
  ];
  return JSON.stringify({ format: "ntp-dataset@1", vocabulary: 3, contexts, embedding: { law: "gaussian", dim: 4 } });
}

function png(): Uint8Array {
  return Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52);
}
