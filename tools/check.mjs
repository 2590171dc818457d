// npm test: everything that must hold; `npm test -- node build` runs only the stages named.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { FILE_TIMES } from "./file-times.mjs";
import { ROOT, setUp } from "./setup.mjs";

const VITEST = "vitest run --reporter=default --reporter=./tools/file-times.mjs --project";
/** Each stage leads a group of processes, so that a signal reaches what its shell started. */
const HAS_GROUPS = process.platform !== "win32";
const SLOWEST_SHOWN = 10;
/** How long stages may take to end by themselves when the run is stopped, before they are killed. */
const ENDING_MS = 10_000;

/** @typedef {{ name: string, needsBrowser?: boolean, needsMesa?: boolean, needsNumPy?: boolean, command: string }} Stage */

/**
 * Groups in order; the stages of a group run side by side, and the first of them prints as it goes. ESLint keeps no cache: its rules
 * with types depend on more files than the one whose contents a cache would compare.
 * @type {ReadonlyArray<ReadonlyArray<Stage>>}
 */
const GROUPS = [
  [
    { name: "lint", command: "eslint . && knip --treat-config-hints-as-errors" },
    { name: "format", command: "prettier --check --log-level warn ." },
    { name: "types", command: "tsc --noEmit" },
    { name: "node", command: `${VITEST} node`, needsNumPy: true },
    { name: "build", command: "npm run --silent build && size-limit" },
  ],
  [{ name: "browser", command: `${VITEST} browser`, needsBrowser: true, needsMesa: true, needsNumPy: true }],
  // after the browser tests, of which some say how soon a command ends: its own pages would take their processor
  [{ name: "package", command: `${VITEST} package`, needsBrowser: true, needsNumPy: true }],
];

const names = process.argv.slice(2);
const known = GROUPS.flat().map(({ name }) => name);
const unknown = names.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`unknown stage ${unknown}: expected ${known.join(", ")}`);
  process.exit(2);
}

const groups = GROUPS.map((group) => group.filter(({ name }) => names.length === 0 || names.includes(name)));
const stages = groups.flat();
await setUp({
  browser: stages.some(({ needsBrowser }) => needsBrowser),
  mesa: stages.some(({ needsMesa }) => needsMesa),
  numpy: stages.some(({ needsNumPy }) => needsNumPy),
});

const startedAt = performance.now();
const folder = mkdtempSync(join(tmpdir(), "check-"));
const fileTimes = join(folder, "file-times.jsonl");
/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
/** @type {NodeJS.Signals | undefined} */
let stoppedBy;
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, () => stop(signal));
const failed = await runGroups();
printFiles();
rmSync(folder, { recursive: true });
const ran = groups.flat().map(({ name }) => name);
if (stoppedBy !== undefined) console.log(`\nSTOPPED by ${stoppedBy} after ${seconds(startedAt)}: ${failed.join(", ")}`);
else if (failed.length === 0) console.log(`\nall of ${ran.join(", ")} passed in ${seconds(startedAt)}`);
else console.log(`\nFAILED: ${failed.join(", ")}, after ${seconds(startedAt)}`);
process.exitCode = stoppedBy !== undefined ? 130 : failed.length === 0 ? 0 : 1;

/**
 * Runs group after group, up to the end of the first in which a stage fails.
 * @returns {Promise<string[]>} the names of the stages that failed
 */
async function runGroups() {
  for (const group of groups) {
    if (stoppedBy !== undefined) break;
    const passed = await Promise.all(group.map((stage, i) => runStage(stage, i > 0)));
    const failures = group.filter((_, i) => !passed[i]).map(({ name }) => name);
    if (failures.length > 0) return failures;
  }
  return [];
}

/**
 * @param {Stage} stage
 * @param {boolean} isHeld whether another stage prints at the same time, so that this one's output is held until it ends
 * @returns {Promise<boolean>} whether it passed
 */
async function runStage({ name, command }, isHeld) {
  const stageStartedAt = performance.now();
  const title = `\n── ${name}: ${command}`;
  if (!isHeld) console.log(title);
  const child = spawn(command, {
    cwd: ROOT,
    stdio: isHeld ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    shell: true,
    detached: HAS_GROUPS,
    env: { ...withPackageCommands(), [FILE_TIMES]: fileTimes },
  });
  running.add(child);
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (/** @type {Buffer} */ chunk) => output.push(chunk));
  /** @type {{ status: number | null, signal: string | null }} */
  const { status, signal } = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal }));
  });
  running.delete(child);
  if (isHeld) {
    console.log(title);
    process.stdout.write(Buffer.concat(output));
  }
  const verdict = status === 0 ? "passed" : signal ? `ended by ${signal}` : stoppedBy ? "stopped" : "FAILED";
  console.log(`── ${name} ${verdict} in ${seconds(stageStartedAt)}`);
  return status === 0;
}

/**
 * Ends the stages that run; what they printed is shown as they end, and no further stage starts.
 * @param {NodeJS.Signals} signal
 */
function stop(signal) {
  // npm hands a terminal's signal on, so that it comes twice
  if (stoppedBy !== undefined) return;
  stoppedBy = signal;
  signalStages(signal);
  setTimeout(() => signalStages("SIGKILL"), ENDING_MS).unref();
}

/** @param {NodeJS.Signals} signal */
function signalStages(signal) {
  for (const child of running) {
    if (!HAS_GROUPS || child.pid === undefined) child.kill(signal);
    else process.kill(-child.pid, signal);
  }
}

/** The slowest test files, and once more, where it is the last that is read, what failed in which. */
function printFiles() {
  if (!existsSync(fileTimes)) return;
  const lines = readFileSync(fileTimes, "utf8").trimEnd().split("\n");
  /** @type {unknown} */
  const parsed = JSON.parse(`[${lines.join(",")}]`);
  const files = /** @type {{ path: string, ms: number, failures: string[] }[]} */ (parsed);
  console.log(`\nslowest of ${files.length} test files:`);
  for (const { path, ms } of files.sort((a, b) => b.ms - a.ms).slice(0, SLOWEST_SHOWN))
    console.log(`${(ms / 1000).toFixed(1).padStart(7)} s  ${path}`);
  for (const { path, failures } of files)
    for (const failure of failures) console.log(`\nfailed in ${path}: ${failure}`);
}

/** The commands of the installed packages come first, as npm has it, also when this file is run directly. */
function withPackageCommands() {
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  const path = [join(ROOT, "node_modules", ".bin"), process.env[pathName]].join(delimiter);
  return { ...process.env, [pathName]: path };
}

/** @param {number} since */
function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
