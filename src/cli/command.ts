import { OptionError } from "../errors.ts";
import { unlessAborted } from "../support/abort.ts";
import { ChromeError, findChrome, NO_CHROME_MESSAGE } from "./chrome.mjs";
import { OutputError, reasonOf } from "./files.ts";
import type { PageError } from "./in-page.ts";
import { describeRefusal, UsageError, type Engine } from "./options.ts";
import { runInNode } from "./node-host.ts";
import { runInPage, type Job, type JobOutcome, type PageModules } from "./page-host.ts";
import { ProgressLine, type Progress } from "./progress-line.ts";
import { printError } from "./terminal.ts";

/** What a process says with its exit code. */
export const EXIT = { done: 0, failed: 1, usage: 2, environment: 3, stopped: 130 } as const;

const EXIT_OF_ERROR: Readonly<Record<string, number>> = {
  FILE: EXIT.usage,
  PROBLEM: EXIT.usage,
  OPTION: EXIT.usage,
  SHAPE: EXIT.usage,
  GPU_UNAVAILABLE: EXIT.environment,
  DEVICE_LOST: EXIT.environment,
  READBACK: EXIT.environment,
};

const EXIT_OF_STATUS = {
  done: EXIT.done,
  cancelled: EXIT.stopped,
  diverged: EXIT.failed,
  failed: EXIT.failed,
} as const;

/** Runs a command to its end, and sets the process's exit code. */
export async function exitWith(main: () => Promise<number>): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // `… | head` closes the pipe early; that is no failure of ours.
    if (error.code !== "EPIPE")
      process.exitCode = complain(`standard output: cannot write there (${reasonOf(error)})`, EXIT.failed);
  });
  const exitCode = await main().catch((error: unknown) => {
    if (error instanceof UsageError || error instanceof OptionError) return complain(error.message, EXIT.usage);
    if (error instanceof ChromeError) return complain(error.message, EXIT.environment);
    if (error instanceof OutputError) return complain(error.message, EXIT.failed);
    return complain(error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.failed);
  });
  process.exitCode ||= exitCode;
  if (exitCode === EXIT.stopped) setTimeout(() => process.exit(), LEFT_OVER_MS).unref();
}

const NOTHING_YET = "stopped before there was anything to keep";
/** How long a command that was stopped waits for what else is under way. */
const LEFT_OVER_MS = 100;

/** What a command asks of the library in the page. */
export interface LibraryCall extends Pick<Job, "call" | "pages" | "inputs" | "outputs" | "onPart"> {
  readonly engine?: Engine;
  /** Called when there is a browser for them. */
  readonly loadModules: () => Promise<PageModules>;
}

/**
 * Runs the library, by default in a headless Chrome, with progress on a terminal, until it ends or is stopped.
 * @param finish what to do with an outcome that is not an error
 * @returns the exit code
 */
export async function runLibrary(
  { loadModules, engine = "chrome", ...job }: LibraryCall,
  finish: (outcome: JobOutcome) => void,
): Promise<number> {
  const line = new ProgressLine(process.stderr);
  const signal = stopOnSignal(line);
  try {
    const chrome = engine === "chrome" ? await findChrome() : undefined;
    if (engine === "chrome" && !chrome) return complain(NO_CHROME_MESSAGE, EXIT.environment);
    line.show({ phase: "starting", fraction: 0, message: "" });
    const modules = await unlessAborted(signal, loadModules);
    const onProgress = (progress: Progress): void => line.show(progress);
    const outcome =
      modules &&
      (chrome
        ? await runInPage({ ...job, chrome, modules, signal, onProgress })
        : await runInNode({ ...job, modules, signal, onProgress }));
    line.clear();
    if (!outcome) return complain(NOTHING_YET, EXIT.stopped);
    if (outcome.error) return complainAbout(outcome.error);
    if (outcome.status === "cancelled" && !outcome.report) return complain(NOTHING_YET, EXIT.stopped);
    finish(outcome);
    return EXIT_OF_STATUS[outcome.status];
  } finally {
    line.clear();
  }
}

/** The first Ctrl-C asks the run to stop, so that what it has is kept; the second ends the process at once, and the browser with it. */
function stopOnSignal(line: ProgressLine): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(name, () => {
      if (controller.signal.aborted) {
        line.clear();
        process.exit(EXIT.stopped);
      }
      line.show({ phase: "stopping", fraction: 0, message: "again to end at once" });
      controller.abort();
    });
  return controller.signal;
}

function complainAbout({ code, message: original, advice, option }: PageError): number {
  const message = option ? describeRefusal({ option: option.key, complaint: option.complaint }) : original;
  const exitCode = EXIT_OF_ERROR[code ?? ""] ?? EXIT.failed;
  // What the caller can mend is one line; a failure of ours keeps its stack.
  const text = exitCode === EXIT.failed ? message : message.replace(/\s*\n\s*/g, " ");
  return complain(advice ? `${text} ${advice}` : text, exitCode);
}

function complain(message: string, exitCode: number): number {
  printError(message);
  return exitCode;
}
