import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { STARTS_BY_ITSELF } from "../../demo/run.ts";
import { readProblem } from "../../src/index.ts";
import { expectReferenceRun } from "./expect-figures.ts";
import { Laboratory } from "./laboratory.ts";
import { violations } from "./violations.ts";

const STEPS = 50;
/** The contexts of all but one have vectors; the two of "the" and a word are one each. */
const TABLE = "context,next,count\nthe,cat,3\ncat,sat,2\ncat,ran,1\nné,the,4\n";
const vectors = (name: "glove" | "word2vec"): Promise<Buffer> =>
  readFile(fileURLToPath(new URL(`../fixtures/formats/vectors/${name}.txt`, import.meta.url)));
const file = (name: string, content: Uint8Array | string): File => new File([content as BlobPart], name);

let laboratory: Laboratory;
beforeAll(async () => {
  laboratory = await Laboratory.open();
  await laboratory.load(STEPS);
  await laboratory.until("done");
});
afterAll(async () => {
  await laboratory?.close();
});
afterEach(() => {
  expect(laboratory.errors.splice(0)).toEqual([]);
});

test("nothing is said of a preset", async () => {
  expect(await laboratory.text("understood")).toBe("");
});

test("of a dropped file its sizes, what was merged and its memory are said, and its run starts", async () => {
  const json = JSON.stringify({
    format: "ntp-dataset@1",
    vocabulary: ["the", "cat", "sat", "ran"],
    values: "counts",
    contexts: [
      { label: "the", next: [["cat", 3]] },
      { label: "the cat", next: Object.entries({ sat: 2, ran: 1 }) },
      { label: "the", next: [["sat", 1]] },
    ],
    embedding: { law: "gaussian", dim: 8, seed: 1 },
  });
  await laboratory.drop("cats.json", json);
  const { memoryBytes } = await laboratory.finished("cats.json");
  // "the" twice is one context, before cat and sat; "the cat" is before sat and ran
  const said = await laboratory.text("understood");
  expect(said).toMatch(
    /^Read: V = 4 words, m = 2 contexts \(1 merged into others\), d = 8 dimensions, 4 entries in the supports, a run with 0\.\d+ MiB on the GPU, 0\.\d+ MiB in its largest buffer\.$/,
  );
  expect(Number(/with ([\d.]+) MiB/.exec(said)![1])).toBe(Number((memoryBytes! / 2 ** 20).toPrecision(2)));
  const notes = await laboratory.page.$$eval("#problem-notes li", (items) => items.length);
  expect(await laboratory.text("understood-notes")).toBe(`${notes} note${notes === 1 ? "" : "s"} on the file`);
  expect(await laboratory.page.$eval("#understood", (line) => line.getAttribute("role"))).toBe("status");
});

test("a table takes the vectors that are dropped with it, whichever comes first", async () => {
  const bytes = await vectors("word2vec");
  await laboratory.dropTogether(["words.txt", bytes], ["table.csv", TABLE]);
  const record = await laboratory.finished("table.csv");
  const { problem, notes } = await readProblem(file("table.csv", TABLE), { vectors: file("words.txt", bytes) });
  expect(problem.embeddingDim).toBe(5);
  expectReferenceRun(record, problem);
  expect(await laboratory.page.$$eval("#problem-notes li", (items) => items.map((item) => item.textContent))).toEqual(
    notes,
  );
  expect(await laboratory.text("understood")).toMatch(/^Read: V = 4 words, m = 3 contexts \(none merged\), d = 5/);
});

test("so does a text whose contexts are one word", async () => {
  const [text, bytes] = ["the cat the cat cat", await vectors("glove")];
  await laboratory.fill("context-length", "1");
  await laboratory.dropTogether(["words.txt", text], ["glove.txt", bytes]);
  const record = await laboratory.finished("words.txt");
  const options = { corpus: { contextLength: 1 }, vectors: file("glove.txt", bytes) };
  expectReferenceRun(record, (await readProblem(file("words.txt", text), options)).problem);
});

