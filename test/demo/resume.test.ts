import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RunRecord, TracePoint } from "../../src/index.ts";
import { Lab } from "../support/lab.ts";
import { Laboratory, stepIn } from "./laboratory.ts";
import type { Damage } from "./slots.page.ts";
import { violations } from "./violations.ts";

const SLOTS = "/test/demo/slots.page.ts";
/** More steps than any machine takes within a test. */
const ENDLESS = 1e9;

/** Looks into the storage while pages of the laboratory come and go. */
let aside: Lab;
let laboratory: Laboratory;
beforeAll(async () => {
  aside = await Lab.start();
});
afterAll(() => aside?.close());
beforeEach(async () => {
  await aside.call(SLOTS, "clearSlots");
  laboratory = await Laboratory.in(await aside.another());
});
afterEach(async () => {
  expect(laboratory.errors).toEqual([]);
  await laboratory.close();
});

const savedSteps = (): Promise<(number | undefined)[]> => aside.call(SLOTS, "savedSteps");

/** Waits until so many slots hold a run, and gives their steps. */
async function saved(slots: number): Promise<(number | undefined)[]> {
  for (;;) {
    const steps = await savedSteps();
    if (steps.filter(Number.isFinite).length === slots) return steps;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Begins a run that does not end, as the reader does. */
async function runOn(): Promise<void> {
  await laboratory.fill("steps", String(ENDLESS));
  await laboratory.untilText("status", /^Running: step [\d,]{3,} of 1,000,000,000$/);
}

/** Ends the page as a browser does that has no memory left, and opens another one. */
async function crash(): Promise<void> {
  const session = await laboratory.page.createCDPSession();
  session.send("Page.crash").catch(() => undefined);
  await new Promise((resolve) => laboratory.page.once("error", resolve));
  expect(laboratory.errors).toEqual([]);
  await laboratory.close();
  laboratory = await Laboratory.in(await aside.another());
  await laboratory.load();
}

const isOffered = (): Promise<boolean> => laboratory.page.$eval("#offer", (offer) => offer.checkVisibility());

const offered = (): Promise<string> => laboratory.untilText("offer-text", /^Resume the run/);

const pointsOf = ({ trace, embeddings }: RunRecord): readonly { readonly step: number }[] =>
  embeddings ? embeddings.trace : trace;

/** What is not saved with a run: the way of the last tenfold of steps, which is known again from ten times the step of the resumption on. */
function withoutSecant(point: object): object {
  const { secantAlignment: _, limitErrors, ...rest } = point as TracePoint;
  const { secantAlignment: __, ...errors } = limitErrors ?? {};
  return { ...rest, ...(limitErrors && { limitErrors: errors }) };
}

describe.each([
  ["paper1-plane", "The paper’s plane setting"],
  ["p2-synthetic", "Sixteen contexts, trained"],
])("the run of %s whose page crashed", (key, title) => {
  test("is offered with its time, and goes on to the figures of a run that was never disturbed", async () => {
    await laboratory.load();
    await laboratory.click(`preset-${key}`);
    await laboratory.fill("seed", "3");
    await runOn();
    await saved(1);
    await crash();
    const question = await offered();
    expect(question).toMatch(/^Resume the run of \d\d:\d\d\? \(.*, step [\d,]+ of 1,000,000,000\)$/);
    expect(question).toContain(title);
    expect(await isOffered()).toBe(true);
    await laboratory.click("resume-run");
    expect(await isOffered()).toBe(false);
    const begun = stepIn(await laboratory.untilText("status", /^Running: step [\d,]+ of 1,000,000,000$/));
    expect(begun).toBeGreaterThanOrEqual(stepIn(question));
    expect(stepIn(question)).toBeGreaterThan(0);
    expect(await laboratory.page.$eval("#seed", (field) => (field as HTMLInputElement).value)).toBe("3");
    await laboratory.endSoon();
    const resumed = await laboratory.record();
    expect(resumed.source.name).toBe(title);
    // a run that has ended leaves nothing
    await saved(0);

    await laboratory.click("run-button");
    await laboratory.untilText("status", /^Running/);
    await laboratory.until("done");
    const undisturbed = await laboratory.record();
    expect(undisturbed.steps).toBe(resumed.steps);
    const points = new Map(pointsOf(undisturbed).map((point) => [point.step, point]));
    const shared = pointsOf(resumed).filter(({ step }) => points.has(step));
    expect(shared.at(-1)!.step).toBe(resumed.steps);
    expect(shared.length).toBeGreaterThan(50);
    const alike = shared.map(({ step }) => withoutSecant(points.get(step)!));
    expect(shared.map(withoutSecant)).toEqual(alike);
  });
});

describe("of two slots", () => {
  const damage = async (index: number, how: Damage): Promise<void> => aside.call(SLOTS, "damage", index, how);

  test("the other is used where one is damaged in any way, and none where both are", async () => {
    await laboratory.load();
    await runOn();
    await saved(2);
    await laboratory.close();
    const damages = [
      "something else",
      "another schema",
      "a figure of the trace",
      "a bit of the state",
      "another problem",
    ];
    expect(await aside.call(SLOTS, "restorable")).toEqual({
      whole: [true, true],
      damaged: Object.fromEntries(damages.map((how) => [how, false])),
    });
    const steps = (await savedSteps()) as number[];
    const newest = steps[0]! > steps[1]! ? 0 : 1;
    laboratory = await Laboratory.in(await aside.another());
    await laboratory.load();
    expect(stepIn(await offered())).toBe(steps[newest]);
    await damage(newest, "something else");
    await laboratory.load();
    expect(stepIn(await offered())).toBe(steps[1 - newest]);
    await damage(1 - newest, "a bit of the state");
    await laboratory.load();
    // what nothing can be made of is removed
    await saved(0);
    expect(await isOffered()).toBe(false);
  });
});

test("an offer is reached by the keyboard, fits 320 pixels, keeps its run until it is answered, and is discarded for good", async () => {
  await laboratory.load();
  await runOn();
  await saved(1);
  await laboratory.load();
  const question = await offered();
  expect(await laboratory.untilText("live", /Resume the run|step/)).toBeTruthy();
  await laboratory.until("done");
  expect(await laboratory.lab.widthIn(320)).toBe(320);
  expect(await violations(laboratory.page)).toEqual([]);
  // the page's own run has ended meanwhile
  await laboratory.load();
  expect(await offered()).toBe(question);
  await laboratory.page.focus("#resume-run");
  await laboratory.page.keyboard.press("Tab");
  await laboratory.page.keyboard.press("Enter");
  expect(await isOffered()).toBe(false);
  expect(await laboratory.page.evaluate(() => document.activeElement?.id)).toBe("run-button");
  await saved(0);
});

test("a run that was reset is not offered", async () => {
  await laboratory.load();
  await runOn();
  await saved(1);
  await laboratory.click("reset-button");
  await laboratory.untilText("status", /^Ready at step 0\.$/);
  await saved(0);
});

test("a page that stores nothing runs as ever", async () => {
  await laboratory.page.evaluateOnNewDocument(() =>
    Object.defineProperty(globalThis, "indexedDB", {
      get: () => {
        throw new DOMException("refused", "SecurityError");
      },
    }),
  );
  await laboratory.load(20_000);
  await laboratory.finished("The paper’s synthetic setting");
  expect(await isOffered()).toBe(false);
});

/** Collects what the status line says. */
async function statuses(): Promise<() => Promise<string[]>> {
  await laboratory.page.evaluate(() => {
    const status = document.getElementById("status")!;
    const said = ((globalThis as unknown as { said: string[] }).said = []) as string[];
    new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
  });
  return () => laboratory.page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
}

const LOST = "The GPU was lost: the run goes on by itself when the browser has opened it again.";

test("a run whose GPU process crashes says so, and ends by itself", async () => {
  await laboratory.load();
  await runOn();
  await saved(1);
  const said = await statuses();
  const session = await aside.browser.target().createCDPSession();
  session.send("Browser.crashGpuProcess").catch(() => undefined);
  while (!(await said()).includes(LOST)) await new Promise((resolve) => setTimeout(resolve, 50));
  await laboratory.untilText("status", /^Running: step/);
  expect(await laboratory.endSoon()).toBe((await laboratory.record()).steps);
  expect(await laboratory.text("alert")).toBe("");
});

test("where the browser opens no other GPU the page says why, and offers the run as it was kept", async () => {
  await laboratory.load();
  await runOn();
  await saved(1);
  await laboratory.page.evaluate(() => {
    const { device } = globalThis as unknown as { device: GPUDevice };
    // eslint-disable-next-line @typescript-eslint/unbound-method -- put back as it was
    const request = GPU.prototype.requestAdapter;
    GPU.prototype.requestAdapter = () => Promise.resolve(null);
    device.destroy();
    (globalThis as unknown as { giveBack: () => void }).giveBack = () => (GPU.prototype.requestAdapter = request);
  });
  await laboratory.until("failed");
  const step = stepIn(await offered());
  expect(await laboratory.text("alert-text")).toBe(
    `The GPU device was lost, and the browser opens no other: Chrome pauses the GPU of a page for about two minutes after it was lost twice. The run is kept as of step ${step.toLocaleString("en")}: resume it when the GPU is back.`,
  );
  await laboratory.page.evaluate(() => (globalThis as unknown as { giveBack: () => void }).giveBack());
  await laboratory.click("resume-run");
  expect(stepIn(await laboratory.untilText("status", /^Running: step/))).toBeGreaterThanOrEqual(step);
  expect(await laboratory.text("alert")).toBe("");
});
