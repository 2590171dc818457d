import { join } from "node:path";
import { build, preview } from "vite";
import { launchChrome } from "../src/cli/chrome.mjs";
import { ROOT } from "../tools/setup.mjs";

/** An endless run of the problem that has most to draw. */
const ENDLESS = "preset=paper1-synthetic&steps=1000000000";
const NAVIGATIONS = 5;
/** Cycles between two looks at the heap. */
const HEAP_STRIDE = 10;

/**
 * The laboratory page as it is built, in a browser that has never seen it: when something is seen, how smoothly a run is shown, and what
 * many runs leave behind.
 * @param {{ seconds: number, cycles: number }} options
 */
export async function measureLaboratory({ seconds, cycles }) {
  const configFile = join(ROOT, "vite.config.ts");
  await build({ configFile, root: join(ROOT, "demo"), logLevel: "error" });
  const server = await preview({ configFile, root: join(ROOT, "demo"), logLevel: "error" });
  const url = server.resolvedUrls?.local[0] ?? "";
  try {
    /** @type {Awaited<ReturnType<typeof measureStart>>[]} */
    const starts = [];
    // each with a profile of its own, so that nothing is compiled, chosen or cached
    for (let i = 0; i < NAVIGATIONS; i++) starts.push(await inBrowser((page) => measureStart(page, url)));
    const running = await inBrowser((page) => measureRunning(page, `${url}#${ENDLESS}`, seconds));
    const heapMiB = await inBrowser((page) => measureHeap(page, `${url}#${ENDLESS}`, cycles));
    return { ...running, starts, heapMiB };
  } finally {
    await server.close();
  }
}

/**
 * @template T
 * @param {(page: import("puppeteer-core").Page) => Promise<T>} measure
 */
async function inBrowser(measure) {
  const browser = await launchChrome();
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1440, height: 900 });
    return await measure(page);
  } finally {
    await browser.close();
  }
}

/**
 * Milliseconds from navigation to a figure with something drawn in it, to a point of the run (in float64 until the GPU answers), to one of the GPU, and to the first answer of the verdict.
 * @param {import("puppeteer-core").Page} page
 * @param {string} url
 */
async function measureStart(page, url) {
  await page.evaluateOnNewDocument(() => {
    /** @type {Record<string, number>} */
    const seen = {};
    Object.assign(globalThis, { seen });
    const isDrawn = () => {
      const canvas = /** @type {HTMLCanvasElement | null} */ (document.querySelector("#plane canvas"));
      if (!canvas?.width || !canvas.height) return false;
      const context = canvas.getContext("2d");
      return context?.getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0) ?? false;
    };
    const hasPoint = () => /^\d/.test(document.getElementById("out-step")?.textContent ?? "");
    /** @type {Record<string, () => boolean>} */
    const events = {
      figure: isDrawn,
      previewed: hasPoint,
      point: () => /^(Running|Done|[Ss]tep)/.test(document.getElementById("status")?.textContent ?? "") && hasPoint(),
      verdict: () => document.getElementById("verdict")?.hidden === false,
    };
    const look = () => {
      for (const [name, has] of Object.entries(events)) if (!(name in seen) && has()) seen[name] = performance.now();
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(url);
  const handle = await page.waitForFunction(() => {
    const { seen } = /** @type {{ seen: Record<string, number> }} */ (/** @type {unknown} */ (globalThis));
    return Object.keys(seen).length === 4 && seen;
  });
  return /** @type {Record<"figure" | "previewed" | "point" | "verdict", number>} */ (await handle.jsonValue());
}

/**
 * Updates of the page in a second of running, and the longest time for which its thread was held.
 * @param {import("puppeteer-core").Page} page
 * @param {string} url
 * @param {number} seconds
 */
async function measureRunning(page, url, seconds) {
  await page.goto(url);
  await page.waitForSelector("#verdict:not([hidden])");
  const adapter = await page.$eval("#adapter", ({ textContent }) => textContent);
  const running = await page.evaluate(async (milliseconds) => {
    /** @type {number[]} */
    const tasks = [];
    const observer = new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ duration }) => duration));
    });
    observer.observe({ type: "longtask" });
    let updates = 0;
    const status = /** @type {HTMLElement} */ (document.getElementById("status"));
    new MutationObserver(() => updates++).observe(status, { childList: true, characterData: true, subtree: true });
    const begin = performance.now();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const updatesPerSecond = (1000 * updates) / (performance.now() - begin);
    return { updatesPerSecond, longestTaskMs: Math.max(0, ...tasks), tasksOver50Ms: tasks.length };
  }, 1000 * seconds);
  return { browser: await page.browser().version(), adapter, running };
}

/**
 * Used heap after collections, in MiB, every so many starts and stops of a run.
 * @param {import("puppeteer-core").Page} page
 * @param {string} url
 * @param {number} cycles
 */
async function measureHeap(page, url, cycles) {
  await page.goto(url);
  await page.waitForSelector("#verdict:not([hidden])");
  const protocol = await page.createCDPSession();
  /** @type {number[]} */
  const heap = [];
  for (let cycle = 0; cycle <= cycles; cycle++) {
    if (cycle % HEAP_STRIDE === 0) {
      await protocol.send("HeapProfiler.collectGarbage");
      heap.push((await protocol.send("Runtime.getHeapUsage")).usedSize / 2 ** 20);
    }
    await page.click("#reset-button");
    await page.waitForFunction(() => document.getElementById("status")?.textContent === "Ready at step 0.");
    await page.click("#run-button");
    await page.waitForFunction(() => /^Running: step [1-9]/.test(document.getElementById("status")?.textContent ?? ""));
  }
  return heap;
}
