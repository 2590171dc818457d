import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Lab } from "../support/lab.ts";
import { violations } from "./violations.ts";

const PAGE = "/test/demo/element.page.ts";
const ENDLESS = "1000000000";

/** What the page has opened and not closed again. */
interface Devices {
  opened: number;
  closed: number;
}

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.openApart();
  await lab.page.bringToFront();
  await lab.page.evaluate(() => {
    const devices = ((globalThis as unknown as { devices: Devices }).devices = { opened: 0, closed: 0 });
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...options) {
      devices.opened++;
      const device = await request.apply(this, options);
      void device.lost.then(() => devices.closed++);
      return device;
    };
  });
});
afterAll(() => lab?.close());
afterEach(() => call("removeAll"));

const call = <T = void>(name: string, ...args: unknown[]): Promise<T> => lab.call<T>(PAGE, name, ...args);
const devices = (): Promise<Devices> =>
  lab.page.evaluate(() => (globalThis as unknown as { devices: Devices }).devices);
const until = async <T>(name: string, expected: T): Promise<void> =>
  expect.poll(() => call<T>(name), { timeout: 60_000 }).toEqual(expected);

test("elements of a page run side by side on one device, with the problems and steps of their attributes", async () => {
  const { opened } = await devices();
  await call("news");
  await call("add", 1, { preset: "paper1-plane", steps: "200" });
  await call("add", 1, { preset: "one-hot", steps: "300", plots: "curves" });
  await until("phases", ["done", "done"]);
  expect(await call("problems")).toEqual(["The paper’s plane setting", "One next word each"]);
  expect(await call("steps")).toEqual([200, 300]);
  expect((await devices()).opened).toBe(opened + 1);
  // the plane and the charts; that of the data subspace where W* was found in time
  const undrawn = async (): Promise<boolean> => (await call<boolean[]>("drawn")).slice(0, 4).includes(false);
  await expect.poll(undrawn, { timeout: 15_000 }).toBe(false);
  expect((await call<boolean[]>("drawn")).length).toBeGreaterThanOrEqual(4);
  expect(await call("text", ".status")).toBe("The paper’s plane setting. Done: 200 steps.");
  const news = await call<{ phase: string; step: number }[]>("news");
  expect(news).toContainEqual({ phase: "done", step: 200 });
  expect(news).toContainEqual({ phase: "done", step: 300 });
  expect(await call("text", ".headline")).toMatch(/loss gap/);
});

test("a run waits while its element is out of sight, and one that is paused by hand stays so", async () => {
  await call("add", 1, { preset: "paper1-plane", steps: ENDLESS });
  await until("phases", ["running"]);
  await call("place", "-5000px");
  await until("phases", ["paused"]);
  const [step] = await call<number[]>("steps");
  await call("place", "0");
  await until("phases", ["running"]);
  await expect.poll(async () => (await call<number[]>("steps"))[0]! > step!, { timeout: 30_000 }).toBe(true);
  await call("show", "hidden");
  await until("phases", ["paused"]);
  await call("show", "visible");
  await until("phases", ["running"]);
  await call("press");
  await until("phases", ["paused"]);
  await call("place", "-5000px");
  await call("place", "0");
  await lab.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
  expect(await call("phases")).toEqual(["paused"]);
});

test("an element that is out of sight from the start begins when it is seen", async () => {
  await call("add", 1, { steps: "10" });
  await call("place", "-5000px");
  await lab.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
  await call("place", "0");
  await until("phases", ["done"]);
});

