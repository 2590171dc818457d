import { interpolateRdBu } from "d3-scale-chromatic";
import { afterAll, beforeAll, expect, test } from "vitest";
import { plainFigure } from "../../demo/format.ts";
import type { KeptDecoder } from "../../demo/views/maps.ts";
import { Lab } from "../support/lab.ts";
import { PLANE } from "../support/plane.ts";
import { colorAt, type Pixels } from "./pixels.ts";
import { violations } from "./violations.ts";

const PAGE = "/test/demo/maps.page.ts";
const V = 5;
const m = 3;
const STEPS = [0, 10, 1000];
const SUPPORTS = [
  [0, 1, 4],
  [0, 3, 4],
  [1, 2, 3],
];
const WEIGHTS = [0.5, 0.3, 0.2];
const PROBABILITIES = [0.5, 0.3, 0.2, 0.1, 0.2, 0.7, 0.25, 0.25, 0.5];
const WORDS = ["the", "cat", "sat", "on", "mat"];
const PROBLEM = { ...PLANE, weights: WEIGHTS, probabilities: PROBABILITIES, words: WORDS };

let lab: Lab;
let points: KeptDecoder[];
let dual: Float64Array;
beforeAll(async () => {
  lab = await Lab.openApart();
  // what is not in front is not drawn
  await lab.page.bringToFront();
  ({ points, dual } = await lab.call<{ points: KeptDecoder[]; dual: Float64Array }>(
    PAGE,
    "trainFixed",
    PROBLEM,
    STEPS,
  ));
});
afterAll(() => lab?.close());

const show = (count = STEPS.length, hasMargin = true, shown?: number): Promise<void> =>
  lab.call(PAGE, "showFixed", count, hasMargin, ...(shown === undefined ? [] : [shown]));
const text = (selector: string): Promise<string> => lab.page.$eval(selector, ({ textContent }) => textContent ?? "");
const isVisible = (selector: string): Promise<boolean> =>
  lab.page.$eval(selector, (element) => element.checkVisibility());
const pixels = (): Promise<Pixels> => lab.call(PAGE, "pixels", "#map-fixed .heat-surface canvas");
const choose = async (key: string): Promise<void> => {
  await lab.page.click(`label[for="map-of-${key}"]`);
  await lab.call(PAGE, "drawn");
};

/** What the arrow keys read out of the first cells, context by context. */
const readAll = (contexts = m, words = V): Promise<string[]> =>
  lab.page.$eval(
    "#map-fixed .heat-surface",
    (surface, across, down) => {
      const press = (key: string): unknown => surface.dispatchEvent(new KeyboardEvent("keydown", { key }));
      (surface as HTMLElement).blur();
      (surface as HTMLElement).focus();
      press("Home");
      const said: string[] = [];
      for (let context = 0; context < across; context++) {
        for (let word = 0; word < down; word++) {
          said.push(surface.nextElementSibling!.textContent);
          press("ArrowDown");
        }
        for (let word = 0; word < down; word++) press("ArrowUp");
        press("ArrowRight");
      }
      return said;
    },
    contexts,
    words,
  );

/** Beside the names of word and context. */
const expected = (value: (context: number, word: number) => string): string[] =>
  Array.from({ length: m * V }, (_, at) => {
    const [context, word] = [Math.floor(at / V), at % V];
    return `“${WORDS[word]}”, context ${context}: ${value(context, word)}`;
  });

function p(context: number, word: number): number {
  const entry = SUPPORTS[context]!.indexOf(word);
  return entry < 0 ? 0 : PROBABILITIES[3 * context + entry]!;
}

/** W h_j in the order in which any loop sums two products. */
const logit = ({ decoder }: KeptDecoder, context: number, word: number): number =>
  decoder[2 * word]! * PLANE.embeddings[2 * context]! + decoder[2 * word + 1]! * PLANE.embeddings[2 * context + 1]!;

function q(point: KeptDecoder, context: number, word: number): number {
  const logits = WORDS.map((_, v) => logit(point, context, v));
  return 1 / logits.reduce((sum, other) => sum + Math.exp(other - logits[word]!), 0);
}

