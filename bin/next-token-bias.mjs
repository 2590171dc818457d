#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { EXIT, exitWith, runLibrary } from "./command.mjs";
import { OutputFolder, requireFile } from "./files.mjs";
import { HELP, parseCommand } from "./options.mjs";

/** What `--out` gets. */
const RESULT_FILES = ["result.json", "arrays.npz"];

await exitWith(async () => {
  const command = parseCommand(process.argv.slice(2));
  if (command.command === "help") return print(HELP);
  if (command.command === "version") return print(`${readVersion()}\n`);
  return await analyse(command);
});

/** @param {import("./options.mjs").AnalyseCommand} command */
async function analyse({ file, evaluate, out, options }) {
  requireFile(file);
  if (evaluate !== undefined) requireFile(evaluate);
  const folder = out === undefined ? undefined : new OutputFolder(out, RESULT_FILES);
  process.once("exit", () => folder?.discard());
  const request = {
    name: basename(file),
    decoderName: evaluate && basename(evaluate),
    options,
    wantsFiles: folder !== undefined,
  };
  return await runLibrary(
    {
      call: (half) => half.evaluate((script, asked) => script.analyse(asked), request),
      inputs: { input: file, ...(evaluate !== undefined && { decoder: evaluate }) },
      outputs: folder ? RESULT_FILES : [],
    },
    ({ files, report }) => {
      if (Object.keys(files).length > 0) folder?.write(files);
      if (report) print(`${report.trimEnd()}\n`);
    },
  );
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
