import { csvParse } from "d3-dsv";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { PRESETS } from "../../demo/presets.ts";
import {
  checkInFloat64,
  distinctSupports,
  EMBEDDING_EXPERIMENTS,
  FACTOR_FIGURES,
  USUAL_FIGURES,
  paper2Synthetic,
  referenceLoss,
  smoothed,
  withEmbeddings,
  type Float64Check,
  type NuclearMargin,
  type RunRecord,
  type TrainEmbeddingsOptions,
  type TrainEmbeddingsResult,
} from "../../src/index.ts";
import { norm } from "../../src/float64/vectors.ts";
import { readNpz } from "../../src/formats/npz.ts";
import { Lab } from "../support/lab.ts";
import { expectClose } from "./expect-figures.ts";
import { Laboratory } from "./laboratory.ts";

const PAGE = "/test/demo/trained.page.ts";
const STEPS = 400;
const DEFAULT = "The paper’s synthetic setting";
const PRESET = "p2-synthetic";
const TITLE = "Sixteen contexts, trained";

let [laboratory, lab]: [Laboratory?, Lab?] = [];
beforeAll(async () => {
  lab = await Lab.open();
  laboratory = await Laboratory.open();
  await laboratory.load(STEPS);
  await laboratory.finished(DEFAULT);
  await laboratory.click("more-settings-summary");
});
afterAll(async () => {
  await laboratory?.close();
  await lab?.close();
});
afterEach(() => {
  expect(laboratory!.errors.splice(0)).toEqual([]);
});

const page = (): Laboratory => laboratory!;

type ComparedCheck = Extract<Float64Check, { readonly lossGap: number; readonly relativeBound: number }>;

const libraryRun = (
  options: TrainEmbeddingsOptions,
): Promise<{ margin: NuclearMargin; result: TrainEmbeddingsResult }> => lab!.call(PAGE, "libraryRun", options);

const facts = (record: RunRecord): NonNullable<RunRecord["embeddings"]> => record.embeddings!;

/** Every figure of every recorded step is that of the module's run. */
function expectSameRun(record: RunRecord, { trace }: TrainEmbeddingsResult): void {
  const found = facts(record).trace;
  const kept = found.filter(({ step }) => trace.some((point) => point.step === step));
  expect(kept.map(({ step }) => step)).toEqual(trace.map(({ step }) => step));
  expect(trace.length).toBeGreaterThan(20);
  trace.forEach((expected, i) => {
    for (const { key } of FACTOR_FIGURES) {
      expect(expected[key], key).toBeTypeOf("number");
      expect(kept[i]![key], `${key} at step ${expected.step}`).toBe(expected[key]);
    }
  });
}

const visible = (selector: string): Promise<boolean> =>
  page().page.$eval(selector, (element) => element.checkVisibility());

test("a preset of the second paper turns the switch, and its figures are those of the module", async () => {
  expect(await visible("#ridge")).toBe(false);
  const record = await page().runPreset(PRESET);
  expect(await page().page.$eval("#model-trained", (input) => (input as HTMLInputElement).checked)).toBe(true);
  expect(await visible("#ridge")).toBe(true);
  expect(await visible("#initial")).toBe(false);
  const { margin, result } = await libraryRun({ steps: STEPS });
  expectSameRun(record, result);
  const { dimension, ridge, optimizer, stepSize, steps, execution } = facts(record);
  expect({ dimension, ridge, optimizer, stepSize, steps, execution }).toEqual({
    ...{ dimension: 30, ridge: 0, optimizer: "gradient-descent", steps: STEPS },
    ...{ stepSize: result.stepSize, execution: result.execution },
  });
  expect(record.nuclear!.lowerBound).toBe(margin.lowerBound);
  expect(record.nuclear!.upperBound).toBe(margin.upperBound);
  expect(record.trace).toEqual([]);

  const last = result.trace.at(-1)!;
  for (const [id, value] of Object.entries({
    "out-gap": last.lossGap,
    "out-decoder-norm": last.decoderNorm,
    "out-embedding-norm": last.embeddingNorm,
  }))
    // four digits
    expectClose(Number(await page().text(id)), value, 5e-4, id);
  expect(await visible("#out-norm")).toBe(false);
  const label = await page().page.$eval("#direction-chart .plot", (plot) => plot.getAttribute("aria-label")!);
  const drawn = /1 − cos\(L − L_in, L_mm\) ([\d.e-]+),/.exec(label)![1];
  expectClose(Number(drawn), 1 - last.alignmentCorrected!, 5e-4, "drawn direction");
  expect(await page().page.$$eval("#charts figure", (all) => all.map(({ id }) => id))).toEqual(
    ["gap", "collapse", "norms", "direction", "subspace", "structure"].map((name) => `${name}-chart`),
  );
});

