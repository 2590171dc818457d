#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { ChromePathError, findChrome, NO_CHROME_MESSAGE } from "./chrome.mjs";
import { OutputFolder, requireFile } from "./files.mjs";
import { loadLibrary } from "./library.mjs";
import { HELP, parseCommand, UsageError, withOptionNames } from "./options.mjs";
import { runInPage } from "./page-host.mjs";
import { ProgressLine } from "./progress-line.mjs";

/** What `--out` gets. */
const RESULT_FILES = ["result.json", "arrays.npz"];

/** What the process says with its exit code. */
const EXIT = { done: 0, failed: 1, usage: 2, environment: 3, stopped: 130 };

/** @type {Record<string, number>} */
const EXIT_OF_ERROR = {
  FILE: EXIT.usage,
  PROBLEM: EXIT.usage,
  OPTION: EXIT.usage,
  SHAPE: EXIT.usage,
  GPU_UNAVAILABLE: EXIT.environment,
  DEVICE_LOST: EXIT.environment,
};

// `… | head` closes the pipe early; that is no failure of ours.
process.stdout.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await main(process.argv.slice(2)).catch((/** @type {unknown} */ error) => {
  if (error instanceof UsageError) return complain(error.message, EXIT.usage);
  if (error instanceof ChromePathError) return complain(error.message, EXIT.environment);
  return complain(error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.failed);
});

/** @param {string[]} args */
async function main(args) {
  const command = parseCommand(args);
  if (command.command === "help") return print(HELP);
  if (command.command === "version") return print(`${readVersion()}\n`);
  return await analyse(command);
}

/** @param {import("./options.mjs").AnalyseCommand} command */
async function analyse({ file, evaluate, out, options }) {
  requireFile(file);
  if (evaluate !== undefined) requireFile(evaluate);
  const folder = out === undefined ? undefined : new OutputFolder(out, RESULT_FILES);
  process.once("exit", () => folder?.discard());
  const line = new ProgressLine(process.stderr);
  const signal = stopOnSignal(line);
  try {
    const chrome = await findChrome();
    if (!chrome) return complain(NO_CHROME_MESSAGE, EXIT.environment);
    line.show({ phase: "starting", fraction: 0, message: "" });
    const request = {
      name: basename(file),
      decoderName: evaluate && basename(evaluate),
      options,
      wantsFiles: folder !== undefined,
    };
    const outcome = await runInPage({
      chrome,
      library: await loadLibrary(),
      call: (half) => half.evaluate((script, asked) => script.analyse(asked), request),
      inputs: { input: file, ...(evaluate !== undefined && { decoder: evaluate }) },
      outputs: folder ? RESULT_FILES : [],
      onProgress: (progress) => line.show(progress),
      signal,
    });
    line.clear();
    if (outcome.error) return complainAbout(outcome.error);
    if (Object.keys(outcome.files).length > 0) folder?.write(outcome.files);
    if (outcome.report) print(`${outcome.report.trimEnd()}\n`);
    return outcome.status === "cancelled" ? EXIT.stopped : outcome.status === "done" ? EXIT.done : EXIT.failed;
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

/** @param {string} text */
function print(text) {
  process.stdout.write(text);
  return EXIT.done;
}

function readVersion() {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return /** @type {{ version: string }} */ (manifest).version;
}
