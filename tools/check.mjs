// npm test: everything that must hold, in order; `npm test -- node build` runs only the stages named.
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { ROOT, setUp } from "./setup.mjs";

/** @type {ReadonlyArray<{ name: string, needsBrowser?: boolean, command: string }>} */
const STAGES = [
  { name: "lint", command: "prettier --check --log-level warn . && eslint . && knip --treat-config-hints-as-errors" },
  { name: "types", command: "tsc --noEmit" },
  { name: "node", command: "vitest run --project node" },
  { name: "browser", command: "vitest run --project browser", needsBrowser: true },
  { name: "program", command: "vitest run --project program", needsBrowser: true },
  { name: "build", command: "npm run --silent build && size-limit" },
  { name: "package", command: "vitest run --project package" },
];

const names = process.argv.slice(2);
const unknown = names.find((name) => !STAGES.some((stage) => stage.name === name));
if (unknown !== undefined) {
  console.error(`unknown stage ${unknown}: expected ${STAGES.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const stages = STAGES.filter(({ name }) => names.length === 0 || names.includes(name));
await setUp({ browser: stages.some((stage) => stage.needsBrowser) });

const startedAt = performance.now();
for (const { name, command } of stages) {
  console.log(`\n── ${name}: ${command}`);
  const stageStartedAt = performance.now();
  const { status, signal } = spawnSync(command, {
    cwd: ROOT,
    stdio: "inherit",
    shell: true,
    env: withPackageCommands(),
  });
  const verdict = status === 0 ? "passed" : signal ? `ended by ${signal}` : "FAILED";
  console.log(`── ${name} ${verdict} in ${seconds(stageStartedAt)}`);
  if (status !== 0) process.exit(status ?? 130);
}
console.log(`\nall of ${stages.map(({ name }) => name).join(", ")} passed in ${seconds(startedAt)}`);

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
