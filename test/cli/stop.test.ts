import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runAnalyse } from "./command.ts";
import { MOMENTS, Workplace } from "./stopping.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/", import.meta.url));
const NOTHING_YET = "stopped before there was anything to keep\n";

let workplace: Workplace;
beforeEach(() => {
  workplace = new Workplace();
});
afterEach(() => rmSync(workplace.folder, { recursive: true, force: true }));

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function requireGone(): void {
  expect(isRunning(workplace.chromePid())).toBe(false);
  expect(workplace.profiles()).toEqual([]);
}

const written = (name: string): boolean => existsSync(join(workplace.folder, "out", name));

// how soon it stops is measured by `npm run bench -- stop`
describe("stopped, with nothing left behind", () => {
  it.each<NodeJS.Signals>(["SIGINT", "SIGTERM"])("by %s while Chrome starts", async (signal) => {
    const env = await workplace.knownChrome("sleep 1000");
    const { code, stdout, stderr } = await workplace.stop([workplace.writeLarge(), "--out", "out"], signal, env, () =>
      workplace.chromeStarted(),
    );
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toContain(NOTHING_YET);
    requireGone();
    expect(written("")).toBe(false);
  });

  it.each(MOMENTS)("on a large problem, while $title", async ({ limitsWithin, until }) => {
    const args = [workplace.writeLarge(), "--out", "out", "--limits-within", limitsWithin];
    const { code, stdout, stderr } = await workplace.stop(args, "SIGINT", await workplace.knownChrome(), (says) =>
      until(workplace, says),
    );
    expect(code).toBe(130);
    requireGone();
    // what it kept, it says; and it keeps nothing that it does not say
    expect(written("result.json")).toBe(stdout !== "");
    expect(stderr.includes(NOTHING_YET)).toBe(stdout === "");
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
    processes().find(
      ([, group, command]) => group === workplace.chromePid() && command.includes("--type=gpu-process"),
    ) ?? [];
  if (pid === undefined) throw new Error("Chrome has no GPU process");
  return pid;
}

describe("a GPU process that is killed", () => {
  it("is started again, and the command's figures are those of an undisturbed one", async () => {
    const args = [join(FIXTURES, "wide.npz"), "--steps", "30000", "--out"];
    const env = await workplace.knownChrome();
    const undisturbed = await runAnalyse(workplace.folder, [...args, "a"], { env });
    const disturbed = await runAnalyse(workplace.folder, [...args, "b"], {
      env,
      meanwhile: async ({ says }) => {
        await says(/training: step/);
        process.kill(gpuProcess(), "SIGKILL");
      },
    });
    expect([undisturbed.code, disturbed.code]).toEqual([0, 0]);
    expect(disturbed.stdout).toContain("The GPU was lost once on the way");
    const traceOf = (name: string): unknown =>
      (JSON.parse(readFileSync(join(workplace.folder, name, "result.json"), "utf8")) as { trace: unknown }).trace;
    expect(traceOf("b")).toEqual(traceOf("a"));
  });
});
