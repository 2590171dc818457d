import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Frame, Page } from "puppeteer-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunEventDetail } from "../../demo/element/index.ts";
import type { RunRecord } from "../../src/index.ts";
import { HANGING_MS, launchChrome } from "../../src/cli/chrome.mjs";
import { pythonWithNumPy } from "../support/python.ts";
import { installPackage, ROOT, type Consumer } from "./consumer.ts";
import { closeServers, expectRun, serve } from "./element-page.ts";

let consumer: Consumer;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  consumer = installPackage();
  browser = await launchChrome({ startMs: HANGING_MS });
});
afterAll(async () => {
  await browser?.close();
  closeServers();
  consumer?.remove();
});
beforeEach(async () => {
  page = await browser.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
});
afterEach(async () => {
  await page.close();
  expect(errors.splice(0)).toEqual([]);
});

/** A folder of the project with this page in it. */
function pageIn(name: string, html: string): string {
  const folder = join(consumer.root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.html"), `<!doctype html><html lang="en"><title>${name}</title>${html}</html>`);
  return folder;
}

test("a project that vite builds", async () => {
  const folder = pageIn(
    "with-vite",
    '<next-token-lab preset="paper1-plane" steps="200"></next-token-lab><script type="module" src="./main.js"></script>',
  );
  writeFileSync(
    join(folder, "main.js"),
    'import "next-token-bias/element";\nimport { paper1Plane } from "next-token-bias";\ndocument.title = `${paper1Plane().contextCount} contexts`;\n',
  );
  await build({ root: folder, configFile: false, logLevel: "error", build: { target: "es2022" } });
  await page.goto(`${await serve(join(folder, "dist"))}index.html`);
  await expectRun(page, 200);
  expect(await page.title()).toBe("3 contexts");
});

/** What a frame has told the page around it. */
type Told = readonly { readonly origin: string; readonly data: { readonly tell: string } & Partial<RunEventDetail> }[];

const LISTENER = `<script>
  globalThis.told = [];
  addEventListener("message", ({ origin, data }) => told.push({ origin, data }));
</script>`;
const told = (): Promise<Told> => page.evaluate(() => (globalThis as unknown as { told: Told }).told);
const ask = (message: object): Promise<void> =>
  page.evaluate((data) => document.querySelector("iframe")!.contentWindow!.postMessage(data, "*"), message);

/** Opens a page with the frame in it, which is on another origin. */
async function openFrame(attributes: string, keys: string): Promise<Frame> {
  const frames = await serve(join(consumer.root, "node_modules/next-token-bias/dist"));
  const folder = pageIn(
    "around",
    `${LISTENER}<iframe ${attributes} title="A run" width="900" height="600" src="${frames}next-token-lab.html#${keys}"></iframe>`,
  );
  await page.goto(`${await serve(folder)}index.html`);
  const handle = await page.waitForSelector("iframe");
  return await handle!.contentFrame();
}

test("a frame of another origin, which tells the page around it of its run and does what it asks", async () => {
  const frame = await openFrame("", "preset=paper1-plane&steps=200");
  await expectRun(frame, 200);
  const origin = new URL(frame.url()).origin;
  const done = { origin, data: { "next-token-bias": 1, tell: "run", phase: "done", step: 200 } };
  await expect.poll(told, { timeout: HANGING_MS }).toContainEqual(done);
  await ask({ "next-token-bias": 1, do: "set", attributes: { steps: "300" } });
  await expect.poll(told, { timeout: HANGING_MS }).toContainEqual({ ...done, data: { ...done.data, step: 300 } });
  await ask({ "next-token-bias": 1, do: "record" });
  await expect
    .poll(async () => (await told()).at(-1)!.data, { timeout: HANGING_MS })
    .toMatchObject({ tell: "record", record: { steps: 300, status: "done" } });
});

test("a frame that is for another host tells this page nothing, and does not listen to it", async () => {
  const frame = await openFrame("", "steps=200&host=https://elsewhere.example");
  await ask({ "next-token-bias": 1, do: "set", attributes: { steps: "300" } });
  await expectRun(frame, 200);
  await ask({ "next-token-bias": 1, do: "record" });
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
  expect(await told()).toEqual([]);
  expect(await frame.evaluate(() => document.querySelector("next-token-lab")!.record!.steps)).toBe(200);
});

test("a frame in a sandbox", async () => {
  const frame = await openFrame('sandbox="allow-scripts"', "preset=paper1-plane&steps=250");
  await expectRun(frame, 250);
  await expect
    .poll(async () => (await told()).map(({ origin, data: { phase } }) => `${origin} ${phase}`), {
      timeout: HANGING_MS,
    })
    .toContain("null done");
});

test("a file from disk", async () => {
  const file = join(consumer.root, "node_modules/next-token-bias/dist/next-token-lab.html");
  await page.goto(`${pathToFileURL(file).href}#preset=paper1-synthetic&steps=120&plots=curves`);
  await expectRun(page, 120);
});

test("the laboratory from disk, with a policy that its own script and style pass and no other", async () => {
  const file = pathToFileURL(join(consumer.root, "node_modules/next-token-bias/dist/laboratory.html")).href;
  await page.goto(`${file}#preset=paper1-plane&steps=400`);
  await page.waitForSelector('html[data-run="done"]', { timeout: HANGING_MS });
  expect(await page.$eval("#verdict", (verdict) => verdict.textContent)).toContain("W_mm");
  await page.waitForFunction(
    () => {
      const canvas = document.querySelector<HTMLCanvasElement>('[data-figure="plane"] canvas');
      if (!canvas || canvas.width === 0 || canvas.height === 0) return false;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((byte) => byte !== 0);
    },
    { polling: 50, timeout: HANGING_MS },
  );
  expect(errors).toEqual([]);
  const refused = await page.evaluate(() => {
    const script = document.createElement("script");
    try {
      script.textContent = "globalThis.isForeign = true";
    } catch (error) {
      return String(error);
    }
    document.body.append(script);
    return "isForeign" in globalThis ? "it ran" : "it did not run";
  });
  expect(refused).toMatch(/TrustedScript/);
  errors.length = 0;
});

/** What a widget of a notebook has, and the page that it is exported as. */
function notebook(): { attributes: Record<string, string>; html: string } {
  const script = `
import json
from next_token_lab import NextTokenLab
counts = [[4, 4, 0, 0], [0, 3, 1, 0], [0, 0, 2, 2]]
lab = NextTokenLab(embeddings=[[1, 0, 0], [0, 1, 0], [0, 0, 1]], counts=counts, steps=180)
print(json.dumps({"attributes": lab.attributes, "html": lab.to_html()}))`;
  const modules = [join(consumer.root, "node_modules/next-token-bias/notebook"), join(ROOT, "test/fixtures/stand-ins")];
  const output = execFileSync(pythonWithNumPy(), ["-B", "-c", script], {
    ...{ encoding: "utf8", maxBuffer: 2 ** 26 },
    env: { ...process.env, PYTHONPATH: modules.join(delimiter), PYTHONUTF8: "1" },
  });
  return JSON.parse(output) as ReturnType<typeof notebook>;
}

test("the cell of a notebook, with a problem of its own, whose model gets the record", async () => {
  pageIn(
    "notebook",
    `<main></main><script type="module">
      import widget from "/node_modules/next-token-bias/dist/widget.js";
      const state = { attributes: ${JSON.stringify(notebook().attributes)}, record: null };
      const listeners = new Set();
      globalThis.model = {
        get: (name) => state[name],
        set: (name, value) => { state[name] = value; },
        save_changes: () => { globalThis.saved = state.record; },
        on: (event, listener) => listeners.add(listener),
        off: (event, listener) => listeners.delete(listener),
      };
      globalThis.change = (attributes) => { state.attributes = attributes; for (const listener of listeners) listener(); };
      globalThis.remove = widget.render({ model, el: document.querySelector("main") });
      globalThis.left = () => listeners.size + document.querySelectorAll("next-token-lab").length;
    </script>`,
  );
  await page.goto(`${await serve(consumer.root)}notebook/index.html`);
  await expectRun(page, 180);
  interface Cell {
    saved: RunRecord | null;
    change(attributes: object): void;
    remove(): void;
    left(): number;
  }
  const saved = (): Promise<RunRecord | null> => page.evaluate(() => (globalThis as unknown as Cell).saved);
  await expect.poll(async () => (await saved())?.steps, { timeout: HANGING_MS }).toBe(180);
  expect((await saved())!.problem).toMatchObject({ contextCount: 3, vocabularySize: 4 });
  await page.evaluate(() => (globalThis as unknown as Cell).change({ preset: "paper1-plane", steps: "90" }));
  await expect.poll(async () => (await saved())?.steps, { timeout: HANGING_MS }).toBe(90);
  await page.evaluate(() => (globalThis as unknown as Cell).remove());
  expect(await page.evaluate(() => (globalThis as unknown as Cell).left())).toBe(0);
});

test("the page that a notebook is exported as, without a kernel", async () => {
  await page.goto(`${await serve(pageIn("exported", notebook().html))}index.html`);
  const frame = await (await page.waitForSelector("iframe"))!.contentFrame();
  await expectRun(frame, 180);
});