test("the plane follows both factors, and says how near contexts with the same next words are", async () => {
  const { result } = await libraryRun({ steps: STEPS, record: [0, STEPS], keep: [0, STEPS] });
  const { ofContext, count } = distinctSupports(paper2Synthetic());
  expect(count).toBe(14);
  const widest = (step: number): number => {
    const { embeddings } = result.trace.find((point) => point.step === step)!.factors!;
    const rows = Array.from(ofContext, (_, j) => embeddings.subarray(30 * j, 30 * (j + 1)));
    const angles = rows.flatMap((a, j) =>
      rows
        .slice(j + 1)
        .flatMap((b, k) =>
          ofContext[j] === ofContext[j + 1 + k]
            ? [(Math.acos(a.reduce((sum, x, i) => sum + x * b[i]!, 0) / (norm(a) * norm(b))) * 180) / Math.PI]
            : [],
        ),
    );
    return Math.max(...angles);
  };
  const told = async (): Promise<number> =>
    Number(/they are within ([\d.]+)° of each other/.exec(await page().text("plane"))![1]);
  // one decimal is told, rounded upwards; the arc cosine has some 1e-7 of a degree here
  const near = async (step: number): Promise<void> => {
    const above = (await told()) - widest(step);
    expect(above).toBeGreaterThan(-1e-6);
    expect(above).toBeLessThan(0.1 + 1e-6);
  };
  await near(STEPS);
  const move = (key: "Home" | "End"): Promise<void> => page().page.keyboard.press(key);
  await page().page.focus("#scrub");
  await move("Home");
  expect(await page().text("scrub-at")).toBe("step 0");
  await near(0);
  await move("End");
  expect(widest(STEPS)).toBeLessThan(widest(0) / 2);
});

