// npm run bench -- NAME [options]: a bench in a page of headless Chrome; prints it, and writes a record into bench/results/.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, platform } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createServer } from "vite";
import { ROOT } from "../tools/setup.mjs";
import { BENCHES } from "./benches.mjs";
import { installPeers, peerVersions, runNumpy } from "./peers.mjs";

/**
 * @typedef {Record<string, number | string>} BenchOptions
 * @typedef {{ adapter: import("../src/index.ts").AdapterDescription, [figure: string]: unknown }} BenchResult
 */

/** Gives pages shared memory, which threads in wasm need, and finer clocks. */
const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

const { name, options } = readCommand();
const hasPeers = options.peers === "all";
if (hasPeers) await installPeers();
// The laboratory of the tests is TypeScript, which Node 20 does not run by itself.
const loader = await createServer({
  configFile: false,
  root: ROOT,
  logLevel: "error",
  appType: "custom",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true, include: [] },
});
const { Lab } = /** @type {typeof import("../test/support/lab.ts")} */ (
  await loader.ssrLoadModule("/test/support/lab.ts")
);
const { decode, encode } = /** @type {typeof import("../test/support/bridge.ts")} */ (
  await loader.ssrLoadModule("/test/support/bridge.ts")
);
const lab = await Lab.open({ headers: ISOLATION });
try {
  const peers = hasPeers ? peerVersions() : undefined;
  const circumstances = { bench: name, options, ...(await describeRun(lab.browser)), ...(peers && { peers }) };
  if (peers) {
    await lab.page.exposeFunction("hasNumpy", () => peers.numpy !== "absent");
    await lab.page.exposeFunction("askNumpy", async (/** @type {string} */ request) =>
      encode(await runNumpy(/** @type {import("./numpy.ts").NumpyRequest} */ (decode(request)))),
    );
  }
  console.log(
    Object.entries(circumstances)
      .map(([key, value]) => `${key}: ${asText(value)}`)
      .join("\n"),
  );
  lab.page.on("console", (message) => {
    if (message.type() === "log") console.log(message.text());
  });
  /** @type {BenchResult} */
  const result = await lab.call(`/bench/${name}.ts`, "run", options);
  console.log(`adapter: ${result.adapter.label}`);
  writeRecord({ ...circumstances, ...result });
} finally {
  await lab.close();
  await loader.close();
}

/** @returns {{ name: string, options: BenchOptions }} */
function readCommand() {
  const [name = "", ...args] = process.argv.slice(2);
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (!bench) return refuse(`bench: expected ${Object.keys(BENCHES).join(", ")}, found ${name || "nothing"}`);
  try {
    /** @type {Record<string, { type: "string" }>} */
    const expected = {};
    for (const key of Object.keys(bench.options)) expected[key] = { type: "string" };
    const { values } = parseArgs({ args, options: expected });
    /** @type {BenchOptions} */
    const chosen = {};
    for (const [key, choice] of Object.entries(bench.options)) chosen[key] = readOption(key, choice, values[key]);
    return { name, options: chosen };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} key
 * @param {number | readonly string[]} choice a number by default, or what a word can be, the default first
 * @param {string | boolean | undefined} text
 */
function readOption(key, choice, text) {
  if (text === undefined) return typeof choice === "number" ? choice : (choice[0] ?? "");
  if (typeof choice !== "number") {
    if (choice.includes(String(text))) return String(text);
    throw new Error(`--${key}: expected ${choice.join(" or ")}, found ${text}`);
  }
  const value = Number(text);
  if (/^\d+$/.test(String(text)) && Number.isSafeInteger(value) && value >= 1) return value;
  throw new Error(`--${key}: expected a whole number from 1, found ${text}`);
}

/**
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  console.error(message);
  process.exit(2);
}

/** When, what and where: without these no figure can be compared with another. @param {import("puppeteer-core").Browser} browser */
async function describeRun(browser) {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return {
    date: new Date().toISOString(),
    commit:
      git("rev-parse", "--short=12", "HEAD") +
      (git("status", "--porcelain", "--untracked-files=no") ? " with changes" : ""),
    version: /** @type {{ version: string }} */ (manifest).version,
    browser: await browser.version(),
    node: process.version,
    machine: `${platform()} ${arch()}, ${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} threads`,
    // other work on the machine; zero on Windows, which does not tell
    loadBefore: loadavg()[0]?.toFixed(1) ?? "",
  };
}

/** @param {string[]} args */
function git(...args) {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
}

/** @param {unknown} value */
function asText(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** @param {{ bench: string, date: string }} record */
function writeRecord(record) {
  const folder = join(ROOT, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${record.bench}-${record.date.slice(0, 19).replaceAll(":", "")}Z.json`);
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
  console.log(`record: ${file}`);
}
