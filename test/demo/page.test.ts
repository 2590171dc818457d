import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { paper1Synthetic } from "../../src/index.ts";
import { expectReferenceRun } from "./expect-figures.ts";
import { Laboratory } from "./laboratory.ts";
import { violations } from "./violations.ts";

const LONG_WORD = "x".repeat(400);
/** More steps than any machine takes within a test. */
const ENDLESS = "1000000000";

let laboratory: Laboratory;
beforeAll(async () => {
  laboratory = await Laboratory.open();
  await laboratory.load(100);
  await laboratory.until("done");
});
afterAll(async () => {
  await laboratory?.close();
});
afterEach(async () => {
  expect(laboratory.errors.splice(0)).toEqual([]);
  await laboratory.page.setViewport({ width: 1024, height: 800 });
});

test("the cursor of a chart moves by the arrow keys, and says where it is", async () => {
  await laboratory.page.focus("#norm-chart .plot");
  await laboratory.page.keyboard.press("Home");
  const label = (): Promise<string | null> =>
    laboratory.page.$eval("#norm-chart .plot", (plot) => plot.getAttribute("aria-label"));
  expect(await label()).toContain("At step 1: norm");
  await laboratory.page.keyboard.press("ArrowRight");
  expect(await label()).toContain("At step 2: norm");
  await laboratory.page.keyboard.press("Escape");
  expect(await label()).toContain("At step 100: norm");
});

test.each(["fixed", "trained"] as const)(
  "of %s embeddings every control is reached by Tab, and is large enough to be hit",
  async (model) => {
    await laboratory.chooseModel(model);
    await openDetails();
    const ids = await laboratory.page.$$eval(
      "button:not([tabindex='-1'], :disabled), select, textarea, summary, input:not([type=radio]):not(:disabled), .plot, .heat-surface",
      (all) => all.filter((element) => element.checkVisibility()).map((element, i) => (element.id ||= `control-${i}`)),
    );
    expect(ids.includes("ridge")).toBe(model === "trained");
    expect(ids.includes("initial")).toBe(model === "fixed");
    const reached = new Set<string>();
    for (let i = 0; i < ids.length + 25; i++) {
      await laboratory.page.keyboard.press("Tab");
      reached.add(await laboratory.page.evaluate(() => document.activeElement?.id ?? ""));
    }
    expect(ids.filter((id) => !reached.has(id))).toEqual([]);
    const small = await laboratory.page.$$eval(
      // what stands in a line of text is as tall as the line
      "button:not(.gloss), select, textarea, summary, .preset label, .check-label, #file",
      (all) =>
        all
          .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 24)
          .map((element) => element.outerHTML),
    );
    expect(small).toEqual([]);
  },
);

const openDetails = (): Promise<void> =>
  laboratory.page.$$eval("details", (all) => all.forEach((details) => (details.open = true)));

test("nothing sticks out sideways at 390 and 320 pixels", async () => {
  for (const model of ["fixed", "trained"] as const) {
    await laboratory.chooseModel(model);
    for (const width of [390, 320]) await expectNoOverflow(width);
  }
  await openDetails();
  await laboratory.fill("text", `${LONG_WORD} and ${LONG_WORD} or ${LONG_WORD}`);
  await laboratory.click("use-text");
  await laboratory.finished("Pasted text");
  await laboratory.drop(`${LONG_WORD}.npz`, "PK");
  await laboratory.untilText("alert-text", /./);
  for (const width of [390, 320]) await expectNoOverflow(width);
});

async function expectNoOverflow(width: number): Promise<void> {
  expect(await laboratory.lab.widthIn(width)).toBe(width);
}

describe.each(["light", "dark"])("in the %s theme", (theme) => {
  test("axe finds nothing: while nothing is wrong, and with an alert, a table and a report open", async () => {
    await laboratory.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    await laboratory.load(100);
    await laboratory.until("done");
    expect(await violations(laboratory.page)).toEqual([]);
    await laboratory.chooseModel("trained");
    expect(await violations(laboratory.page)).toEqual([]);
    await openDetails();
    await laboratory.fill("seed", "none");
    await laboratory.untilText("alert-text", /^Seed/);
    await laboratory.page.focus(".plot");
    await laboratory.page.keyboard.press("ArrowRight");
    expect(await violations(laboratory.page)).toEqual([]);
  });
});