test("supports and probabilities are those of the data", async () => {
  await show();
  await choose("supports");
  expect(await readAll()).toEqual(
    expected((context, word) => (p(context, word) > 0 ? "follows (in the support)" : "never follows (off support)")),
  );
  await choose("probabilities");
  expect(await readAll()).toEqual(
    expected((context, word) => {
      const said = p(context, word) > 0 ? `p = ${plainFigure(p(context, word))}` : "never follows (off support)";
      return `${said}; frequency π = ${plainFigure(WEIGHTS[context]!)}`;
    }),
  );
});

test.each([0, 1, 2])("logits, softmax and difference are those of the decoder at kept step %i", async (at) => {
  const point = points[at]!;
  await show(3, true, STEPS[at]);
  expect(await text("#map-at")).toBe(`step ${STEPS[at]!.toLocaleString("en")} of 1,000`);
  await choose("logits");
  expect(await readAll()).toEqual(expected((context, word) => `logit ${plainFigure(logit(point, context, word))}`));
  await choose("softmax");
  expect(await readAll()).toEqual(
    expected((context, word) => `q = ${plainFigure(q(point, context, word))}, p = ${plainFigure(p(context, word))}`),
  );
  await choose("residual");
  expect(await readAll()).toEqual(
    expected((context, word) => `p − q = ${plainFigure(p(context, word) - q(point, context, word))}`),
  );
});

test.each([10, 1000])(
  "after step %i the differences of a context sum to zero, in colours around zero",
  async (step) => {
    await show(3, true, step);
    await choose("residual");
    const said = (await readAll()).map((line) => Number(line.split("p − q = ")[1]));
    // five figures of six digits, all below 1
    for (let context = 0; context < m; context++)
      expect(Math.abs(said.slice(V * context, V * (context + 1)).reduce((a, b) => a + b))).toBeLessThan(5 * 5e-7);
    const [end, largest] = [Number(await text("#map-fixed .map-ends :last-child")), Math.max(...said.map(Math.abs))];
    expect(end.toExponential()).toMatch(/^[125]e/);
    expect(end / largest).toBeGreaterThanOrEqual(1);
    expect(end / largest).toBeLessThanOrEqual(2.5);
    const found = await pixels();
    said.forEach((value, at) => {
      const place = Math.round(256 * (0.5 + value / end / 2)) / 256;
      expect(colorAt(found, at % V, Math.floor(at / V)), `${at}: ${value}`).toBe(interpolateRdBu(1 - place));
    });
  },
);

test("duals are those of the limits, at every step", async () => {
  const betas = expected((context, word) => `β = ${plainFigure(dual[context * V + word]!)}`);
  expect(new Set(betas).size).toBeGreaterThan(m * V - 3);
  await choose("dual");
  for (const step of [0, 1000]) {
    await show(3, true, step);
    expect(await readAll()).toEqual(betas);
  }
});

test("another step is another map; data and duals stay, and the softmax has the colours of p", async () => {
  for (const [key, changes] of [
    ["softmax", true],
    ["residual", true],
    ["logits", true],
    ["probabilities", false],
    ["dual", false],
  ] as const) {
    await show(3, true, 10);
    await choose(key);
    const [before, ends] = [(await pixels()).bytes.join(), await text("#map-fixed .map-ends")];
    await show(3, true, 1000);
    expect((await pixels()).bytes.join() !== before, key).toBe(changes);
    if (key !== "logits" && key !== "residual") expect(await text("#map-fixed .map-ends")).toBe(ends);
    if (key === "softmax") expect(ends).toBe("00.350.7");
  }
});

test("without a slider of the page there is one here; with one the last step kept up to there is shown", async () => {
  await show(3, true, 999);
  expect(await text("#map-at")).toBe("step 10 of 1,000");
  expect(await isVisible("#map-step")).toBe(false);
  await show();
  expect(await isVisible("#map-step")).toBe(true);
  expect(await text("#map-at")).toBe("step 1,000 of 1,000");
  await choose("softmax");
  const last = await pixels();
  await lab.page.focus("#map-step");
  await lab.page.keyboard.press("Home");
  await lab.call(PAGE, "drawn");
  expect(await text("#map-fixed .chart-title")).toBe("Softmax q after step 0");
  expect((await pixels()).bytes.join()).not.toBe(last.bytes.join());
});

