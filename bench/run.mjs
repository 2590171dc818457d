// npm run bench -- NAME [options]: a bench in a page of headless Chrome; prints it, and writes a record into bench/results/.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, platform } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createServer } from "vite";
import { ROOT } from "../tools/setup.mjs";

/**
 * A bench is a module `bench/NAME.ts` with `run(options)`, called in the page; what it logs is printed as it comes.
 * @typedef {Record<string, number>} BenchOptions whole numbers, by name
 * @typedef {{ adapter: import("../src/index.ts").AdapterDescription, [figure: string]: unknown }} BenchResult
 */

/** The benches with the defaults of their options. @type {Record<string, BenchOptions>} */
const BENCHES = {
  margin: { largest: 2000 },
  certified: { repetitions: 7 },
  many: { problems: 100_000 },
  claims: { problems: 1000, seed: 1 },
};

const { name, options } = readCommand();
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
const lab = await Lab.open();
try {
  const circumstances = { bench: name, options, ...(await describeRun(lab.browser)) };
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
  const defaults = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (!defaults) return refuse(`bench: expected ${Object.keys(BENCHES).join(" or ")}, found ${name || "nothing"}`);
  try {
    /** @type {Record<string, { type: "string" }>} */
    const expected = {};
    for (const key of Object.keys(defaults)) expected[key] = { type: "string" };
    const chosen = { ...defaults };
    for (const [key, text] of Object.entries(parseArgs({ args, options: expected }).values))
      chosen[key] = readWhole(key, String(text));
    return { name, options: chosen };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} key
 * @param {string} text
 */
function readWhole(key, text) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${key}: expected a whole number from 1, found ${text}`);
  return value;
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
