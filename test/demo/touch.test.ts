import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Laboratory, stepIn } from "./laboratory.ts";

type Place = readonly [x: number, y: number];

let laboratory: Laboratory;
beforeAll(async () => {
  laboratory = await Laboratory.open();
  await laboratory.page.setViewport({ width: 390, height: 844, hasTouch: true, isMobile: true });
});
afterAll(async () => {
  await laboratory?.close();
});
afterEach(() => {
  expect(laboratory.errors.splice(0)).toEqual([]);
});

const textOf = (selector: string): Promise<string> =>
  laboratory.page.$eval(selector, (element) => element.textContent.trim());

/** Where an element is in the window, in the middle of which it is put, as soon as it stands still. */
const boxOf = (selector: string): Promise<{ left: number; top: number; width: number; height: number }> =>
  laboratory.page.$eval(selector, async (element) => {
    let box = element.getBoundingClientRect();
    for (let frames = 0; frames < 3; frames++) {
      element.scrollIntoView({ block: "center" });
      await new Promise(requestAnimationFrame);
      const next = element.getBoundingClientRect();
      if (next.top !== box.top || next.left !== box.left) frames = 0;
      box = next;
    }
    const { left, top, width, height } = box;
    return { left, top, width, height };
  });

async function tap(selector: string, x = 0.5, y = 0.5): Promise<void> {
  const { left, top, width, height } = await boxOf(selector);
  await laboratory.page.touchscreen.tap(left + x * width, top + y * height);
}

/** Longer than what a browser takes the speed of a finger from. */
const REST_MS = 200;

/** One finger on the straight way from a place to another, where it rests: what it let go of in flight would have the next tap stop it. */
async function swipe(from: Place, to: Place, moves = 8): Promise<void> {
  const { touchscreen } = laboratory.page;
  await touchscreen.touchStart(...from);
  for (let i = 1; i <= moves; i++)
    await touchscreen.touchMove(from[0] + ((to[0] - from[0]) * i) / moves, from[1] + ((to[1] - from[1]) * i) / moves);
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  await touchscreen.touchEnd();
}

/** The vector of a context, as the table below the plane has it, its place in the window, and the pixels of a length of 1. */
async function drawn(context: number): Promise<{ h: Place; place: Place; scale: number }> {
  const all = await laboratory.page.$$eval(".plane tbody:first-of-type", ([body]) =>
    [...body!.children].map((row) =>
      row.children[1]!.textContent.match(/[−\d.]+/g)!.map((figure) => Number(figure.replace("−", "-"))),
    ),
  );
  const box = await boxOf(".plane-surface");
  // the context that is farthest when the problem is drawn first is at 0.56 of half of the width
  const scale = (0.56 * box.width) / 2 / Math.max(...all.map(([x, y]) => Math.hypot(x!, y!)));
  const [x, y] = all[context]! as [number, number];
  const middle = box.width / 2;
  return { h: [x, y], place: [box.left + middle + scale * x, box.top + middle - scale * y], scale };
}

