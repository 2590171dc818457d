// npm start: the laboratory page on this machine; without a display, its default run is made headless and printed.
import { parseArgs } from "node:util";
import { join } from "node:path";
import { ROOT, setUp } from "./setup.mjs";

const RUN_LIMIT_MS = 120_000;
const DEFAULT_PORT = 5173;

const chosenPort = readPort();
const hasDisplay = process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
await setUp({ browser: !hasDisplay });

/** @type {import("puppeteer-core").Browser | undefined} */
let browser;
const server = await serve();
let stopping = false;
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, () => void stop());

const address = server.resolvedUrls?.local[0] ?? "";
console.log(`\n  ${address}\n  (Ctrl-C stops it)\n`);
if (!hasDisplay) {
  await printDefaultRun().catch((/** @type {unknown} */ error) => {
    if (!stopping) console.error(error instanceof Error ? error.message : error);
  });
  if (!stopping) console.log(`\nserving ${address} until stopped`);
}

/** @returns {Promise<import("vite").ViteDevServer>} */
async function serve() {
  const { createServer } = await import("vite");
  const before = process.listeners("SIGTERM");
  try {
    const created = await createServer({
      root: join(ROOT, "demo"),
      configFile: join(ROOT, "vite.config.ts"),
      logLevel: "warn",
      server: {
        host: "127.0.0.1",
        port: chosenPort ?? DEFAULT_PORT,
        strictPort: chosenPort !== undefined,
        open: hasDisplay,
      },
    });
    // vite ends the process by itself at SIGTERM, before the browser is closed: stop() below closes both.
    for (const listener of process.listeners("SIGTERM"))
      if (!before.includes(listener)) process.off("SIGTERM", listener);
    return await created.listen();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/** Opens the page headless, waits for its default run, and prints the report it shows. */
async function printDefaultRun() {
  const { launchChrome } = await import("../src/cli/chrome.mjs");
  console.log("no display: making the default run in headless Chrome…\n");
  browser = await launchChrome({ handleSignals: false });
  if (stopping) return;
  const page = await browser.newPage();
  page.on("pageerror", (error) =>
    console.error(`the page failed: ${error instanceof Error ? error.message : String(error)}`),
  );
  await page.goto(address);
  const state = await page
    .waitForFunction(() => ["done", "failed"].find((end) => document.documentElement.dataset.run === end), {
      timeout: RUN_LIMIT_MS,
      polling: 200,
    })
    .then((handle) => handle.jsonValue())
    .catch((/** @type {unknown} */ error) => {
      if (error instanceof Error && error.name === "TimeoutError") return "late";
      throw error;
    });
  if (state === "late")
    console.error(`the default run was not finished after ${RUN_LIMIT_MS / 1000} s; the page can still be opened.`);
  const report = await page.evaluate(() => document.getElementById("report")?.textContent?.trim() ?? "");
  if (report) console.log(report);
  if (state === "failed") console.error("the default run failed.");
  await browser.close();
  browser = undefined;
}

async function stop() {
  if (stopping) process.exit(0); // asked twice: at once
  stopping = true;
  await Promise.allSettled([browser?.close(), server.close()]);
  process.exit(0);
}

/** @returns {number | undefined} */
function readPort() {
  try {
    const { port } = parseArgs({ options: { port: { type: "string" } } }).values;
    if (port === undefined) return undefined;
    if (/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65535) return Number(port);
    console.error(`--port: expected a whole number from 1 to 65535, found ${port}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  process.exit(2);
}
