import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LESSONS } from "../../demo/lessons/lessons.ts";
import { LESSON_NAMES } from "../../demo/state/keys.ts";
import { Lab } from "../support/lab.ts";
import { violations } from "./violations.ts";

const PAGE = "/test/demo/lessons.page.ts";
const TEXT = "The loss gap CE − H, cos(W, W_mm) and 1/(2L) in ‖W_mm‖ and L_mm; Collapse in F, not off ΔF or P_F.";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.openApart();
  await lab.page.bringToFront();
});
afterAll(() => lab?.close());
beforeEach(async () => {
  await lab.page.setViewport({ width: 800, height: 800 });
  await show("");
});

const show = (name: string, width = 770): Promise<void> => lab.call(PAGE, "showLesson", name, width);
const text = (selector: string): Promise<string> => lab.page.$eval(selector, (element) => element.textContent ?? "");
const focused = (): Promise<string> => lab.page.evaluate(() => document.activeElement!.textContent ?? "");
const asked = (): Promise<{ kind: string; lesson?: string; state?: Record<string, string> }[]> =>
  lab.call(PAGE, "askedFor");
const lastAsked = async () => (await asked()).at(-1);
const reveal = (): Promise<void> => lab.page.click(".lesson-question + button");
const press = async (...keys: ("Tab" | "Enter" | "Space" | "Escape" | "ArrowDown")[]): Promise<void> => {
  for (const key of keys) await lab.page.keyboard.press(key);
};
const isShown = (selector: string): Promise<boolean> =>
  lab.page.$eval(selector, (element) => element.checkVisibility());

test("a lesson by keyboard: from the menu through guess and answer to the next one, and back where it began", async () => {
  await lab.page.focus(".lesson-menu summary");
  await press("Enter", "Tab", "Enter");
  expect(await lastAsked()).toMatchObject({ kind: "open", lesson: "entropy", state: { lesson: "entropy" } });
  expect(await focused()).toBe(LESSONS.entropy.title);
  expect(await text(".lesson-place")).toBe("Lesson 1 of 7");
  await lab.page.focus(".lesson-choice input");
  await press("Space", "Tab", "Enter");
  expect(await lastAsked()).toMatchObject({ kind: "reveal", state: { lesson: "entropy", steps: "10000" } });
  expect(await text(".lesson-answer")).toBe("The run goes on to step 10,000, and then the answer stands here.");
  await lab.call(PAGE, "showRun", "entropy");
  expect(await text(".lesson-verdict")).toBe("It is this: Near H, and above it.");
  expect(await focused()).toBe("Back to the text");
  expect(await lab.page.$$eval(".lesson-choice", (all) => all.map(({ textContent }) => textContent))).toEqual([
    "Near 0 ✕, your guess",
    "Near H, and above it ✓, the answer",
    "At H, exactly",
    "Below H",
  ]);
  await press("Enter");
  expect(await isShown(".lesson-text")).toBe(true);
  expect(await isShown(".lesson-answer")).toBe(false);
  await lab.page.focus(".lesson-head button:nth-of-type(2)");
  await press("Enter");
  expect(await focused()).toBe(LESSONS.subspaces.title);
  expect(await text(".lesson-answer")).toBe("");
  expect(await text(".lesson-menu [aria-current=step]")).toBe(LESSONS.subspaces.title);
  await lab.page.focus(".lesson-head button:nth-of-type(3)");
  await press("Enter");
  expect((await lastAsked())!.kind).toBe("close");
  expect(await isShown(".lesson")).toBe(false);
  expect(await focused()).toBe("Lessons");
});

test("the answer waits for a guess, and for the lesson’s own run", async () => {
  await show("entropy");
  const count = (await asked()).length;
  await reveal();
  expect(await text(".lesson-answer")).toBe("Make a guess first: choose one of the answers.");
  await lab.call(PAGE, "showRun", "entropy");
  expect(await lab.page.$(".lesson-verdict")).toBeNull();
  expect((await asked()).length).toBe(count);
  await lab.page.click(".lesson-choice:nth-of-type(2) input");
  await reveal();
  await lab.call(PAGE, "showRun", "entropy", { seed: "2" });
  expect(await lab.page.$(".lesson-verdict")).toBeNull();
  await lab.call(PAGE, "showRun", "entropy");
  expect(await text(".lesson-verdict")).toBe("That is right.");
});

