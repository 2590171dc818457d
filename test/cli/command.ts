import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = join(import.meta.dirname, "..", "..");
const ON_TERMINAL = pathToFileURL(join(import.meta.dirname, "on-terminal.mjs")).href;

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command under way that takes its stderr for a terminal. */
interface Running {
  kill: (signal: NodeJS.Signals) => void;
  /** Waits until its progress has this. */
  says: (pattern: RegExp) => Promise<void>;
}

export interface Environment {
  env?: NodeJS.ProcessEnv;
  /** A file that standard output goes to. */
  stdout?: number;
  /** Called with the process when it is started. */
  meanwhile?: (running: Running) => Promise<void>;
}

/** `analyse` with arguments, in a folder. */
export function runAnalyse(folder: string, args: readonly string[], environment?: Environment): Promise<Ended> {
  return runScript(join("bin", "next-token-bias.mjs"), folder, ["analyse", ...args], environment);
}

/** `npm run experiment` with arguments, in a folder. */
export function runExperiment(folder: string, args: readonly string[], environment?: Environment): Promise<Ended> {
  return runScript(join("tools", "experiment.mjs"), folder, args, environment);
}

/** `npm run study` with arguments, in a folder. */
export function runStudy(folder: string, args: readonly string[], environment?: Environment): Promise<Ended> {
  return runScript(join("tools", "study.mjs"), folder, args, environment);
}

function runScript(
  script: string,
  folder: string,
  args: readonly string[],
  { env = {}, stdout, meanwhile }: Environment = {},
): Promise<Ended> {
  const terminal = meanwhile ? ["--import", ON_TERMINAL] : [];
  const child = spawn(process.execPath, [...terminal, join(ROOT, script), ...args], {
    cwd: folder,
    // no cache folder can be made there: what is measured is not kept
    env: { ...process.env, XDG_CACHE_HOME: "/dev/null", ...env },
    stdio: ["ignore", stdout ?? "pipe", "pipe"],
  });
  const ended: Ended = { code: null, stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (ended.stdout += text));
  const stderr = child.stderr!;
  stderr.setEncoding("utf8").on("data", (text: string) => (ended.stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...ended, code }));
    const says = (pattern: RegExp): Promise<void> =>
      new Promise((said, never) => {
        const look = (): void => void (pattern.test(ended.stderr) && said());
        stderr.on("data", look).once("close", () => never(new Error(`it ended without ${pattern.source}`)));
        look();
      });
    meanwhile?.({ kill: (signal) => child.kill(signal), says }).catch(reject);
  });
}