test("by finger: a preset, pause and on, the time slider, a point, a cell, a curve, a gloss, a lesson with its guess", async () => {
  const { page } = laboratory;
  await laboratory.open("preset=one-hot&steps=1000000000");
  await tap("label[for=preset-paper1-plane]");
  await page.waitForFunction(() => document.getElementById("running-problem")?.textContent.includes("plane"));
  await laboratory.until("running");
  await tap("#run-button");
  await laboratory.until("paused");
  await tap("#run-button");
  await laboratory.until("running");
  await page.waitForSelector("#verdict:not([hidden])");
  await laboratory.untilText("scrub-at", /^step \d+,\d{3}/);
  await tap("#run-button");
  const paused = stepIn(await laboratory.untilText("status", /^Paused at step/));

  const { left, top, width, height } = await boxOf("#scrub");
  const middle = top + height / 2;
  await swipe([left + 0.97 * width, middle], [left + 0.4 * width, middle]);
  expect(stepIn(await laboratory.text("scrub-at"))).toBeLessThan(paused);

  await tap(".plane summary");
  await page.waitForSelector(".plane tbody td");
  await page.touchscreen.tap(...(await drawn(1)).place);
  expect(await textOf(".plane-readout")).toMatch(/^context 1 at/);

  await tap("#gap-chart .u-over");
  await page.waitForFunction(() =>
    /^at step [\d,]+$/.test(document.querySelector("#gap-chart .plot .legend-at")!.textContent.trim()),
  );

  await tap("#laws .gloss");
  await page.waitForSelector(".tip:popover-open");
  await tap("#headline");
  await page.waitForSelector(".tip:popover-open", { hidden: true });

  await tap("#tab-maps");
  await page.waitForSelector("#maps canvas", { visible: true });
  await tap("#map-fixed .heat-surface > canvas", 0.5 / 3, 1.5 / 5);
  expect(await textOf("#map-fixed .heat-readout")).toMatch(/^word 1, context 0: p = 0\.6/);

  await tap("#lesson-menu summary");
  await tap("#lesson-menu li:first-child button");
  await page.waitForSelector("#lesson:not([hidden])");
  await tap("#lesson .lesson-choice:first-of-type");
  await tap("#lesson button.primary");
  await page.waitForSelector("#lesson .lesson-verdict", { visible: true });
});

test("whatever can be tapped is 24 × 24 pixels at least, or is a link within a sentence", async () => {
  const { page } = laboratory;
  await laboratory.open("steps=20");
  await laboratory.until("done");
  await page.waitForSelector("#verdict:not([hidden])");
  const [seen, small] = await page.evaluate(() => {
    for (const folded of document.querySelectorAll<HTMLDetailsElement>("details:not(#lesson-menu)")) folded.open = true;
    const targets = [...document.querySelectorAll<HTMLElement>("button, select, textarea, summary, input, a[href]")]
      // a chip or a check box is its label too
      .map((element) =>
        "labels" in element && element.closest(".switch, .chips, .check-label")
          ? ((element.labels as NodeList)[0] as HTMLElement)
          : element,
      )
      .filter((target) => target.checkVisibility() && !target.matches(".skip, p a"));
    const misses = targets.filter((target) => {
      target.scrollIntoView({ block: "center" });
      const { left, top, width, height } = target.getBoundingClientRect();
      // places are rounded to pixels, and what ends at one is not at it
      const reach = [
        [-11, 0],
        [11, 0],
        [0, -11],
        [0, 11],
      ] as const;
      return !reach.every(([x, y]) =>
        target.contains(document.elementFromPoint(left + width / 2 + x, top + height / 2 + y)),
      );
    });
    return [targets.length, misses.map(({ outerHTML }) => outerHTML.slice(0, 120))];
  });
  expect(seen).toBeGreaterThan(80);
  expect(small).toEqual([]);
});

test("a finger on the plane scrolls the page, on a context it moves that and nothing else", async () => {
  const { page } = laboratory;
  await laboratory.open("steps=20");
  await laboratory.until("done");
  await tap(".plane summary");
  await page.waitForSelector(".plane tbody td");
  const box = await boxOf(".plane-surface");
  const corner: Place = [box.left + 0.93 * box.width, box.top + 0.9 * box.width];
  const from = await page.evaluate(() => scrollY);
  await swipe(corner, [corner[0], corner[1] - 200]);
  await page.waitForFunction((before) => scrollY > before + 100, {}, from);
  expect(await page.evaluate(() => location.hash)).toBe("#steps=20");

  const { h, place, scale } = await drawn(0);
  await swipe(place, [place[0] - 0.4 * scale, place[1] + 0.3 * scale]);
  await page.waitForFunction(() => location.hash.includes("moved"));
  const hash = await page.evaluate(() => decodeURIComponent(location.hash));
  const [x, y] = /moved=0:([-\d.]+),([-\d.]+)/.exec(hash)!.slice(1).map(Number) as [number, number];
  // a touch is at a whole pixel, and the middle of the picture within one of the box's
  expect(Math.abs(x - h[0] + 0.4) * scale).toBeLessThan(1.5);
  expect(Math.abs(y - h[1] + 0.3) * scale).toBeLessThan(1.5);
});
