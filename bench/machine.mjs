import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, platform } from "node:os";
import { join } from "node:path";
import { ROOT } from "../tools/setup.mjs";

/** When, what and where: without these, and the browser, no figure can be compared with another. */
export function describeMachine() {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return {
    date: new Date().toISOString(),
    commit:
      git("rev-parse", "--short=12", "HEAD") +
      (git("status", "--porcelain", "--untracked-files=no") ? " with changes" : ""),
    version: /** @type {{ version: string }} */ (manifest).version,
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