test("the keys run, pause, step and reset, but not in a field and not when they are switched off", async () => {
  await laboratory.load();
  await laboratory.fill("steps", ENDLESS);
  await laboratory.untilText("status", /^Running: step [\d,]{3,} /);
  const { keyboard } = laboratory.page;
  await openDetails();
  await laboratory.page.focus("#text");
  await keyboard.press("Space");
  await keyboard.type("r.");
  expect(await laboratory.page.$eval("#text", (field) => (field as HTMLTextAreaElement).value)).toContain(" r.");
  expect(await laboratory.page.evaluate(() => document.documentElement.dataset.run)).toBe("running");
  await laboratory.page.$eval("#text", (field) => (field as HTMLElement).blur());

  await keyboard.press("Space");
  await laboratory.until("paused");
  const at = /step ([\d,]+)/.exec(await settledStatus())![1]!;
  await keyboard.press(".");
  const next = (Number(at.replaceAll(",", "")) + 1).toLocaleString("en");
  await laboratory.untilText("status", new RegExp(`^Paused at step ${next} `));
  await keyboard.press("r");
  await laboratory.untilText("status", /^Ready at step 0\.$/);
  await laboratory.click("shortcuts");
  await laboratory.page.$eval("#shortcuts", (field) => (field as HTMLElement).blur());
  await keyboard.press("Space");
  expect(await settledStatus()).toBe("Ready at step 0.");
});

async function settledStatus(): Promise<string> {
  await laboratory.settled();
  return laboratory.text("status");
}

/** How often the page speaks in the next five drawings of its run, with its clock standing so long after an hour that has not come. */
const spokenAt = (milliseconds: number): Promise<number> =>
  laboratory.page.evaluate(async (after) => {
    performance.now = () => 1e9 + after;
    const [status, live] = ["status", "live"].map((id) => document.getElementById(id)!) as [HTMLElement, HTMLElement];
    let [drawings, spoken] = [0, 0];
    await new Promise<void>((resolve) => {
      const observer = new MutationObserver((changes) => {
        if (changes.some(({ target }) => target === live)) spoken++;
        if (changes.some(({ target }) => target === status) && ++drawings === 5) resolve(observer.disconnect());
      });
      for (const element of [status, live]) observer.observe(element, { childList: true });
    });
    return spoken;
  }, milliseconds);

test("a long run speaks once in five seconds", async () => {
  await laboratory.load();
  await laboratory.fill("steps", ENDLESS);
  await laboratory.untilText("status", /^Running: step [\d,]{3,} /);
  expect(await spokenAt(0)).toBe(1);
  expect(await spokenAt(4999)).toBe(0);
  expect(await spokenAt(5000)).toBe(1);
  expect(await spokenAt(9999)).toBe(0);
});

test("a page without a GPU runs small problems in float64, and explains itself", async () => {
  const without = await Laboratory.open({ gpu: false });
  try {
    await without.load(200);
    const record = await without.finished("The paper’s synthetic setting");
    expectReferenceRun(record, paper1Synthetic());
    expect(record.verdict).toMatchObject({ compatible: { holds: "yes" }, separable: { holds: "yes" } });
    const advice = /The browser has WebGPU but offers no GPU adapter\. /;
    expect(await without.text("adapter")).toMatch(
      /^Computed in float64 on the processor: there is no GPU here\. The browser/,
    );
    expect(await without.text("alert")).toBe("");

    await without.click("model-trained");
    await without.until("failed");
    const message = await without.text("alert-text");
    expect(message).toMatch(advice);
    expect(await without.text("report")).toContain(message);
    expect(await without.text("out-entropy")).toMatch(/^1\.4\d+$/);
    expect(await without.text("out-gap")).toBe("–");
    expect(await without.text("run-button")).toBe("Try again");
    await without.click("model-fixed");
    await without.until("done");
    expect(without.errors).toEqual([]);
  } finally {
    await without.close();
  }
});
