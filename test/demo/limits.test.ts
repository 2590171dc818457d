import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  describeVerdict,
  incompatible,
  LAW_SYMBOLS,
  nonseparable,
  paper1Synthetic,
  referenceDescent,
  type RunRecord,
} from "../../src/index.ts";
import { readNpz } from "../../src/formats/npz.ts";
import { DataSubspace } from "../../src/float64/data-subspace.ts";
import { norm } from "../../src/float64/vectors.ts";
import { innerProduct } from "../../src/reference/inner-product.ts";
import { dualBound, dualDecoder, repairDual, supportMask, wordMargins } from "../../src/float64/margin-certificate.ts";
import { perpendicularPart } from "../../src/float64/perpendicular-part.ts";
import { expectClose, expectReferenceRun } from "./expect-figures.ts";
import { fourDigits } from "../../demo/format.ts";
import { Laboratory } from "./laboratory.ts";

const STEPS = 200;

let laboratory: Laboratory;
beforeAll(async () => {
  laboratory = await Laboratory.open();
  await laboratory.load(STEPS);
});
afterAll(async () => {
  await laboratory?.close();
});
afterEach(() => {
  expect(laboratory.errors.splice(0)).toEqual([]);
});

/** The lines of the verdict as a reader sees them, without the marks, and the marks. */
async function shownVerdict(): Promise<{ lines: string[][]; marks: string[] }> {
  const lines = await laboratory.page.$$eval(".verdict .said > div", (rows) =>
    rows.map((row) => [...row.children].map((child) => child.textContent)),
  );
  const marks = await laboratory.page.$$eval(".answer", (all) => all.map((answer) => answer.textContent));
  return { lines: lines.map((line) => line.map((text) => text.replace(/^[✓✕?] /, ""))), marks };
}

const plotLabel = (id: string): Promise<string | null> =>
  laboratory.page.$eval(`#${id} .plot`, (plot) => plot.getAttribute("aria-label"));

/** What can be read of an element, without what is hidden. */
const visibleText = (id: string): Promise<string> =>
  laboratory.page.$eval(`#${id}`, (element) => (element as HTMLElement).innerText);

const answers = ({ verdict }: RunRecord): string[] => [verdict!.compatible.holds, verdict!.separable.holds];

/** What the page says of a run, as the record has it. */
const linesOf = ({ verdict }: RunRecord): string[][] => describeVerdict(verdict!).map(({ name, text }) => [name, text]);

/** The table of laws as the record has it: law, with a note where it is early, predicted, measured, ratio. */
const lawsOf = ({ predictions }: RunRecord): string[][] =>
  predictions!.map(({ figure, at, predicted, measured, ratio, holdsFrom }) => [
    `${LAW_SYMBOLS[figure]}${at! < holdsFrom! ? `expected from step ${Math.ceil(holdsFrom!).toLocaleString("en")} on` : ""}`,
    ...[predicted!, measured!].map(fourDigits),
    ratio!.toFixed(3),
  ]);