test("an attribute that changes is another run, and what cannot be taken is said", async () => {
  await call("add", 1, { preset: "paper1-plane", steps: "100" });
  await until("phases", ["done"]);
  await call("set", "steps", "150");
  await until("steps", [150]);
  await call("set", "steps", "soon");
  await until("steps", [10_000]);
  expect(await call("text", ".alert")).toMatch(/^steps: expected a whole number from 1 .*, found “soon”/);
  await call("set", "steps", "10");
  await call("set", "preset", "collapse");
  await until("problems", ["Four contexts for each support, trained"]);
  const note = (): Promise<unknown> => call("text", ".plane .hint");
  await expect.poll(note, { timeout: 15_000 }).toMatch(/^Contexts with the same letter have the same support: /);
  await call("set", "preset", "paper1-plane");
  await expect.poll(note, { timeout: 15_000 }).toMatch(/^A context is a disc /);
  expect(await call("hasPlane")).toBe(true);
  await call("set", "plots", "curves pie");
  await expect.poll(() => call("hasPlane"), { timeout: 15_000 }).toBe(false);
  await expect
    .poll(() => call("text", ".alert"), { timeout: 15_000 })
    .toBe("plots: expected names of plane, curves, found “pie”.");
});

test("a file of the server takes the place of a preset, and one that is not there is told of", async () => {
  await call("add", 1, { src: "/test/fixtures/plane.npz", steps: "20" });
  await until("problems", ["plane.npz"]);
  await until("phases", ["done"]);
  await call("set", "src", "/test/fixtures/none.npz");
  await expect.poll(() => call("text", ".alert"), { timeout: 15_000 }).toMatch(/^none\.npz: /);
});

test("one that is moved goes on", async () => {
  await call("add", 1, { preset: "paper1-plane", steps: ENDLESS });
  await until("phases", ["running"]);
  const [step] = await call<number[]>("steps");
  await call("move");
  await expect.poll(async () => (await call<number[]>("steps"))[0]! > step!, { timeout: 30_000 }).toBe(true);
});

test.each(["light", "dark"])("axe finds nothing in the %s theme", async (theme) => {
  await lab.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await call("add", 1, { preset: "paper1-plane", steps: "100" });
  await until("phases", ["done"]);
  expect(await violations(lab.page)).toEqual([]);
});

test("fifty elements that came and went leave no device, no canvas and no listener behind", async () => {
  const { page } = lab;
  const protocol = await page.createCDPSession();
  await protocol.send("Performance.enable");
  const count = async (): Promise<{ canvases: number; listeners: number }> => {
    await protocol.send("HeapProfiler.collectGarbage");
    const prototype = await page.evaluateHandle(() => HTMLCanvasElement.prototype);
    const found = await page.queryObjects(prototype);
    const canvases = await found.evaluate((all) => all.length);
    await found.dispose();
    await prototype.dispose();
    const { metrics } = await protocol.send("Performance.getMetrics");
    return { canvases, listeners: metrics.find(({ name }) => name === "JSEventListeners")!.value };
  };
  const cycle = async (elements: number): Promise<void> => {
    await call("add", elements, { preset: "paper1-plane", steps: ENDLESS });
    await expect.poll(async () => (await call<string[]>("phases")).includes("running"), { timeout: 60_000 }).toBe(true);
    await call("removeAll");
    await expect.poll(async () => (await devices()).opened - (await devices()).closed, { timeout: 30_000 }).toBe(0);
  };
  // what a first one leaves is for all: the listeners of the theme
  await cycle(1);
  await expect.poll(async () => (await count()).canvases, { timeout: 30_000 }).toBe(0);
  const { listeners } = await count();
  for (let i = 0; i < 5; i++) await cycle(10);
  await expect.poll(count, { timeout: 30_000 }).toEqual({ canvases: 0, listeners });
});

test.each([
  ["embed.html", 3],
  ["slides.html", 1],
])("%s runs what is seen of it", async (name, count) => {
  const { page } = await lab.another();
  await page.bringToFront();
  await page.goto(`${lab.url}demo/${name}`);
  const states = (): Promise<string[]> =>
    page.$$eval("next-token-lab", (all) => all.map((each) => each.record?.status ?? "none"));
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  expect((await states()).at(-1)).toBe("none");
  if (name === "slides.html") await page.keyboard.press("ArrowRight");
  else await page.$$eval("next-token-lab", (all) => all.at(-1)!.scrollIntoView());
  await expect.poll(async () => (await states()).at(-1), { timeout: 60_000 }).toBe("done");
  expect(await states()).toHaveLength(count);
  await page.close();
  await lab.page.bringToFront();
});