test("there is nothing before the first lesson and after the last", async () => {
  for (const [name, button] of [
    ["entropy", 1],
    ["order", 2],
  ] as const) {
    await show(name);
    const count = (await asked()).length;
    await lab.page.click(`.lesson-head button:nth-of-type(${button})`);
    expect((await asked()).length).toBe(count);
  }
});

test("the menu is within a small window, and Escape shuts it", async () => {
  await lab.page.setViewport({ width: 320, height: 800 });
  await lab.page.click(".lesson-menu summary");
  expect(await isShown(".lesson-menu li")).toBe(true);
  const { left, right } = await lab.page.$eval(".lesson-menu ol", (list) => {
    const box = list.getBoundingClientRect();
    return { left: box.left, right: box.right };
  });
  expect(left).toBeGreaterThanOrEqual(0);
  expect(right).toBeLessThanOrEqual(320);
  await press("Tab", "Escape");
  expect(await isShown(".lesson-menu li")).toBe(false);
  expect(await focused()).toBe("Lessons");
});

test.each(LESSON_NAMES)(
  "lesson %s is at most 230 pixels tall above the figures, and as wide as a small window",
  async (name) => {
    await show(name);
    expect(await lab.page.$eval(".lesson", (card) => card.getBoundingClientRect().height)).toBeLessThanOrEqual(230);
    await lab.page.setViewport({ width: 320, height: 800 });
    await show(name, 312);
    expect(await lab.widthIn(320)).toBe(320);
  },
);

describe("terms", () => {
  const tip = (): Promise<string> =>
    lab.page.evaluate(() => document.querySelector(".tip:popover-open")?.textContent ?? "");
  const tipGone = (): Promise<unknown> => lab.page.waitForSelector(".tip:popover-open", { hidden: true });

  beforeEach(async () => {
    await lab.call(PAGE, "showText", TEXT);
    await lab.page.mouse.move(1, 1);
  });

  test("are explained where they come first, and as a whole", async () => {
    expect(await text("#after")).toBe(TEXT);
    expect(await lab.page.$$eval("#after .gloss", (all) => all.map(({ textContent }) => textContent))).toEqual([
      "loss gap",
      "CE",
      "H",
      "W_mm",
      "L",
      "L_mm",
      "Collapse",
      "F",
      "P_F",
    ]);
  });

  test("by the keyboard, until Escape", async () => {
    await lab.page.focus("#after .gloss");
    expect(await tip()).toContain("what is left of the loss above its entropy bound");
    const described = await lab.page.$eval("#after .gloss", (button) => button.getAttribute("aria-describedby"));
    expect(await text(`#${described}`)).toBe(await tip());
    await press("Escape");
    expect(await tip()).toBe("");
    await press("Tab");
    expect(await tip()).toContain("Cross-entropy");
    await lab.page.$eval("#after .gloss:nth-of-type(2)", (button) => (button as HTMLElement).blur());
    expect(await tip()).toBe("");
  });

  test("by the mouse, and stay while it is on the explanation", async () => {
    await lab.page.hover("#after .gloss:nth-of-type(4)");
    expect(await tip()).toContain("The max-margin decoder");
    await lab.page.hover(".tip:popover-open");
    // longer than the pointer may be between the two
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await tip()).toContain("The max-margin decoder");
    await lab.page.mouse.move(1, 1);
    await tipGone();
  });

  test("by touch, and are gone with a touch elsewhere", async () => {
    const touch = async (selector: string): Promise<void> => {
      const { x, y } = await lab.page.$eval(selector, (element) => {
        const { left, top } = element.getBoundingClientRect();
        return { x: left + 3, y: top + 3 };
      });
      await lab.page.touchscreen.tap(x, y);
    };
    await touch("#after .gloss:nth-of-type(5)");
    expect(await tip()).toContain("Smoothness");
    await touch("h1");
    await tipGone();
  });
});

test.each(["light", "dark"])("axe finds nothing in the %s theme, at a guess and at an answer", async (theme) => {
  await lab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await show("margin");
  await lab.page.click(".lesson-choice input");
  await lab.page.focus(".lesson .gloss");
  expect(await violations(lab.page)).toEqual([]);
  await reveal();
  await lab.call(PAGE, "showRun", "margin");
  await lab.page.click(".lesson-menu summary");
  expect(await violations(lab.page)).toEqual([]);
  await press("Escape");
});
