import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { LIMIT_FIGURES, type Figure } from "../../src/figures/figures.ts";
import {
  MEASURED_AS,
  USUAL_FIGURES,
  paper1Plane,
  paper1Synthetic,
  referenceDescent,
  stepRangeOf,
  stepRanges,
  synthetic,
  type StepSizes,
} from "../../src/index.ts";
import { expectClose, expectReferenceRun } from "./expect-figures.ts";
import { readNpz } from "../../src/formats/npz.ts";
import { Laboratory, stepIn } from "./laboratory.ts";

/** More steps than any machine takes within a test. */
const ENDLESS = "1000000000";

/** Columns of `gd_trace`: the step, and the figures that have one. */
const TRACE_WIDTH = 1 + USUAL_FIGURES.filter(({ npzColumn }) => npzColumn !== undefined).length;

let laboratory: Laboratory;
beforeAll(async () => {
  laboratory = await Laboratory.open();
});
afterAll(async () => {
  await laboratory?.close();
});
afterEach(() => {
  expect(laboratory.errors.splice(0)).toEqual([]);
});

const number = (text: string): number =>
  Number(/-?[\d,]+(\.\d+)?(e[+-]\d+)?/.exec(text)?.[0].replaceAll(",", "") ?? NaN);

test("the default run starts by itself, shows points while it runs, and ends with figures that float64 confirms", async () => {
  const { identifier } = await laboratory.page.evaluateOnNewDocument(() => {
    const seen = ((globalThis as unknown as { seen: Set<string> }).seen = new Set());
    new MutationObserver(() => {
      const norm = document.getElementById("out-norm")?.textContent ?? "";
      if (/^[\d.]+$/.test(norm)) seen.add(document.documentElement.dataset.run!);
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await laboratory.load();
  await laboratory.page.removeScriptToEvaluateOnNewDocument(identifier);
  const record = await laboratory.finished("The paper’s synthetic setting");
  const statesWithPoints = await laboratory.page.evaluate(() => [
    ...(globalThis as unknown as { seen: Set<string> }).seen,
  ]);
  expect(statesWithPoints).toContain("running");
  expect(record.steps).toBe(10_000);
  expect(record.status).toBe("done");
  expectReferenceRun(record, paper1Synthetic());

  const last = record.trace.at(-1)!;
  const report = await laboratory.report();
  expect([...report.keys()]).toEqual([
    "problem",
    "note",
    "adapter",
    "entropy bound",
    "optimizer",
    "step size",
    "edge of stability",
    "steps",
    "execution",
    "loss",
    "loss gap",
    "norm",
    "float64 check",
    "compatible",
    "separable",
    "theory",
    "last tenfold",
    ...LIMIT_FIGURES.filter(({ needs }) => needs !== "norms").map(({ symbol }) => symbol),
    "1/‖W_mm‖, its limit",
    ...["CE − H", "‖W_k‖ − ‖W_k/10‖", "⟨W, W_mm⟩", "‖P_F(W) − W*‖"].map((figure) => `law of ${figure}`),
  ]);
  expect(record.predictions!.map(({ figure }) => figure)).toEqual([
    "lossGap",
    "normGrowth",
    "marginProjection",
    "subspaceError",
  ]);
  const [gapLaw] = record.predictions!;
  expectClose(gapLaw!.predicted, record.margin!.norm ** 2 / (record.stepSize! * 10_000), 1e-6, "the law of the gap");
  expect(gapLaw!.measured).toBe(record.trace.at(-1)!.lossGap);
  expect(await laboratory.text("gap-chart")).toMatch(
    new RegExp(`predicted\\s*${gapLaw!.predicted!.toPrecision(4)}\\s*\\(from step [\\d,]+\\)`),
  );
  expect(report.get("steps")).toMatch(/^10000 in \d+\.\d\d s, set-up included$/);
  expect(record.execution).toBe("one-workgroup");
  expect(report.get("execution")).toBe(
    `one-workgroup, ${(record.memoryBytes! / 2 ** 20).toPrecision(3)} MiB on the GPU`,
  );
  expect(record.memoryBytes).toBeGreaterThan(8 * 4 * 10 * 60);
  expect(report.get("step size")).toMatch(/ = 1\/L$/);
  expect(report.get("float64 check")).toMatch(/^agrees: /);
  expectClose(number(report.get("entropy bound")!), record.entropy, 1e-7, "entropy bound");
  expectClose(number(report.get("loss")!), last.loss, 1e-7, "loss");
  expectClose(number(report.get("loss gap")!), last.lossGap, 1e-7, "loss gap");
  expectClose(number(report.get("norm")!), last.norm, 1e-7, "norm");
  for (const [id, value] of Object.entries({
    "out-gap": last.lossGap,
    "out-in": last.inSupportGap,
    "out-off": last.offSupportGap,
    "out-norm": last.norm,
    "out-loss": last.loss,
    "out-entropy": record.entropy,
    "out-step-size": record.stepSize!,
  }))
    // four digits
    expectClose(number(await laboratory.text(id)), value, 5e-4, id);
  expect(await laboratory.text("out-step")).toBe("10,000");
  expect(await laboratory.page.$eval("#gap-chart .plot", (plot) => plot.getAttribute("aria-label"))).toContain(
    `At step 10,000: total ${await laboratory.text("out-gap")}`,
  );
});

test("the trace is given out as CSV with all digits, and the table shows 25 of its points", async () => {
  const { trace, predictions } = await laboratory.record();
  const text = (await laboratory.download("download-csv")).split("\r\n");
  expect(text[0]).toMatch(
    /^step,loss,loss_gap,in_support_gap,off_support_gap,norm,secant_alignment,alignment,alignment_perp,alignment_corrected,margin_projection,subspace_error,margin,predicted_loss_gap,predicted_margin_projection,predicted_subspace_error$/,
  );
  expect(text.at(-1)).toBe("");
  const rows = text.slice(1, -1).map((line) => line.split(",").map((cell) => (cell === "" ? null : Number(cell))));
  const lines = predictions!.flatMap(({ figure, line }) => (MEASURED_AS[figure] && line ? [new Map(line)] : []));
  expect(lines).toHaveLength(3);
  expect(rows).toEqual(
    trace.map((point) => [
      point.step,
      ...USUAL_FIGURES.map(({ key }) => point[key] ?? null),
      ...lines.map((line) => line.get(point.step) ?? null),
    ]),
  );
  const columnOf = (key: Figure["key"]): number => USUAL_FIGURES.findIndex((figure) => figure.key === key);
  // the decoder of step 0 is zero and has no direction
  expect([rows[0]![1 + columnOf("alignment")], rows[0]![1 + columnOf("margin")]]).toEqual([null, null]);
  // no recorded step is within a quarter of a tenth of these
  const blank = rows.slice(1).filter((row) => row.includes(null));
  expect(blank.map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 13, 14]);
  expect(blank.every((row) => row.indexOf(null) === 1 + columnOf("secantAlignment"))).toBe(true);
  await laboratory.click("points > summary");
  await laboratory.untilText("points-caption", /^25 of the \d+ recorded points/);
  const steps = await laboratory.page.$$eval("#points-rows th", (cells) => cells.map((cell) => cell.textContent));
  expect(steps).toHaveLength(25);
  expect(steps[0]).toBe("0");
  expect(steps[24]).toBe("10,000");
  const heads = await laboratory.page.$$eval("#points-head th", (cells) => cells.map((cell) => cell.textContent));
  const laws = ["lossGap", "marginProjection", "subspaceError"] as const;
  const labelOf = (key: Figure["key"]): string => USUAL_FIGURES.find((figure) => figure.key === key)!.label;
  expect(heads).toEqual([
    "Step",
    ...USUAL_FIGURES.map(({ label }) => label),
    ...laws.map((key) => `${labelOf(key)}, predicted`),
  ]);
  const [first, last] = await laboratory.page.$$eval("#points-rows tr", (found) =>
    [found[0], found[24]].map((row) => [...row!.querySelectorAll("td")].map((cell) => cell.textContent)),
  );
  const cells = (["norm", "alignment", "margin"] as const).map((key) => first![columnOf(key)]);
  expect(cells).toEqual(["0", "", ""]);
  for (const key of ["secantAlignment", "alignment", "subspaceError"] as const)
    expect(Number(last![columnOf(key)])).toBeCloseTo(trace.at(-1)![key]!, 5);
  predictions!
    .flatMap(({ figure, predicted }) => (MEASURED_AS[figure] ? [predicted!] : []))
    .forEach((value, i) => expectClose(Number(last![USUAL_FIGURES.length + i]), value, 1e-5, laws[i]!));
});

test("the arrays are given out under the keys of the headless command", async () => {
  const { trace, stepSize, entropy } = await laboratory.record();
  const bytes = await laboratory.downloadBytes("download-npz");
  const keys = ["entropy", "gd_step", "gd_trace", "gd_decoder", "log_odds_decoder", "max_margin_decoder"];
  const arrays = readNpz("arrays.npz", bytes, keys);
  expect(arrays.get("entropy")!.data[0]).toBe(entropy);
  expect(arrays.get("gd_step")!.data[0]).toBe(stepSize);
  expect(arrays.get("gd_trace")!.shape).toEqual([trace.length, TRACE_WIDTH]);
  const rows = arrays.get("gd_trace")!.data as Float64Array;
  trace.forEach((point, i) =>
    expect([...rows.subarray(TRACE_WIDTH * i, TRACE_WIDTH * i + 6)]).toEqual([
      point.step,
      point.lossGap,
      point.norm,
      point.subspaceError,
      point.alignment ?? NaN,
      point.alignmentPerp ?? NaN,
    ]),
  );
  const decoder = arrays.get("gd_decoder")!;
  expect(decoder.shape).toEqual([10, 60]);
  const norm = Math.sqrt((decoder.data as Float64Array).reduce((sum, w) => sum + w * w, 0));
  expectClose(norm, trace.at(-1)!.norm, 1e-6, "norm of the decoder");
});

test("a switch of the legend takes its line away, and brings it back", async () => {
  const pixels = (): Promise<number> =>
    laboratory.page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("#gap-chart canvas")!;
      const color = getComputedStyle(document.documentElement).getPropertyValue("--line-2").trim();
      const wanted = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let i = 0; i < data.length; i += 4) if (wanted.every((byte, k) => data[i + k] === byte)) found++;
      return found;
    });
  const before = await pixels();
  expect(before).toBeGreaterThan(50);
  await laboratory.page.click('#gap-chart button[aria-label="in support"]');
  await expect.poll(pixels, { timeout: 15_000 }).toBe(0);
  await laboratory.page.click('#gap-chart button[aria-label="in support"]');
  await expect.poll(pixels, { timeout: 15_000 }).toBe(before);
});