test("what is missing is said in place of its map", async () => {
  await show(0, false);
  for (const [key, said] of [
    ["softmax", "The decoder of no such step has been kept yet."],
    ["dual", "W_mm is not known here, so there are no dual variables to draw."],
  ] as const) {
    await choose(key);
    expect(await text("#map-note")).toBe(said);
    expect(await isVisible("#map-fixed")).toBe(false);
  }
  await choose("probabilities");
  expect(await isVisible("#map-note")).toBe(false);
  expect(await isVisible("#map-fixed")).toBe(true);
});

test("a map is chosen by the arrow keys, and saved under its name and step", async () => {
  await show();
  await choose("probabilities");
  const saved = async (): Promise<string> =>
    (await lab.call<{ name: string }>(PAGE, "saved", "#map-fixed button")).name;
  expect(await saved()).toBe("probabilities.png");
  await lab.page.focus("#map-of-probabilities");
  await lab.page.keyboard.press("ArrowRight");
  expect(await text("#map-fixed .chart-title")).toMatch(/^Softmax q after step/);
  expect(await saved()).toMatch(/^softmax-step-\d+\.png$/);
  const svg = await lab.call<{ name: string; text: string }>(PAGE, "savedText", "#map-fixed button:nth-of-type(2)");
  expect(svg.name).toMatch(/^softmax-step-\d+\.svg$/);
  expect(svg.text).toContain('aria-label="Softmax q after step');
});

test("of a large problem the first contexts and words are drawn, by the softmax of all words", async () => {
  const [contexts, words] = [410, 130];
  const problem = {
    ...{ vocabularySize: words, embeddingDim: 1, embeddings: Array.from({ length: contexts }, (_, j) => 1 + j / 7) },
    offsets: Array.from({ length: contexts + 1 }, (_, j) => j),
    tokens: Array.from({ length: contexts }, (_, j) => j % words),
    probabilities: Array.from({ length: contexts }, () => 1),
  };
  const decoder = Float64Array.from({ length: words }, (_, v) => Math.sin(v) + (v === 129 ? 3 : 0));
  await lab.call(PAGE, "showDecoders", problem, [{ step: 3, decoder }]);
  await choose("softmax");
  expect(await text("#map-note")).toBe(
    "Only the first 400 of 410 contexts and 120 of 130 words are drawn; the run uses all of them.",
  );
  const total = decoder.reduce((sum, w) => sum + Math.exp(w), 0);
  const said = await readAll(1, 2);
  expect(said).toEqual(
    [0, 1].map(
      (word) => `word ${word}, context 0: q = ${plainFigure(Math.exp(decoder[word]!) / total)}, p = ${1 - word}`,
    ),
  );
  expect(await lab.page.$eval("#map-fixed .heat-surface", (surface) => surface.getAttribute("aria-label"))).toBe(
    "Softmax q after step 3: 120 words down, 400 contexts across; the arrow keys read them out",
  );
});

test("labels stand beside their cells, and nothing sticks out sideways at 390 and 320 pixels", async () => {
  for (const width of [800, 390, 320]) {
    await lab.page.setViewport({ width, height: 800 });
    await show();
    await choose("probabilities");
    expect(await lab.widthIn(width)).toBe(width);
    const labels = await lab.page.$$eval("#map-fixed .row-labels span", (all) =>
      all.map((label) => {
        const canvas = document.querySelector("#map-fixed .heat-surface canvas")!.getBoundingClientRect();
        const { top, height, right } = label.getBoundingClientRect();
        const row = ((top + height / 2 - canvas.top) / canvas.height) * 5 - 0.5;
        return { text: label.textContent, row, isBeside: right <= canvas.left };
      }),
    );
    expect(labels.map((label) => label.text)).toEqual(WORDS.map((word) => `“${word}”`));
    labels.forEach(({ row, isBeside }, word) => {
      expect(row).toBeCloseTo(word, 1);
      expect(isBeside).toBe(true);
    });
  }
});

test.each(["light", "dark"])("axe finds nothing in the %s theme", async (theme) => {
  await lab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await show();
  await choose("residual");
  expect(await violations(lab.page)).toEqual([]);
});
