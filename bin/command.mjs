import { ChromePathError, findChrome, NO_CHROME_MESSAGE } from "./chrome.mjs";
import { loadLibrary } from "./library.mjs";
import { UsageError, withOptionNames } from "./options.mjs";
import { runInPage } from "./page-host.mjs";
import { ProgressLine } from "./progress-line.mjs";

/** What a process says with its exit code. */
export const EXIT = { done: 0, failed: 1, usage: 2, environment: 3, stopped: 130 };

/** @type {Record<string, number>} */
const EXIT_OF_ERROR = {
  FILE: EXIT.usage,
  PROBLEM: EXIT.usage,
  OPTION: EXIT.usage,
  SHAPE: EXIT.usage,
  GPU_UNAVAILABLE: EXIT.environment,
  DEVICE_LOST: EXIT.environment,
};

const EXIT_OF_STATUS = { done: EXIT.done, cancelled: EXIT.stopped, diverged: EXIT.failed, failed: EXIT.failed };

/**
 * Runs a command to its end, and sets the process's exit code.
 * @param {() => Promise<number>} main
 */
export async function exitWith(main) {
  // `… | head` closes the pipe early; that is no failure of ours.
  process.stdout.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== "EPIPE") throw error;
  });
  process.exitCode = await main().catch((/** @type {unknown} */ error) => {
    if (error instanceof UsageError) return complain(error.message, EXIT.usage);
    if (error instanceof ChromePathError) return complain(error.message, EXIT.environment);
    return complain(error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.failed);
  });
}

/**
 * Runs the library in a headless Chrome, with progress on a terminal, until it ends or is stopped.
 * @param {Pick<import("./page-host.mjs").Job, "call" | "inputs" | "outputs">} job
 * @param {(outcome: import("./page-host.mjs").JobOutcome) => void} finish what to do with an outcome that is not an error
 * @returns {Promise<number>} the exit code
 */
export async function runLibrary(job, finish) {
  const line = new ProgressLine(process.stderr);
  const signal = stopOnSignal(line);
  try {
    const chrome = await findChrome();
    if (!chrome) return complain(NO_CHROME_MESSAGE, EXIT.environment);
    line.show({ phase: "starting", fraction: 0, message: "" });
    const library = await loadLibrary();
    const outcome = await runInPage({ ...job, chrome, library, signal, onProgress: (progress) => line.show(progress) });
    line.clear();
    if (outcome.error) return complainAbout(outcome.error);
    finish(outcome);
    return EXIT_OF_STATUS[outcome.status];
  } finally {
    line.clear();
  }
}

/**
 * The first Ctrl-C asks the run to stop, so that what it has is kept; the second ends the process at once, and the
 * browser with it.
 * @param {ProgressLine} line
 */
function stopOnSignal(line) {
  const controller = new AbortController();
  for (const name of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
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

/** @param {import("./in-page.mjs").PageError} error */
function complainAbout({ code, message: original, advice }) {
  const message = code === "OPTION" ? withOptionNames(original) : original;
  const exitCode = EXIT_OF_ERROR[code ?? ""] ?? EXIT.failed;
  // What the caller can mend is one line; a failure of ours keeps its stack.
  const text = exitCode === EXIT.failed ? message : message.replace(/\s*\n\s*/g, " ");
  return complain(advice ? `${text} ${advice}` : text, exitCode);
}

/**
 * @param {string} message
 * @param {number} exitCode
 */
function complain(message, exitCode) {
  console.error(message);
  return exitCode;
}
