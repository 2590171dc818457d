import { interpolateRdBu } from "d3-scale-chromatic";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plainFigure } from "../../demo/format.ts";
import type { KeptPoint } from "../../demo/views/maps.ts";
import type { EmbeddingLimits } from "../../src/index.ts";
import { logitsOf } from "../support/factor-descent.ts";
import { Lab } from "../support/lab.ts";
import { withSupports } from "../support/supports.ts";
import { colorAt, type Pixels } from "./pixels.ts";
import { violations } from "./violations.ts";

const PAGE = "/test/demo/maps.page.ts";
const V = 5;
/** The contexts of a support are not beside each other. */
const SUPPORTS = [
  [0, 1],
  [2, 3],
  [0, 1],
  [1, 4],
  [2, 3],
  [0, 1],
];
const m = SUPPORTS.length;
const BY_SUPPORT = [0, 2, 5, 1, 4, 3];
const AS_GIVEN = [0, 1, 2, 3, 4, 5];
const STEPS = [0, 10, 1000];

let lab: Lab;
let points: KeptPoint[];
let limits: EmbeddingLimits;
beforeAll(async () => {
  lab = await Lab.openApart();
  // what is not in front is not drawn
  await lab.page.bringToFront();
  ({ points, limits } = await train());
});
afterAll(() => lab?.close());

const train = (): Promise<{ points: KeptPoint[]; limits: EmbeddingLimits }> =>
  lab.call(PAGE, "trainMaps", withSupports(V, SUPPORTS, 1), STEPS);
const show = (count = STEPS.length, hasLimits = true): Promise<void> => lab.call(PAGE, "showMaps", count, hasLimits);
const pixels = (key: string): Promise<Pixels> => lab.call(PAGE, "pixels", `#map-${key} .heat-surface canvas`);
const text = (selector: string): Promise<string> =>
  lab.page.$eval(selector, (element) => (element as HTMLElement).textContent);
const visible = (selector: string): Promise<string[]> =>
  lab.page.$$eval(selector, (all) => all.filter((element) => element.checkVisibility()).map(({ id }) => id));

async function slideTo(index: number): Promise<void> {
  await lab.page.$eval(
    "input#map-step",
    (slider, at) => {
      slider.value = String(at);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    },
    index,
  );
  await lab.call(PAGE, "drawn");
}

/** Words down, contexts across in an order, coloured from −largest to largest. */
async function expectLogits(key: string, logits: ArrayLike<number>, largest: number, order: number[]): Promise<void> {
  const found = await pixels(key);
  expect([found.width, found.height]).toEqual([m, V]);
  for (let v = 0; v < V; v++)
    order.forEach((context, column) =>
      expect(colorAt(found, v, column), `${key} ${v} ${context}`).toBe(
        expectedColor(logits[context * V + v]!, largest),
      ),
    );
}

const expectedColor = (value: number, largest: number): string =>
  interpolateRdBu(1 - Math.round(256 * (0.5 + value / largest / 2)) / 256);

/** n × n cosines between rows of n × d, in the order given. */
async function expectCosines(key: string, matrix: Float64Array, d: number, order: number[]): Promise<void> {
  const found = await pixels(key);
  expect([found.width, found.height]).toEqual([order.length, order.length]);
  const row = (i: number): Float64Array => matrix.subarray(i * d, (i + 1) * d);
  const dot = (i: number, k: number): number => row(i).reduce((sum, x, at) => sum + x * row(k)[at]!, 0);
  order.forEach((i, down) =>
    order.forEach((k, across) => {
      const cosine = dot(i, k) / Math.sqrt(dot(i, i) * dot(k, k));
      expect(colorAt(found, down, across), `${key} ${i} ${k}`).toBe(expectedColor(cosine, 1));
    }),
  );
}

const largestOf = (...matrices: ArrayLike<number>[]): number =>
  Math.max(...matrices.flatMap((values) => Array.from(values, Math.abs)));
/** L = H Wᵀ of a point, its rows centred. */
function logitsAt(index: number): Float64Array {
  const { factors } = points[index]!;
  const logits = logitsOf(factors, factors.decoder.length / V);
  return logits.map((logit, at) => {
    const row = logits.subarray(V * Math.floor(at / V), V * Math.floor(at / V) + V);
    return logit - row.reduce((sum, x) => sum + x, 0) / V;
  });
}

const TRAINED = ["logits", "low-rank", "words", "contexts"];
const THEORY = ["proxy", "margin", "words-theory", "words-proxy", "contexts-theory", "contexts-proxy"];

describe.each([
  [2, "step 1,000 of 1,000"],
  [0, "step 0 of 1,000"],
] as const)("at kept step %i", (index, said) => {
  beforeAll(async () => {
    await show();
    await slideTo(index);
  });

  test("the trained maps are those of its factors", async () => {
    expect(await text("#map-at")).toBe(said);
    expect(await lab.page.$eval("#map-step", (slider) => slider.getAttribute("aria-valuetext"))).toBe(said);
    const { factors } = points[index]!;
    const dimension = factors.decoder.length / V;
    const logits = logitsAt(index);
    await expectLogits("logits", logits, largestOf(logits), BY_SUPPORT);
    const rest = logits.map((logit, at) => logit - limits.sparse[at]!);
    await expectLogits("low-rank", rest, largestOf(rest), BY_SUPPORT);
    await expectCosines("words", factors.decoder, dimension, [0, 1, 2, 3, 4]);
    await expectCosines("contexts", factors.embeddings, dimension, BY_SUPPORT);
  });

  test("the theory is the theory", async () => {
    const [margin, proxy] = [limits.margin.logits, limits.proxy.logits];
    expect(largestOf(margin)).not.toBe(largestOf(proxy));
    await expectLogits("margin", margin, largestOf(margin, proxy), BY_SUPPORT);
    await expectLogits("proxy", proxy, largestOf(margin, proxy), BY_SUPPORT);
  });
});