test("until the GPU answers, the first steps are shown as float64 has them, and none of them is taken for the run's own", async () => {
  const { page } = laboratory;
  const { identifier } = await page.evaluateOnNewDocument(() => {
    if (!("GPU" in globalThis)) return;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
    const request = GPU.prototype.requestAdapter;
    const answered = new Promise<void>((resolve) => Object.assign(globalThis, { answer: resolve }));
    GPU.prototype.requestAdapter = async function (...options) {
      await answered;
      return request.apply(this, options);
    };
  });
  await laboratory.load(2000);
  await page.removeScriptToEvaluateOnNewDocument(identifier);
  await laboratory.untilText("out-step", /^1,000$/);
  expect(await laboratory.text("status")).toMatch(/^Opening the GPU….*float64/);
  expect(await laboratory.text("adapter")).toBe("No GPU is open yet.");
  const [norm, gap] = [await laboratory.text("out-norm"), await laboratory.text("out-gap")];
  expect((await laboratory.report()).has("norm")).toBe(false);
  await page.evaluate(() => (globalThis as unknown as { answer: () => void }).answer());
  const record = await laboratory.finished("The paper’s synthetic setting");
  expectReferenceRun(record, paper1Synthetic());
  const point = record.trace.find(({ step }) => step === 1000)!;
  // four digits are 5e-4 off at most, and the run's figures 1e-4
  expectClose(Number(norm), point.norm, 6e-4, "the norm that was shown");
  expectClose(Number(gap), point.lossGap, 6e-4, "the loss gap that was shown");
  expect(await laboratory.text("adapter")).toMatch(/^Computed on/);
});