test.each<[string, RegExp, () => Promise<void>]>([
  [
    "two problems",
    /^a\.csv and b\.txt: expected one problem, [^\n]+, found 2\.$/,
    () => laboratory.dropTogether(["a.csv", TABLE], ["b.txt", "one two one"]),
  ],
  [
    "vectors alone",
    /^glove\.txt: expected a table or a text opened together with the word vectors, [^\n]+, found none\.$/,
    async () => laboratory.drop("glove.txt", await vectors("glove")),
  ],
  [
    "vectors twice",
    /^a\.txt and b\.txt: expected word vectors in one file, found them in 2\.$/,
    async () =>
      laboratory.dropTogether(
        ["a.txt", await vectors("glove")],
        ["t.csv", TABLE],
        ["b.txt", await vectors("word2vec")],
      ),
  ],
  [
    "vectors with a line that is too short",
    /^v\.txt: line 3: expected 2 numbers behind the word, as in the first line, found 1\.$/,
    () => laboratory.dropTogether(["t.csv", TABLE], ["v.txt", "the .5 1\ncat 1 .5\nné 1\n"]),
  ],
  [
    "vectors beside what has embeddings of its own",
    /vectors[^\n]+ expected contexts that are words of a table or text, found [^\n]+plane\.npz\.$/,
    async () =>
      laboratory.dropTogether(
        ["plane.npz", await readFile(fileURLToPath(new URL("../fixtures/plane.npz", import.meta.url)))],
        ["v.txt", await vectors("glove")],
      ),
  ],
])("%s are refused, and the run before stays", async (_, pattern, act) => {
  const { date: _date, ...before } = await laboratory.record();
  const said = await laboratory.text("understood");
  await laboratory.page.$eval("#alert", (alert) => alert.replaceChildren());
  await act();
  expect(await laboratory.untilText("alert-text", /./)).toMatch(pattern);
  expect(await laboratory.record()).toMatchObject(before);
  expect(await laboratory.text("understood")).toBe(said);
});

test("a long run waits until it is told to start", async () => {
  // 2 m V d multiply-adds a step, with m contexts of one word each
  const [m, V, d, steps] = [8, 4000, 200, 100_000];
  expect(steps * 2 * m * V * d).toBeGreaterThan(STARTS_BY_ITSELF.multiplyAdds);
  await laboratory.load(steps);
  const contexts = Array.from({ length: m }, (_, j) => ({ next: [[j, 1]] }));
  const json = JSON.stringify({
    format: "ntp-dataset@1",
    vocabulary: V,
    contexts,
    embedding: { law: "gaussian", dim: d },
  });
  await laboratory.drop("long.json", json);
  await laboratory.until("waiting");
  expect(await laboratory.text("status")).toBe("A long run: it waits until you press Run.");
  expect(await laboratory.text("live")).toBe("A long run: it waits until you press Run.");
  expect(await laboratory.text("understood")).toMatch(
    /^Read: V = 4,000 words, m = 8 contexts \(none merged\), d = 200/,
  );
  // nor does a method that takes more memory start it
  const memory = / [\d.]+ MiB on the GPU/.exec(await laboratory.text("understood"))![0];
  await laboratory.fill("optimizer", "adam");
  await laboratory.untilText("understood", new RegExp(`^(?!.*${memory})`));
  expect(await laboratory.page.$eval("html", (page) => page.dataset.run)).toBe("waiting");
  expect(await violations(laboratory.page)).toEqual([]);
  await laboratory.page.focus("#run-button");
  expect(await laboratory.text("run-button")).toBe("Run");
  await laboratory.page.keyboard.press("Enter");
  await laboratory.until("running");
  await laboratory.untilText("status", /^Running: step/);
  await laboratory.click("run-button");
  await laboratory.until("paused");
  expect(await laboratory.text("running-problem")).toBe("long.json");
});