test("the slider changes every trained map, and none of the theory", async () => {
  await show();
  const of = async (keys: readonly string[]): Promise<string[]> =>
    Promise.all(keys.map(async (key) => (await pixels(key)).bytes.join()));
  await slideTo(2);
  const [trained, theory] = [await of(TRAINED), await of(THEORY)];
  await slideTo(1);
  (await of(TRAINED)).forEach((bytes, i) => expect(bytes, TRAINED[i]).not.toBe(trained[i]));
  expect(await of(THEORY)).toEqual(theory);
});

test("contexts of a support are beside each other, unless the reader wants them as they are", async () => {
  await show();
  const toggle = async (): Promise<void> => {
    await lab.page.click("#map-order");
    await lab.call(PAGE, "drawn");
  };
  const supports = (order: number[]): string =>
    [0, 1, 2, 3, 4].map((v) => order.map((j) => (SUPPORTS[j]!.includes(v) ? "1" : "0")).join("")).join("\n");
  const shown = async (): Promise<string> => {
    const found = await pixels("supports");
    const zero = colorAt(found, 4, 0);
    return [0, 1, 2, 3, 4]
      .map((v) => AS_GIVEN.map((column) => (colorAt(found, v, column) === zero ? "0" : "1")).join(""))
      .join("\n");
  };
  expect(await shown()).toBe(supports(BY_SUPPORT));
  await toggle();
  expect(await shown()).toBe(supports(AS_GIVEN));
  const { factors } = points[1]!;
  const dimension = factors.decoder.length / V;
  await slideTo(1);
  await expectCosines("contexts", factors.embeddings, dimension, AS_GIVEN);
  await toggle();
  expect(await shown()).toBe(supports(BY_SUPPORT));
  await expectCosines("contexts", factors.embeddings, dimension, BY_SUPPORT);
});

test("a cell is read with the names of its word and its context", async () => {
  await show();
  await slideTo(2);
  await lab.page.$eval("#map-logits .heat-surface", (surface) => (surface as HTMLElement).focus());
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"] as const)
    await lab.page.keyboard.press(key);
  // the fourth column, of the contexts by support, is context 1
  expect(await text("#map-logits .heat-readout")).toBe(`word 1, context 1: ${plainFigure(logitsAt(2)[1 * V + 1]!)}`);
});

test("the last step is followed until the reader chooses one, which then stays", async () => {
  await lab.page.reload();
  await lab.page.bringToFront();
  await train();
  for (const [count, said] of [
    [1, "step 0 of 0"],
    [2, "step 10 of 10"],
    [3, "step 1,000 of 1,000"],
  ] as const) {
    await show(count);
    expect(await text("#map-at")).toBe(said);
    expect(await lab.page.$eval("input#map-step", (slider) => slider.valueAsNumber)).toBe(count - 1);
    const logits = logitsAt(count - 1);
    await expectLogits("logits", logits, largestOf(logits), BY_SUPPORT);
  }
  await show(2);
  await lab.page.focus("#map-step");
  await lab.page.keyboard.press("ArrowLeft");
  expect(await text("#map-at")).toBe("step 0 of 10");
  await show(3);
  expect(await text("#map-at")).toBe("step 0 of 1,000");
  const options = await lab.page.$$eval("#map-steps option", (all) => all.map(({ value, label }) => [value, label]));
  expect(options).toEqual([
    ["0", "0"],
    ["1", "10"],
    ["2", "1,000"],
  ]);
});

test("what is missing is said, and its maps are not there", async () => {
  const maps = (...keys: string[]): string[] => keys.map((key) => `map-${key}`);
  await show();
  expect(await visible(".matrix-map")).toHaveLength(TRAINED.length + THEORY.length + 1);
  expect(await visible("#maps-note")).toEqual([]);
  await show(3, false);
  expect(await visible(".matrix-map")).toEqual(maps("supports", "logits", "words", "contexts"));
  expect(await text("#maps-note")).toBe(
    "What theory says is not known here: only supports and trained matrices are drawn.",
  );
  await show(0);
  expect(await visible(".matrix-map")).toEqual(maps("supports", ...THEORY));
  expect(await text("#maps-note")).toBe("No step of a run has been kept yet.");
  expect(await lab.page.$eval("input#map-step", (slider) => slider.disabled)).toBe(true);
});

test("a map is saved under its name and its step", async () => {
  await show();
  await slideTo(2);
  const nameOf = async (key: string): Promise<string> =>
    (await lab.call<{ name: string }>(PAGE, "saved", `#map-${key} button`)).name;
  expect(await nameOf("logits")).toBe("logits-step-1000.png");
  expect(await nameOf("margin")).toBe("margin.png");
});

test.each(["light", "dark"])("axe finds nothing in the %s theme", async (theme) => {
  await lab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await show();
  expect(await violations(lab.page)).toEqual([]);
});

test("nothing sticks out sideways at 390 and 320 pixels", async () => {
  await show();
  for (const width of [390, 320]) {
    expect(await lab.widthIn(width)).toBe(width);
  }
});