test("pause stops, resume goes on, one step is one step, reset starts over", async () => {
  await laboratory.fill("steps", ENDLESS);
  await laboratory.untilText("status", /^Running: step [\d,]{3,} of 1,000,000,000$/);
  expect(await laboratory.text("run-button")).toBe("Pause");
  await laboratory.click("run-button");
  await laboratory.until("paused");
  await laboratory.settled();
  const paused = await laboratory.text("status");
  const pausedTrace = (await laboratory.record()).trace;
  expect(paused).toMatch(/^Paused at step [\d,]+ of 1,000,000,000\.$/);
  await laboratory.settled();
  expect(await laboratory.text("status")).toBe(paused);
  expect((await laboratory.record()).trace).toEqual(pausedTrace);

  await laboratory.click("step-button");
  const next = number(paused) + 1;
  await laboratory.untilText("status", new RegExp(`^Paused at step ${next.toLocaleString("en")} of`));
  await laboratory.untilText("out-step", new RegExp(`^${next.toLocaleString("en")}$`));
  for (let i = 0; i < 3; i++) await laboratory.click("step-button");
  await laboratory.untilText("status", new RegExp(`^Paused at step ${(next + 3).toLocaleString("en")} of`));
  const stepped = (await laboratory.record()).trace;
  expect(stepped.slice(0, pausedTrace.length)).toEqual(pausedTrace);
  expect(stepped.slice(-4).map(({ step }) => step)).toEqual([next, next + 1, next + 2, next + 3]);

  await laboratory.click("run-button");
  await laboratory.until("running");
  await laboratory.page.waitForFunction(
    (from) => Number(document.getElementById("out-step")!.textContent.replaceAll(",", "")) > from,
    {},
    next + 3,
  );
  await laboratory.click("run-button");
  await laboratory.until("paused");
  await laboratory.click("run-button");
  await laboratory.until("running");

  await laboratory.click("reset-button");
  await laboratory.untilText("status", /^Ready at step 0\.$/);
  const { trace, entropy } = await laboratory.record();
  expect(trace.map(({ step }) => step)).toEqual([0]);
  expect(trace[0]!.norm).toBe(0);
  expectClose(trace[0]!.lossGap, Math.log(10) - entropy, 1e-6, "loss gap at zero");
  expect(await laboratory.text("run-button")).toBe("Run");
});