test("the default run is held against limits that float64 confirms", async () => {
  const problem = paper1Synthetic();
  const record = await laboratory.finished("The paper’s synthetic setting");
  expect(answers(record)).toEqual(["yes", "yes"]);
  const keys = ["log_odds_decoder", "max_margin_decoder", "max_margin_dual"];
  const arrays = readNpz("arrays.npz", await laboratory.downloadBytes("download-npz"), keys);
  const [finite, margin, dual] = keys.map((key) => arrays.get(key)!.data as Float64Array) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];

  const subspace = new DataSubspace(problem);
  const b = subspace.logOdds();
  const image = subspace.apply(finite);
  expect(norm(b)).toBeGreaterThan(1);
  expect(norm(b.map((value, k) => value - image[k]!))).toBeLessThanOrEqual(subspace.residualRounding(finite, b));
  const mask = supportMask(problem);
  const least = wordMargins(problem, mask, margin).reduce((min, value, i) => (mask[i] ? min : Math.min(min, value)), 9);
  expectClose(least, 1, 1e-9, "the smallest margin of W_mm");
  repairDual(problem, mask, dual);
  const { lowerBound } = dualBound(problem, mask, dual, dualDecoder(problem, dual));
  // a relative gap of 1e-5 in the squares
  expectClose(lowerBound, norm(margin), 1e-5, "norm of W_mm");

  const { decoder } = referenceDescent(problem, { stepSize: record.stepSize!, recorded: [STEPS] });
  const perp = perpendicularPart(problem, decoder, 2000).decoder;
  const inSpan = decoder.map((w, i) => w - perp[i]!);
  const cosine = (part: Float64Array): number => innerProduct(part, margin) / norm(part) / norm(margin);
  const expected = {
    alignment: cosine(decoder),
    alignmentPerp: cosine(perp),
    alignmentCorrected: cosine(decoder.map((w, i) => w - finite[i]!)),
    subspaceError: norm(inSpan.map((w, i) => w - finite[i]!)),
  };
  const last = record.trace.at(-1)!;
  expect(last.step).toBe(STEPS);
  // what the page promises of its figures
  for (const [name, value] of Object.entries(expected))
    expectClose(last[name as keyof typeof expected], value, 1e-4, name);

  const shown = await shownVerdict();
  expect(shown.lines).toEqual(linesOf(record));
  expect(shown.lines.length).toBeGreaterThanOrEqual(9);
  const laws = await laboratory.page.$$eval("#laws tbody tr", (rows) =>
    rows.map((row) => [...row.children].map((child) => child.textContent)),
  );
  expect(laws).toEqual(lawsOf(record));
  expect(laws).toHaveLength(4);
  expect(shown.marks).toEqual(["✓ yes", "✓ yes"]);
  const figureIn = (label: string | null, line: string): number =>
    Number(label!.slice(label!.indexOf(`${line} `) + line.length).match(/^ ([-\d.e]+?)[,.]?( |$)/)?.[1]);
  const directions = await plotLabel("direction-chart");
  expectClose(figureIn(directions, "1 − cos(W, W_mm)"), 1 - expected.alignment, 1e-3, "drawn alignment");
  expectClose(figureIn(directions, "1 − margin · ‖W_mm‖"), 1 - last.margin! * norm(margin), 1e-3, "drawn shortfall");
  expectClose(figureIn(await plotLabel("subspace-chart"), "‖W*‖, its size"), norm(finite), 1e-3, "drawn size");
});

/** Draws with each change from here on, and not with the next frame, which can come after the search. */
const drawAtOnce = (): Promise<void> =>
  laboratory.page.evaluate(async () => {
    const nextFrame = requestAnimationFrame;
    globalThis.requestAnimationFrame = (draw) => {
      queueMicrotask(() => draw(performance.now()));
      return 0;
    };
    // what waits for a frame is drawn before
    await new Promise((resolve) => nextFrame(resolve));
  });

test("the limits are found once for a problem, and again for another seed", async () => {
  await drawAtOnce();
  await laboratory.page.evaluate(() => {
    const seen: string[] = ((globalThis as unknown as { seen: string[] }).seen = []);
    const note = document.getElementById("limits-note")!;
    new MutationObserver(() => seen.push(note.textContent)).observe(note, { childList: true });
  });
  const searches = (): Promise<number> =>
    laboratory.page.evaluate(
      () =>
        (globalThis as unknown as { seen: string[] }).seen.filter((text) => text.startsWith("They are being sought"))
          .length,
    );
  const before = await laboratory.record();
  await laboratory.click("reset-button");
  await laboratory.untilText("status", /^Ready at step 0\.$/);
  await laboratory.fill("steps", "150");
  await laboratory.fill("initial", "lecun");
  const drawn = await laboratory.finished("The paper’s synthetic setting");
  expect(await searches()).toBe(0);
  expect(drawn.margin).toEqual(before.margin);
  expect(drawn.trace[0]!.alignment).toBeTypeOf("number");
  await laboratory.fill("initial", "zero");
  await laboratory.fill("seed", "2");
  await laboratory.untilText("problem-notes", /seed 2\.$/);
  const other = await laboratory.finished("The paper’s synthetic setting");
  expect(await searches()).toBeGreaterThan(0);
  expect(other.margin!.norm).not.toBe(before.margin!.norm);
  await laboratory.fill("seed", "1");
});

/** Draws the problem with another seed, clicks a button as soon as its limits are sought, and gives where the run is then. */
const clickInSearch = (seed: number, id: string): Promise<string> =>
  laboratory.page.evaluate(
    (value, button) =>
      new Promise<string>((resolve) => {
        const note = document.getElementById("limits-note")!;
        const observer = new MutationObserver(() => {
          // and not those of the problem before, which may still be sought
          if (!document.getElementById("problem-notes")!.textContent.endsWith(`seed ${value}.`)) return;
          if (!note.textContent.startsWith("They are being sought: ")) return;
          observer.disconnect();
          resolve(document.getElementById("status")!.textContent);
          document.getElementById(button)!.click();
        });
        observer.observe(note, { childList: true });
        const field = document.getElementById("seed") as HTMLInputElement;
        field.value = String(value);
        field.dispatchEvent(new Event("change", { bubbles: true }));
      }),
    seed,
    id,
  );

