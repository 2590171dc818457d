import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findChrome } from "../../src/cli/chrome.mjs";
import { writeNpz } from "../../src/formats/write-npz.ts";
import { synthetic } from "../../src/index.ts";
import { runAnalyse, type Ended } from "./command.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/", import.meta.url));
/** A second, and half of one for a machine that does something else besides. */
const MOST_MS = 1500;
const NOTHING_YET = "stopped before there was anything to keep\n";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stop-test-"));
  mkdirSync(join(folder, "profiles"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Chrome under a name by which its process is known, with what a shell does before it. */
async function knownChrome(before = ""): Promise<NodeJS.ProcessEnv> {
  const script = join(folder, "chrome.sh");
  writeFileSync(script, `#!/bin/sh\necho $$ > chrome.pid\n${before}\nexec "${(await findChrome())!}" "$@"\n`);
  chmodSync(script, 0o755);
  return { PUPPETEER_EXECUTABLE_PATH: "", CHROME_PATH: script, TMPDIR: join(folder, "profiles") };
}

const chromePid = (): number => Number(readFileSync(join(folder, "chrome.pid"), "utf8"));

async function chromeStarted(): Promise<void> {
  while (!existsSync(join(folder, "chrome.pid"))) await setTimeout(10);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

interface Stopped extends Ended {
  /** From the signal to the end of the process. */
  milliseconds: number;
}

/** A command that gets the signal once `until` has come. */
async function stop(
  args: readonly string[],
  signal: NodeJS.Signals,
  env: NodeJS.ProcessEnv,
  until: (says: (pattern: RegExp) => Promise<void>) => Promise<void>,
): Promise<Stopped> {
  let begun = NaN;
  const ended = await runAnalyse(folder, args, {
    env,
    meanwhile: async ({ kill, says }) => {
      await until(says);
      begun = performance.now();
      kill(signal);
    },
  });
  return { ...ended, milliseconds: performance.now() - begun };
}

function requireGone(): void {
  expect(isRunning(chromePid())).toBe(false);
  expect(readdirSync(join(folder, "profiles"))).toEqual([]);
}

function writeLarge(): string {
  const problem = synthetic({ contextCount: 1000, vocabularySize: 2000, embeddingDim: 256, supportSize: 5, seed: 1 });
  const { embeddings, offsets, tokens, probabilities } = problem;
  const arrays = {
    embeddings: { data: embeddings, shape: [1000, 256] },
    offsets: { data: offsets, shape: [1001] },
    tokens: { data: tokens, shape: [tokens.length] },
    probabilities: { data: probabilities, shape: [probabilities.length] },
    vocabulary: { data: Uint32Array.of(2000), shape: [] },
  };
  writeFileSync(join(folder, "large.npz"), writeNpz(arrays));
  return "large.npz";
}

describe("stopped within a second, with nothing left behind", () => {
  it.each<NodeJS.Signals>(["SIGINT", "SIGTERM"])("by %s while Chrome starts", async (signal) => {
    const env = await knownChrome("sleep 1000");
    const { code, stdout, stderr, milliseconds } = await stop(
      [writeLarge(), "--out", "out"],
      signal,
      env,
      chromeStarted,
    );
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toContain(NOTHING_YET);
    expect(milliseconds).toBeLessThan(MOST_MS);
    requireGone();
    expect(existsSync(join(folder, "out"))).toBe(false);
  });

  it.each<[string, string, (says: (pattern: RegExp) => Promise<void>) => Promise<void>]>([
    ["the solvers compute", "60", (says) => says(/limits/)],
    ["the run computes", "0", (says) => says(/training: step/)],
    ["Chrome has only begun to start", "0", chromeStarted],
  ])("on a large problem, while %s", async (_, limits, until) => {
    const args = [writeLarge(), "--out", "out", "--limits-within", limits];
    const { code, milliseconds, stdout } = await stop(args, "SIGINT", await knownChrome(), until);
    expect(code).toBe(130);
    expect(milliseconds).toBeLessThan(MOST_MS);
    requireGone();
    expect(existsSync(join(folder, "out", "result.json"))).toBe(stdout !== "");
  });
});

/** All processes as POSIX tells them: number, group and command. */
function processes(): [pid: number, group: number, command: string][] {
  if (!existsSync("/proc/self/stat")) {
    const lines = execFileSync("ps", ["-A", "-o", "pid=", "-o", "pgid=", "-o", "args="], { encoding: "utf8" }).split(
      "\n",
    );
    return lines.flatMap((line) => {
      const [, pid, group, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid ? [[Number(pid), Number(group), command]] : [];
    });
  }
  return readdirSync("/proc").flatMap((entry) => {
    try {
      const [, group] = /\) \S \d+ (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, "utf8"))!;
      return [[Number(entry), Number(group), readFileSync(`/proc/${entry}/cmdline`, "utf8")]];
    } catch {
      // no process, or one that has ended
      return [];
    }
  });
}

/** The process of Chrome's that computes on the GPU. */
function gpuProcess(): number {
  const [pid] =
    processes().find(([, group, command]) => group === chromePid() && command.includes("--type=gpu-process")) ?? [];
  if (pid === undefined) throw new Error("Chrome has no GPU process");
  return pid;
}

describe("a GPU process that is killed", () => {
  it("is started again, and the command's figures are those of an undisturbed one", async () => {
    const args = [join(FIXTURES, "wide.npz"), "--steps", "30000", "--out"];
    const env = await knownChrome();
    const undisturbed = await runAnalyse(folder, [...args, "a"], { env });
    const disturbed = await runAnalyse(folder, [...args, "b"], {
      env,
      meanwhile: async ({ says }) => {
        await says(/training: step/);
        process.kill(gpuProcess(), "SIGKILL");
      },
    });
    expect([undisturbed.code, disturbed.code]).toEqual([0, 0]);
    expect(disturbed.stdout).toContain("The GPU was lost once on the way");
    const traceOf = (name: string): unknown =>
      (JSON.parse(readFileSync(join(folder, name, "result.json"), "utf8")) as { trace: unknown }).trace;
    expect(traceOf("b")).toEqual(traceOf("a"));
  });
});
