import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Lab } from "../support/lab.ts";
import { normals } from "../support/draw.ts";
import type { GivenPicture } from "./plane.page.ts";
import { violations } from "./violations.ts";

const PAGE = "/test/demo/plane.page.ts";
const WIDTH = 400;
/** Half of the picture's width over the farthest context, which is at this part of it when it is drawn first. */
const SCALE = (0.56 * WIDTH) / 2;
const PICTURE: GivenPicture = {
  problem: {
    vocabularySize: 4,
    embeddingDim: 2,
    embeddings: [1, 0, 0, 0.8, -0.5, -0.5],
    offsets: [0, 2, 4, 5],
    tokens: [0, 1, 1, 2, 3],
    probabilities: [0.75, 0.25, 0.5, 0.5, 1],
    weights: [2, 1, 1],
    contextLabels: ["a <b>", "the cat", "context 2"],
    words: ["sat", "ran", "slept", "meowed"],
  },
  decoder: Float64Array.of(3, 0, 1, 2, 0, 4, -3, -4),
  margin: Float64Array.of(1, 1, 0.5, 1, 0, 1, -1, -1),
  finite: Float64Array.of(0.1, 0, 0, 0.2, 0, -0.1, 0, 0),
  step: 1000,
};

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.openApart();
  await lab.page.bringToFront();
});
afterAll(() => lab?.close());
/** Another problem between, so that nothing of the test before is left. */
beforeEach(async () => {
  await show({ problem: { ...PICTURE.problem, embeddingDim: 1, embeddings: [1, 2, 3] } });
  await show();
});

const show = (picture = PICTURE, width = WIDTH): Promise<void> => lab.call(PAGE, "showPlane", picture, width);
const text = (selector: string): Promise<string> => lab.page.$eval(selector, (element) => element.textContent ?? "");
const picture = (): Promise<string> => lab.page.$eval(".plane-surface canvas", (canvas) => canvas.toDataURL());
const moved = (): Promise<number[][]> => lab.call(PAGE, "moved");
async function press(...keys: ("ArrowRight" | "ArrowUp" | "ArrowLeft" | "Enter" | "Escape" | "End" | "Home")[]) {
  for (const key of keys) await lab.page.keyboard.press(key);
}
async function enter(): Promise<void> {
  await lab.page.$eval(".plane-surface", (surface) => {
    (surface as HTMLElement).blur();
    (surface as HTMLElement).focus();
  });
}
/** Of a place of the plane, on the screen. */
async function at(x: number, y: number): Promise<[number, number]> {
  const box = await lab.page.$eval(".plane-surface canvas", (canvas) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { left, top };
  });
  return [box.left + WIDTH / 2 + 0.5 + SCALE * x, box.top + WIDTH / 2 + 0.5 - SCALE * y];
}

test("the picture changes with the decoder, with what is known of the limits, and with the word whose borders are drawn", async () => {
  const seen = new Set([await picture()]);
  for (const other of [
    { ...PICTURE, decoder: PICTURE.decoder!.map((w, i) => (i === 0 ? -w : w)) },
    { ...PICTURE, margin: undefined },
    { ...PICTURE, finite: undefined },
  ]) {
    await show(other);
    seen.add(await picture());
  }
  await show();
  await lab.page.select("#plane-border", "2");
  seen.add(await picture());
  expect(seen.size).toBe(5);
  await lab.page.select("#plane-border", "none");
  expect(seen.has(await picture())).toBe(true);
});

test("a longer decoder of the same directions is the same picture but for its scale", async () => {
  await show({ ...PICTURE, finite: undefined });
  const words = (svg: string): string[] => svg.match(/<path [^>]*>/g)!;
  const before = words(await lab.call<string>(PAGE, "svg"));
  await show({ ...PICTURE, finite: undefined, decoder: PICTURE.decoder!.map((w) => 1024 * w) });
  const svg = await lab.call<string>(PAGE, "svg");
  expect(words(svg)).toEqual(before);
  expect(svg).toContain("longest 5120");
});