test("the verdict says what the theory is, what is certified and what was measured", async () => {
  const { embeddings, nuclear } = await page().record();
  const lines = await page().page.$$eval(".verdict .said > div", (rows) =>
    rows.map((row) => [...row.children].map((child) => child.textContent) as [string, string]),
  );
  const said = new Map(lines);
  expect(said.get("theory")).toBe(embeddings!.theory);
  expect(embeddings!.theory).toMatch(/^As λ → 0 .* L_in \+ R L_mm .* This run has no λ: .* not proved\.$/);
  const [, low, high] = /between ([\d.]+) and ([\d.]+), certified \(optimal-certified/.exec(
    said.get("nuclear margin")!,
  )!;
  expectClose(Number(low), nuclear!.lowerBound, 1e-7, "lower bound");
  expectClose(Number(high), nuclear!.upperBound, 1e-7, "upper bound");
  const last = embeddings!.trace.at(-1)!;
  expectClose(Number(said.get("cos(L − L_in, L_mm)")), last.alignmentCorrected!, 1e-7, "cosine");
  expect(await page().text("verdict-at")).toBe(`Measured at step ${STEPS}`);
});

test("the files hold every point, both factors and L_mm, and float64 confirms the last gap", async () => {
  const json = await page().download("download-json");
  expect(json).not.toContain('"factors"');
  const { trace, float64Check } = (JSON.parse(json) as RunRecord).embeddings!;
  const rows = csvParse((await page().download("download-csv")).trimEnd());
  const columns = FACTOR_FIGURES.map(({ csvColumn }) => csvColumn);
  expect(rows.columns).toEqual(["step", ...columns, "predicted_loss_gap"]);
  expect(rows.map((row) => ["step", ...columns].map((name) => Number(row[name])))).toEqual(
    trace.map((point) => [point.step, ...FACTOR_FIGURES.map(({ key }) => point[key])]),
  );

  const keys = ["entropy", "trained_decoder", "trained_embeddings", "embedding_trace", "nuclear_logits"];
  const arrays = readNpz("arrays.npz", await page().downloadBytes("download-npz"), [...keys, "gd_decoder"]);
  expect([...arrays.keys()]).toEqual(keys);
  const [, decoder, embeddings, table, logits] = keys.map((key) => arrays.get(key)!);
  expect([decoder!.shape, embeddings!.shape, logits!.shape]).toEqual([
    [30, 30],
    [16, 30],
    [16, 30],
  ]);
  expect(table!.shape[0]).toBe(trace.length);
  const last = trace.at(-1)!;
  expectClose(norm(decoder!.data as Float64Array), last.decoderNorm, 1e-6, "norm of W");
  expectClose(norm(embeddings!.data as Float64Array), last.embeddingNorm, 1e-6, "norm of H");
  const replaced = withEmbeddings(paper2Synthetic(), embeddings!.data as Float64Array);
  const { lossGap } = referenceLoss(replaced, decoder!.data as Float64Array);
  expectClose(last.lossGap, lossGap, 1e-4, "loss gap");
  // exp and log of another engine
  const expected = checkInFloat64(replaced, decoder!.data as Float64Array, last) as ComparedCheck;
  const found = float64Check as ComparedCheck;
  expect(found.status).toBe("agrees");
  expectClose(found.lossGap, expected.lossGap, 1e-12, "checked gap");
  expectClose(found.relativeBound, expected.relativeBound, 1e-12, "bound");
  expect(await page().text("check")).toMatch(/^Float64 check: agrees: loss gap [\d.e-]+ on the CPU, /);
  expect((await page().report()).get("their float64 check")).toMatch(/^agrees: /);
});

test("the table has the figures of the model", async () => {
  await page().click("points > summary");
  await page().untilText("points-caption", /recorded points/);
  const heads = (): Promise<string[]> =>
    page().page.$$eval("#points-head th", (cells) => cells.map((cell) => cell.textContent));
  expect(await heads()).toEqual(["Step", ...FACTOR_FIGURES.map(({ label }) => label), "Loss gap, predicted"]);
});

test("the settings are those of the run", async () => {
  await page().fill("scale", "0.5");
  await page().fill("dimension", "5");
  await page().fill("ridge", "1e-3");
  await page().fill("optimizer", "adam");
  await page().fill("decay", "decoupled");
  await page().fill("step-size", "0.02");
  await page().untilText("report", /dimension 5 by adam .*, η = 0\.02, λ = 0\.001, decoupled, 400 steps, /);
  const record = await page().finished(TITLE);
  const options = { dimension: 5, ridge: 1e-3, optimizer: "adam", decay: "decoupled", stepSize: 0.02 } as const;
  expect(facts(record)).toMatchObject({ ...options, scale: 0.5, status: "done" });
  expect(record.stepSizeRule).toBe("given");
  const { result } = await libraryRun({ ...options, scale: 0.5, steps: STEPS });
  expectSameRun(record, result);
  expect(facts(record).theory).toMatch(/d = 5 below min\(V, m\) = 16 .* With Adam the limit can be another\.$/);
});

test("a run that was stopped and prolonged is the run that never stopped", async () => {
  await page().click("reset-button");
  await page().untilText("status", /^Ready at step 0\.$/);
  await page().click("step-button");
  await page().untilText("status", /^Paused at step 1 of 400/);
  expect(facts(await page().record()).status).toBe("paused");
  await page().click("run-button");
  const record = await page().finished(TITLE);
  const { result } = await libraryRun({
    ...{ dimension: 5, ridge: 1e-3, optimizer: "adam", decay: "decoupled", stepSize: 0.02 },
    ...{ scale: 0.5, steps: STEPS },
  });
  expectSameRun(record, result);
});

test.each([
  ["dimension", "0", "Dimension d: expected a whole number from 1 to 1,024, found “0”."],
  ["dimension", "2.5", "Dimension d: expected a whole number from 1 to 1,024, found “2.5”."],
  ["ridge", "-1", "Ridge λ: expected a number from 0 to 1,000,000, found “-1”."],
  ["ridge", "", "Ridge λ: expected a number from 0 to 1,000,000, found nothing."],
  ["smoothing", "1", "Label smoothing ε: expected a number from 0 to 0.999, found “1”."],
  ["scale", "0", "Start scale: expected a number from 1e-12 to 100, found “0”."],
])("%s of “%s” is refused in a sentence, and the run stays", async (id, value, sentence) => {
  const before = await page().record();
  const good = await page().page.$eval(`#${id}`, (field) => (field as HTMLInputElement).value);
  await page().fill(id, value);
  expect(await page().untilText("alert-text", /./)).toBe(sentence);
  expect(await page().page.$eval(`#${id}`, (field) => field.getAttribute("aria-invalid"))).toBe("true");
  expect((await page().record()).embeddings).toEqual(before.embeddings);
  await page().page.$eval(`#${id}`, (field, value) => ((field as HTMLInputElement).value = value), good);
});

test("the factors of round steps and of the last are kept, also where the run goes on, and small ones at every recorded step", async () => {
  expect(await lab!.call(PAGE, "keptSteps", 256, 200, 350)).toEqual([[0, 1, 10, 100, 200], [350]]);
  expect(await lab!.call(PAGE, "keptSteps", 5, 4, 6)).toEqual([
    [0, 1, 2, 3, 4],
    [5, 6],
  ]);
});

test("the switch goes back to the run of the decoder alone, on any problem", async () => {
  await page().fill("optimizer", "gradient-descent");
  await page().fill("step-size", "");
  await page().chooseModel("fixed");
  const fixed = await page().finished(TITLE);
  expect(fixed.embeddings).toBeUndefined();
  expect(fixed.trace.at(-1)!.step).toBe(STEPS);
  expect(fixed.verdict!.separable.holds).toBe("yes");
  expect(await visible("#out-norm")).toBe(true);
  expect(await visible("#out-decoder-norm")).toBe(false);
  expect(await visible("#dimension")).toBe(false);
  const heads = await page().page.$$eval("#points-head th", (cells) => cells.map((cell) => cell.textContent));
  const laws = ["Loss gap", "⟨W, W_mm⟩", "‖P_F(W) − W*‖"].map((label) => `${label}, predicted`);
  expect(heads).toEqual(["Step", ...USUAL_FIGURES.map(({ label }) => label), ...laws]);

  await page().runPreset("paper1-plane");
  await page().chooseModel("trained");
  const trained = facts(await page().finished("The paper’s plane setting"));
  expect(trained.trace.at(-1)!.step).toBe(STEPS);
  expect(trained.float64Check!.status).toBe("agrees");
});

test("where every word follows every context there is no margin, and the page says so", async () => {
  const next = [0, 1, 2].map((z) => [z, 1]);
  const contexts = [0, 1].map((j) => ({ label: `context ${j}`, next }));
  const whole = { format: "ntp-dataset@1", vocabulary: 3, values: "counts", contexts };
  await page().drop("whole.json", JSON.stringify({ ...whole, embedding: { law: "gaussian", dim: 4 } }));
  const record = await page().finished("whole.json");
  expect(record.nuclear).toBeUndefined();
  expect(facts(record).trace.at(-1)!.alignment).toBeUndefined();
  const sentence = "Every context is followed by every word: there is no L_mm to compare with.";
  expect(await page().text("limits-note")).toBe(sentence);
  for (const chart of ["subspace", "direction", "structure", "collapse"])
    expect(await page().page.$eval(`#${chart}-chart .absent`, (text) => text.textContent)).toBe(sentence);
});

const valueOf = (id: string): Promise<string> =>
  page().page.$eval(`#${id}`, (control) => (control as HTMLInputElement | HTMLSelectElement).value);

test("the preset of smoothed labels has its settings, and is held against the problem as it was", async () => {
  const record = await page().runPreset("smoothing");
  expect(await Promise.all(["smoothing", "optimizer", "step-size", "scale"].map(valueOf))).toEqual([
    ...["0.01", "adam", "0.003", "1"],
  ]);
  expect(record.source.notes).toContain("Labels are smoothed with ε = 0.01: every word follows every context.");
  const original = paper2Synthetic();
  const problem = smoothed(original, 0.01);
  expectClose(record.entropy, problem.entropy, 1e-12, "entropy");
  const arrays = readNpz("arrays.npz", await page().downloadBytes("download-npz"), [
    ...["trained_decoder", "trained_embeddings", "nuclear_logits"],
  ]);
  const [decoder, embeddings] = [arrays.get("trained_decoder")!, arrays.get("trained_embeddings")!];
  const last = facts(record).trace.at(-1)!;
  const replaced = withEmbeddings(problem, embeddings.data as Float64Array);
  expectClose(last.lossGap, referenceLoss(replaced, decoder.data as Float64Array).lossGap, 1e-4, "loss gap");
  expect(facts(record).float64Check!.status).toBe("agrees");
  const { margin } = await libraryRun({ steps: 0 });
  expect(arrays.get("nuclear_logits")!.data).toEqual(margin.logits);
  expect(last.proxyAlignment!).toBeGreaterThan(last.alignmentCorrected!);
});

test("the maps are those of the run: supports as they were, and every kept step", async () => {
  await page().click("tab-maps");
  await page().page.waitForSelector("#maps .heat-surface");
  expect(await visible("#maps")).toBe(true);
  const read = async (id: string): Promise<string> => {
    await page().page.focus(`#map-${id} .heat-surface`);
    await page().page.keyboard.press("ArrowRight");
    return page().page.$eval(`#map-${id} .heat-readout`, (readout) => readout.textContent);
  };
  // the first word follows the first context of those in order, or it does not, as in the problem before it was smoothed
  const [first] = distinctSupports(paper2Synthetic()).words;
  expect(await read("supports")).toBe(`word 0, context 0: ${first!.includes(0) ? 1 : 0}`);
  const trained = await read("logits");
  await page().page.$eval("#scrub", (slider) => {
    (slider as HTMLInputElement).value = "0";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  });
  expect(await page().text("scrub-at")).toBe("step 0");
  expect(await read("logits")).not.toBe(trained);
});

test("another preset has its own settings, and those it leaves out as they were at first", async () => {
  await page().runPreset("ridge-both");
  expect(await Promise.all(["smoothing", "ridge", "optimizer", "scale", "dimension"].map(valueOf))).toEqual([
    ...["0", "0.0001", "gradient-descent", "0.1", ""],
  ]);
  expect(await valueOf("step-size")).toBe("");
});

test("every experiment on trained embeddings is a preset, whose settings are controls of the page", async () => {
  const presets = PRESETS.filter(({ isTrained }) => isTrained);
  expect(presets.map(({ key }) => key)).toEqual(Object.keys(EMBEDDING_EXPERIMENTS));
  for (const { state } of presets)
    for (const name of Object.keys(state!()))
      expect(await page().page.$(`#controls :is(input, select)[name=${name}]`), name).toBeTruthy();
});

test("a search that takes too long is ended, what was known stands for it, and the run goes on", async () => {
  await page().page.evaluate(() => {
    AbortSignal.timeout = () => AbortSignal.abort(new DOMException("late", "TimeoutError"));
  });
  const record = await page().runPreset("symmetric");
  expect(record.nuclear!.status).toBe("cancelled");
  expect(facts(record).trace.at(-1)!.alignment).toBeTypeOf("number");
  expect(await page().text("limits-note")).toBe(
    "The search for L_mm was ended after 3 seconds: the best logits that were known by then stand for it.",
  );
});