test("a run that was paused, stepped and prolonged is the run that never stopped", async () => {
  await laboratory.click("reset-button");
  await laboratory.untilText("status", /^Ready at step 0\.$/);
  await laboratory.fill("steps", "300");
  await laboratory.click("step-button");
  await laboratory.untilText("status", /^Paused at step 1 of 300/);
  await laboratory.click("run-button");
  await laboratory.finished("The paper’s synthetic setting");
  await laboratory.fill("steps", "500");
  await laboratory.page.waitForFunction(() => document.getElementById("status")!.textContent === "Done: 500 steps.");
  const record = await laboratory.record();
  expect(record.steps).toBe(500);
  expectReferenceRun(record, paper1Synthetic());
  // each stretch of it knows where those before have been
  expect(record.trace.filter(({ step }) => step > 20).every(({ secantAlignment }) => secantAlignment! > 0)).toBe(true);
});

test("a run that is paused gives its arrays and its script, and goes on from there", async () => {
  await laboratory.keepCopies();
  await laboratory.load(20_000);
  await laboratory.untilText("status", /^Running: step [\d,]{3,}/);
  await laboratory.click("run-button");
  await laboratory.until("paused");
  await laboratory.settled();
  await laboratory.page.evaluate(() => delete (globalThis as { downloaded?: Blob }).downloaded);
  await laboratory.click("download-npz");
  await laboratory.page.waitForFunction(() => "downloaded" in globalThis);
  const arrays = readNpz("arrays.npz", await laboratory.downloaded(), ["gd_decoder", "gd_step"]);
  const step = stepIn(await laboratory.text("status"));
  const { trace } = referenceDescent(paper1Synthetic(), {
    ...{ stepSize: arrays.get("gd_step")!.data[0] as number, recorded: [step] },
  });
  const norm = Math.sqrt((arrays.get("gd_decoder")!.data as Float64Array).reduce((sum, w) => sum + w * w, 0));
  expect(step).toBeGreaterThan(0);
  expectClose(norm, trace[0]!.norm, 1e-4, `norm at step ${step}`);
  await laboratory.click("copy-python");
  await laboratory.untilText("copy-python", /Copied/);
  expect(await laboratory.copied()).toContain("import numpy");
  expect(await laboratory.text("run-button")).toBe("Resume");
  await laboratory.click("run-button");
  expectReferenceRun(await laboratory.finished("The paper’s synthetic setting"), paper1Synthetic());
});