describe("the keyboard", () => {
  test("reads out contexts and words, and the live region says it", async () => {
    await enter();
    const said: string[] = [];
    for (let i = 0; i < 7; i++) {
      await press("ArrowRight");
      expect(await text("#live")).toBe(await text(".plane-readout"));
      said.push(await text(".plane-readout"));
    }
    expect(said).toEqual([
      "a <b> at (1, 0); next: “sat” 0.75, “ran” 0.25",
      "the cat at (0, 0.8); next: “ran” 0.5, “slept” 0.5",
      "context 2 at (−0.5, −0.5); next: “meowed” 1",
      "“sat”: w = (3, 0); ‖w‖ = 3; 45.0° from its W_mm vector",
      "“ran”: w = (1, 2); ‖w‖ = 2.236; wins nowhere here; 0.0° from its W_mm vector",
      "“slept”: w = (0, 4); ‖w‖ = 4; 0.0° from its W_mm vector",
      "“meowed”: w = (−3, −4); ‖w‖ = 5; 8.1° from its W_mm vector",
    ]);
  });

  test("moves a context, drops it and puts it back", async () => {
    const count = (await moved()).length;
    await enter();
    // a fiftieth of what the edge of the picture is at, 1/0.56, is 0.0357: the next round step is 0.05
    await press("ArrowRight", "ArrowRight", "Enter", "ArrowUp", "ArrowLeft", "ArrowLeft");
    expect(await text("#live")).toBe("the cat at (−0.1, 0.85); next: “ran” 0.5, “slept” 0.5");
    await press("Escape");
    expect(await text("#live")).toBe("Put back: the cat at (0, 0.8); next: “ran” 0.5, “slept” 0.5");
    expect(await moved()).toHaveLength(count);
    await press("Enter", "ArrowUp", "Enter");
    expect(await text("#live")).toBe("Dropped: the cat at (0, 0.85); next: “ran” 0.5, “slept” 0.5");
    expect((await moved()).slice(count)).toEqual([[1, 0, 0.8 + 0.05]]);
  });

  test("chooses the word whose borders are drawn", async () => {
    await enter();
    await press("End", "Enter");
    expect(await lab.page.$eval("#plane-border", (select) => (select as HTMLSelectElement).value)).toBe("3");
    await press("Enter");
    expect(await lab.page.$eval("#plane-border", (select) => (select as HTMLSelectElement).value)).toBe("none");
  });
});

test("a context is dropped where the pointer is, and what is elsewhere is not moved", async () => {
  const count = (await moved()).length;
  await lab.page.mouse.move(...(await at(0, 0.8)));
  await lab.page.mouse.down();
  await lab.page.mouse.move(...(await at(0.3, 0.5)));
  expect(await text(".plane-readout")).toContain("the cat at (0.3");
  await lab.page.mouse.move(...(await at(-0.25, 0.75)));
  await lab.page.mouse.up();
  const [[context, x, y] = []] = (await moved()).slice(count);
  expect(context).toBe(1);
  // the browser rounds places to less than half a pixel
  expect(Math.abs(x! + 0.25)).toBeLessThan(0.5 / SCALE);
  expect(Math.abs(y! - 0.75)).toBeLessThan(0.5 / SCALE);
  await lab.page.mouse.move(...(await at(1, 1)));
  await lab.page.mouse.down();
  await lab.page.mouse.move(...(await at(0.5, 0.2)));
  await lab.page.mouse.up();
  expect(await moved()).toHaveLength(count + 1);
});

test("more dimensions are projected, which is said, and their contexts stay where they are", async () => {
  const d = 6;
  const large = { ...PICTURE.problem, embeddingDim: d, embeddings: [...normals(1, 3 * d)] };
  const margin = Float64Array.from({ length: 4 * d }, (_, i) => (i % d === 1 ? i : i % d === 4 ? -1 : 0));
  // all of one word's vector lies along coordinate 1, all of another's is orthogonal to what W_mm has
  const decoder = Float64Array.from({ length: 4 * d }, (_, i) => (i === 1 ? 3 : i === d + 2 ? 1 : 0));
  await show({ problem: large, decoder, margin, step: 1 });
  expect(await text(".plane .hint")).toContain("Two leading directions of W_mm, of 6; 90 % of ‖W‖² lies in them.");
  const count = (await moved()).length;
  await enter();
  await press("Home", "Enter", "ArrowUp", "Enter");
  expect(await moved()).toHaveLength(count);
});

test("a decoder that is not finite is not drawn, which is said", async () => {
  await show({ ...PICTURE, decoder: PICTURE.decoder!.map((w, i) => (i === 2 ? NaN : w)) });
  expect(await text(".plane .hint")).toContain("The decoder is not finite, and is not drawn.");
  expect(await lab.call<string>(PAGE, "svg")).not.toContain("NaN");
});

