import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Laboratory, stepIn } from "./laboratory.ts";

let laboratory: Laboratory;
beforeAll(async () => {
  laboratory = await Laboratory.open();
  await laboratory.page.setViewport({ width: 1440, height: 900 });
});
afterAll(async () => {
  await laboratory?.close();
});
afterEach(() => {
  expect(laboratory.errors.splice(0)).toEqual([]);
});

const hash = (): Promise<string> => laboratory.page.evaluate(() => location.hash);

/** A place in an element, from its left upper corner in parts of its sides. */
async function placeIn(selector: string, x: number, y: number): Promise<[number, number]> {
  const box = await laboratory.page.$eval(selector, (element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { left, top, width, height };
  });
  return [box.left + x * box.width, box.top + y * box.height];
}

async function drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  const { mouse } = laboratory.page;
  await mouse.move(...from);
  await mouse.down();
  await mouse.move(...to, { steps: 5 });
  await mouse.up();
}

/** What is seen of these elements: the ones that end below the screen, or are not there. */
const belowScreen = (selectors: readonly string[]): Promise<string[]> =>
  laboratory.page.evaluate(
    (all, height) =>
      all.filter((selector) => {
        const found = [...document.querySelectorAll(selector)];
        return found.length === 0 || found.some((element) => element.getBoundingClientRect().bottom > height);
      }),
    selectors,
    900,
  );

/** Elements, one below the other, whose content lies on that of the next one. */
const overlapping = (selector: string): Promise<number> =>
  laboratory.page.$$eval(selector, (all) => {
    const bottom = (element: Element): number =>
      Math.max(...[...element.children].map((child) => child.getBoundingClientRect().bottom));
    return all.filter((element, i) => bottom(element) > (all[i + 1]?.getBoundingClientRect().top ?? Infinity)).length;
  });

test("by mouse: one screen, pause, every figure, the time slider, a gloss, a lesson with its guess, and back", async () => {
  const { page } = laboratory;
  await laboratory.open("steps=1000000000");
  await page.waitForSelector("#verdict:not([hidden])");
  expect(await belowScreen(["#run-button", ".plane-surface", ".charts .plot", "#laws", "#headline"])).toEqual([]);
  await page.click("#run-button");
  const paused = stepIn(await laboratory.untilText("status", /^Paused at step/));
  expect(paused).toBeGreaterThan(0);

  for (const [tab, seen] of [
    ["maps", "#maps canvas"],
    ["compare", "#compare .plot"],
    ["norms", "#norms-find"],
    ["run", ".plane-surface canvas"],
  ]) {
    await page.click(`#tab-${tab!}`);
    await page.waitForSelector(seen!, { visible: true });
    expect(await hash()).toMatch(tab === "run" ? /^#steps=1000000000$/ : new RegExp(`view=${tab!}`));
  }

  await drag(await placeIn("#scrub", 0.99, 0.5), await placeIn("#scrub", 0.4, 0.5));
  expect(stepIn(await laboratory.text("scrub-at"))).toBeLessThan(paused);

  await page.hover("#laws .gloss");
  await page.waitForSelector(".tip:popover-open");

  await page.click("#lesson-menu summary");
  await page.click("#lesson-menu li:first-child button");
  await page.waitForSelector("#lesson:not([hidden])");
  await page.click("#lesson .lesson-choice:first-of-type");
  await page.click("#lesson button.primary");
  await page.waitForSelector("#lesson .lesson-verdict", { visible: true });
  expect(await overlapping(".charts > figure:not([hidden])")).toBe(0);
  // to the guess, and to what was before the lesson
  await page.goBack();
  await page.waitForSelector("#lesson:not([hidden])");
  await page.goBack();
  await page.waitForSelector("#lesson[hidden]");
  await laboratory.until("running", "paused", "done");
});

test("by keyboard: figures, time, a curve, the plane, a lesson", async () => {
  const { page } = laboratory;
  const press = (key: Parameters<typeof page.keyboard.press>[0]): Promise<void> => page.keyboard.press(key);
  await laboratory.open("steps=300");
  await laboratory.until("done");
  await page.focus("#tab-run");
  await press("ArrowRight");
  await page.waitForSelector("#maps canvas", { visible: true });
  await press("ArrowLeft");
  await page.waitForSelector(".plane-surface canvas", { visible: true });

  await page.focus("#scrub");
  await press("Home");
  expect(stepIn(await laboratory.text("scrub-at"))).toBeLessThan(2);
  await press("End");
  expect(stepIn(await laboratory.text("scrub-at"))).toBe(300);

  await page.focus("#gap-chart .plot");
  await press("Home");
  await laboratory.untilText("live", /^At step 1: total /);

  await page.focus(".plane-surface");
  await press("ArrowRight");
  await laboratory.untilText("live", /^context 0 at \(/);

  await page.focus("#lesson-menu summary");
  await press("Enter");
  await press("Tab");
  await press("Enter");
  await page.waitForSelector("#lesson:not([hidden])");
  await page.waitForFunction(() => document.activeElement?.closest("#lesson") !== null);
});