test("switching problems quickly leaves one whole run, that of the last", async () => {
  for (const key of ["crowded", "paper1-plane", "uneven", "paper1-synthetic"]) await laboratory.click(`preset-${key}`);
  const record = await laboratory.runPreset("one-hot");
  expectReferenceRun(
    record,
    synthetic({ contextCount: 50, embeddingDim: 60, vocabularySize: 10, supportSize: 1, seed: 1 }),
  );
  expect(await laboratory.text("running-problem")).toBe("One next word each");
  expect(record.trace.every(({ inSupportGap }) => inSupportGap === 0)).toBe(true);
  expect(await laboratory.page.$eval("#gap-chart .legend", (legend) => legend.textContent)).toMatch(/points are 0/);
});

/** The page says what holds of a step size, beside the field for it, and marks it in the list of all. */
async function expectStepRange(stepSize: number, sizes: StepSizes): Promise<void> {
  const ranges = stepRanges(sizes);
  const own = ranges.find(({ range }) => range === stepRangeOf(sizes, stepSize))!;
  const { shown, marked, described } = await laboratory.page.evaluate(() => {
    const textsOf = (element: Element): string[] => [...element.children].map((child) => child.textContent);
    const field = document.getElementById("step-size")!;
    return {
      shown: [...document.querySelectorAll("#step-marks > div")].map(textsOf),
      marked: [...document.querySelectorAll("#step-marks > [aria-current]")].map(textsOf),
      described: document.getElementById(field.getAttribute("aria-describedby")!)!.textContent,
    };
  });
  expect(shown).toEqual(ranges.map(({ name, holds }) => [name, holds]));
  expect(marked).toEqual([[own.name, own.holds]]);
  expect(described).toBe(own.holds);
}