test("pause, resume and reset are heard while the limits are sought", async () => {
  await laboratory.fill("steps", "1000000000");
  expect(await clickInSearch(3, "run-button")).toMatch(/^Running: step [\d,]+ of 1,000,000,000$/);
  await laboratory.untilText("status", /^Paused at step [\d,]+ of 1,000,000,000\.$/);
  const areMeasured = async (): Promise<boolean[]> =>
    (await laboratory.record()).trace.map(({ subspaceError }) => typeof subspaceError === "number");
  const points = (await areMeasured()).length;
  expect(points).toBeGreaterThan(0);
  await expect.poll(areMeasured, { timeout: 15_000 }).toEqual(Array(points).fill(true));
  await laboratory.click("run-button");
  await laboratory.untilText("status", /^Running: /);

  await clickInSearch(4, "run-button");
  await laboratory.until("paused");
  await laboratory.click("run-button");
  await laboratory.untilText("status", /^Running: /);
  const separable = async (): Promise<string | undefined> => (await laboratory.record()).verdict?.separable.holds;
  await expect.poll(separable, { timeout: 15_000 }).toBe("yes");

  await clickInSearch(5, "reset-button");
  await laboratory.untilText("status", /^Ready at step 0\.$/);
  const { trace, verdict } = await laboratory.record();
  expect(trace.map(({ step }) => step)).toEqual([0]);
  expect(verdict!.separable.holds).toBe("yes");
});

test("the presets show every way in which the conditions can fail", async () => {
  await laboratory.load(STEPS);
  const crowded = await laboratory.runPreset("crowded");
  expect(answers(crowded)).toEqual(["no", "no"]);

  const clashing = await laboratory.runPreset("incompatible");
  expectReferenceRun(clashing, incompatible());
  expect(answers(clashing)).toEqual(["no", "yes"]);
  expect((await shownVerdict()).marks).toEqual(["✕ no", "✓ yes"]);

  const mixed = await laboratory.runPreset("nonseparable");
  expectReferenceRun(mixed, nonseparable());
  expect(answers(mixed)).toEqual(["yes", "no"]);
  const { lines, marks } = await shownVerdict();
  expect(lines).toEqual(linesOf(mixed));
  expect(lines.map(([name]) => name)).toContain("finite minimiser");
  expect(lines[1]![1]).toMatch(/^no: contexts 48 and 49 have parallel embeddings/);
  expect(marks[1]).toBe("✕ no");
  expect((await visibleText("direction-chart")).split("\n").filter(Boolean)).toEqual([
    "How far the direction is: 1 − cos(·, W_mm)",
    "There is no W_mm here: no decoder separates the words that follow from the others.",
  ]);
  expect(await visibleText("subspace-chart")).toMatch(/‖W\*‖, its size\s+4\./);
});

test("a problem that is too large for the limits runs without them, and says so", async () => {
  // 60 contexts of 50 words each in 100 dimensions: 2e2 products with 3e5 entries for a projection
  const next = Array.from({ length: 50 }, (_, z) => [z, 0.02]);
  const contexts = Array.from({ length: 60 }, (_, j) => ({ label: `context ${j}`, next }));
  const large = { format: "ntp-dataset@1", vocabulary: 60, contexts, embedding: { law: "gaussian", dim: 100 } };
  await laboratory.fill("steps", "5");
  await laboratory.drop("large.json", JSON.stringify(large));
  const record = await laboratory.finished("large.json");
  expect(answers(record)).toEqual(["undecided", "undecided"]);
  expect(record.trace.at(-1)!.step).toBe(5);
  expect(record.trace.at(-1)!.lossGap).toBeLessThan(record.trace[0]!.lossGap);
  expect(record.trace.at(-1)!.alignment).toBeUndefined();
  const note = "W* and W_mm are not computed on this page: the problem is too large. The command analyse does it.";
  expect(await laboratory.text("limits-note")).toBe(note);
  expect(await visibleText("subspace-chart")).toContain(note);
  expect((await shownVerdict()).marks).toEqual(["? undecided", "? undecided"]);
});

test("a search that takes too long is ended, and the run goes on", async () => {
  await laboratory.page.evaluate(() => {
    AbortSignal.timeout = () => {
      const late = new AbortController();
      queueMicrotask(() => late.abort(new DOMException("late", "TimeoutError")));
      return late.signal;
    };
  });
  const record = await laboratory.runPreset("paper1-plane");
  expect(record.trace.at(-1)!.subspaceError).toBeUndefined();
  expect(await laboratory.text("limits-note")).toBe("The search for W* and W_mm was ended after 3 seconds.");
});