test("the SVG file is one by itself, with the labels of the picture in it", async () => {
  const svg = await lab.call<string>(PAGE, "svg");
  const found = await lab.page.evaluate((source) => {
    const { documentElement: root } = new DOMParser().parseFromString(source, "image/svg+xml");
    const texts = [...root.querySelectorAll("text")].map(({ textContent }) => textContent);
    return { name: root.localName, width: root.getAttribute("width"), texts };
  }, svg);
  expect(found).toMatchObject({ name: "svg", width: "3.3in" });
  expect(found.texts).toEqual(expect.arrayContaining(["a <b>", "the cat", "h₂", "sat", "ran", "slept", "meowed"]));
  expect(svg).not.toMatch(/NaN|undefined|--|var\(/);
});

test("the tables have the vectors", async () => {
  await lab.page.click(".plane summary");
  await show({ ...PICTURE, decoder: PICTURE.decoder!.map((w) => 2 * w) });
  const rows = await lab.page.$$eval(".plane tbody tr", (all) =>
    all.map(({ children }) => [...children].map(({ textContent }) => textContent).join(" | ")),
  );
  expect(rows[1]).toBe("the cat | (0, 0.8) | B | “ran” 0.5, “slept” 0.5");
  expect(rows.at(-1)).toBe("“meowed” | (−6, −8) | (−1, −1)");
  await lab.page.click(".plane summary");
});

describe("trained embeddings", () => {
  /** The first two contexts have one support. */
  const given = { ...PICTURE.problem, offsets: [0, 2, 4, 5], tokens: [0, 1, 0, 1, 3] };
  const decoder = Float64Array.of(2, 1, 0, 1, 2, 0, -1, -1, 0, -2, -2, 1);
  const before = Float64Array.of(1, 0, 0, 0, 1, 0, -1, -1, 0);
  /** 3-4-5 triangles: cos 16.26° = 24/25. */
  const after = Float64Array.of(3, 4, 0, 4, 3, 0, -5, -5, 0);
  const showStep = (embeddings: Float64Array | undefined, step?: number): Promise<void> =>
    lab.call(PAGE, "showFactors", given, embeddings && { decoder, embeddings }, step, WIDTH);
  const label = (): Promise<string | null> =>
    lab.page.$eval(".plane-surface", (surface) => surface.getAttribute("aria-label"));

  test("move from one step to the next, and the arrow keys read out how near those of one support have come", async () => {
    await showStep(before, 1);
    await enter();
    await press("ArrowRight");
    const [said, seen] = [await text(".plane-readout"), await picture()];
    expect(said).toMatch(/^a <b> at \(.*\), support A, within 90\.0° of the others that have it; next: /);
    await showStep(after, 20);
    expect(await picture()).not.toBe(seen);
    expect(await label()).toContain("3 contexts and 4 words of trained embeddings at step 20 in a plane");
    const now = await text(".plane-readout");
    expect(now).toMatch(/, support A, within 16\.3° of the others that have it; /);
    expect(now.split(",")[0]).not.toBe(said.split(",")[0]);
    expect(await text(".plane .hint")).toContain("they are within 16.3° of each other");
    const svg = await lab.call<string>(PAGE, "svg");
    expect(svg).toMatch(/>a &lt;b&gt; A<.*>the cat A<.*>h₂ B</s);
    expect(svg).not.toMatch(/NaN|undefined|--|var\(/);
  });

  test("are not picked up", async () => {
    const count = (await moved()).length;
    await showStep(after, 20);
    expect(await label()).not.toContain("Enter picks up");
    await enter();
    await press("ArrowRight", "Enter", "ArrowUp", "Enter");
    expect(await moved()).toHaveLength(count);
  });

  test("are not drawn before a step is kept, and make room for the decoder on fixed ones", async () => {
    await showStep(undefined);
    expect(await text(".plane .hint")).toContain("No step has been kept yet.");
    expect(await label()).toContain("0 contexts");
    expect(await lab.call<string>(PAGE, "svg")).not.toMatch(/NaN|the cat/);
    await showStep(after, 20);
    await show({ ...PICTURE, problem: given });
    expect(await text(".plane .hint")).toContain("Ghosts: directions of W_mm");
    expect(await lab.call<string>(PAGE, "svg")).toContain("the cat A");
  });

  test.each(["light", "dark"])(
    "have nothing that axe finds in the %s theme, nor at 320 pixels sideways",
    async (theme) => {
      await lab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
      await showStep(after, 20);
      await lab.page.click(".plane summary");
      expect(await violations(lab.page)).toEqual([]);
      await lab.call(PAGE, "showFactors", given, { decoder, embeddings: after }, 20, 288);
      expect(await lab.widthIn(320)).toBe(320);
      await lab.page.setViewport({ width: 1024, height: 800 });
      await lab.page.click(".plane summary");
    },
  );
});

test.each(["light", "dark"])("axe finds nothing in the %s theme", async (theme) => {
  await lab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  expect(await violations(lab.page)).toEqual([]);
});

test("nothing sticks out sideways at 320 pixels", async () => {
  await lab.page.setViewport({ width: 320, height: 800 });
  await show(PICTURE, 288);
  expect(await lab.widthIn(320)).toBe(320);
});