test("the step size is held against the edge of stability of the problem at hand", async () => {
  await laboratory.load(50);
  const { stepSize, stepSizes } = await laboratory.finished("The paper’s synthetic setting");
  await expectStepRange(stepSize!, stepSizes!);
  const above = 1.02 * stepSizes!.edge!.upper;
  await laboratory.fill("step-size", String(above));
  await laboratory.untilText("step-range", /repels/);
  await laboratory.until("done");
  await expectStepRange(above, stepSizes!);
  expect((await laboratory.record()).verdict!.theory).toContain("above the edge of stability");
  await laboratory.page.focus(".step-ruler input");
  await laboratory.page.keyboard.press("Home");
  const shortest = (0.125 / stepSizes!.smoothness).toPrecision(3);
  await laboratory.untilText("out-step-size", new RegExp(`^${Number(shortest)}`));
  await laboratory.until("done");
  expect((await laboratory.record()).stepSize).toBe(Number(shortest));
  await laboratory.fill("optimizer", "adam");
  await laboratory.until("done");
  expect(await laboratory.page.$eval("#step-ranges", (element) => (element as HTMLElement).hidden)).toBe(true);
  await laboratory.fill("optimizer", "gradient-descent");
  await laboratory.fill("step-size", String(above));
  const { smoothness } = (await laboratory.runPreset("one-hot")).stepSizes!;
  await expectStepRange(above, { smoothness, edge: { lower: Infinity, upper: Infinity } });
});

test("seed, step size and start are those of the controls", async () => {
  await laboratory.fill("seed", "7");
  await laboratory.fill("step-size", "2e-1");
  const record = await laboratory.runPreset("paper1-plane");
  expect(record.stepSize).toBe(0.2);
  expectReferenceRun(record, paper1Plane({ seed: 7 }));
  expect((await laboratory.report()).get("step size")).toBe("0.2");
  await expectStepRange(0.2, record.stepSizes!);

  await laboratory.fill("initial", "lecun");
  const drawn = await laboratory.finished("The paper’s plane setting");
  expect(drawn.trace[0]!.step).toBe(0);
  expect(drawn.trace[0]!.norm).toBeGreaterThan(0.1);
});

test("of settings that change one right after the other all count", async () => {
  await laboratory.load(40);
  await laboratory.until("done");
  await laboratory.page.evaluate(() => {
    for (const [id, value] of Object.entries({ optimizer: "adam", "step-size": "0.25" })) {
      const field = document.getElementById(id) as HTMLInputElement;
      field.value = value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
  await laboratory.untilText("out-step-size", /^0[.]2500$/);
  await laboratory.until("done");
  const { optimizer, stepSize } = await laboratory.record();
  expect([optimizer, stepSize]).toEqual(["adam", 0.25]);
});

test("a run that diverges says so, and the page goes on", async () => {
  await laboratory.load(500);
  await laboratory.fill("step-size", "1e18");
  await laboratory.until("done");
  // gradients far above 1: a step of that size leaves what float32 multiplies
  const contexts = [{ embedding: [1e6], next: [[1, 1]] }];
  const long = { format: "ntp-dataset@1", vocabulary: 3, contexts };
  await laboratory.drop("long.json", JSON.stringify(long));
  expect(await laboratory.until("failed")).toBe("failed");
  expect(await laboratory.text("alert-text")).toMatch(
    /^The run diverged before step \d.*a step size of 1e\+18 is too large/,
  );
  expect(await laboratory.text("report")).toContain("diverged");
  await laboratory.fill("step-size", "");
  await laboratory.until("done");
  expect(await laboratory.text("alert")).toBe("");
});

test("a run whose device is lost goes on by itself, and its figures are those of a run that kept it", async () => {
  await laboratory.load();
  await laboratory.fill("steps", ENDLESS);
  const lostAt = stepIn(await laboratory.untilText("status", /^Running: step [\d,]{4,} /));
  await laboratory.page.evaluate(() => (globalThis as unknown as { device: GPUDevice }).device.destroy());
  const steps = await laboratory.endSoon();
  expect(steps).toBeGreaterThan(lostAt);
  expectReferenceRun(await laboratory.record(), paper1Synthetic());
  expect(await laboratory.text("alert")).toBe("");
});
