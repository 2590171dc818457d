// npm run bench -- NAME [options]: a bench in a page of headless Chrome; prints it, and writes a record into bench/results/.
// npm run bench -- laboratory: the laboratory page itself, from outside.
// npm run bench -- stop: the command, stopped by a signal.
// npm run bench -- page: the benches as a page for any browser on this machine.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createServer } from "vite";
import { ROOT } from "../tools/setup.mjs";
import { BENCHES, LABORATORY, OUTSIDE, PAGE, STOP } from "./benches.mjs";
import { measureLaboratory } from "./laboratory.mjs";
import { describeMachine } from "./machine.mjs";
import { ISOLATION, servePage } from "./page-server.mjs";
import { installPeers, peerVersions, runNumpy, runScript } from "./peers.mjs";
import { recordName, recordText } from "./record.mjs";

/** @typedef {import("./benches.mjs").BenchOptions} BenchOptions */

const { name, options } = readCommand();
if (name === PAGE) {
  await servePage();
  await new Promise(() => {}); // until it is stopped
}
if (name === LABORATORY) {
  const result = await measureLaboratory({ seconds: Number(options.seconds), cycles: Number(options.cycles) });
  console.log(JSON.stringify(result, null, 2));
  writeRecord({ bench: name, options, ...describeMachine(), ...result });
  process.exit();
}
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
if (name === STOP) {
  const { measureStops } = /** @type {typeof import("./stop.ts")} */ (await loader.ssrLoadModule("/bench/stop.ts"));
  const result = await measureStops(Number(options.repetitions));
  console.log(JSON.stringify(result, null, 2));
  writeRecord({ bench: name, options, ...describeMachine(), ...result });
  process.exit();
}
const { Lab } = /** @type {typeof import("../test/support/lab.ts")} */ (
  await loader.ssrLoadModule("/test/support/lab.ts")
);
const { decode, encode } = /** @type {typeof import("../test/support/bridge.ts")} */ (
  await loader.ssrLoadModule("/test/support/bridge.ts")
);
const lab = await Lab.start({ headers: ISOLATION });
try {
  const peers = hasPeers ? peerVersions() : undefined;
  const browser = await lab.browser.version();
  const circumstances = { bench: name, options, ...describeMachine(), browser, ...(peers && { peers }) };
  await lab.page.exposeFunction("askPython", async (/** @type {string} */ request) =>
    encode(await runScript(/** @type {import("./numpy.ts").ScriptRequest} */ (decode(request)))),
  );
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
  /** @type {import("./benches.mjs").BenchResult} */
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
  const all = { ...BENCHES, ...OUTSIDE };
  const bench = Object.hasOwn(all, name) ? all[name] : undefined;
  if (name === PAGE && args.length === 0) return { name, options: {} };
  if (!bench)
    return refuse(
      `bench: expected ${[...Object.keys(BENCHES), ...Object.keys(OUTSIDE), PAGE].join(", ")}, found ${name || "nothing"}`,
    );
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

/** @param {unknown} value */
function asText(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** @param {import("./record.mjs").BenchRecord} record */
function writeRecord(record) {
  const folder = join(ROOT, "bench", "results");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, recordName(record));
  writeFileSync(file, recordText(record));
  console.log(`record: ${file}`);
}
