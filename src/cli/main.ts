import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { EXIT, runLibrary } from "./command.ts";
import { OutputFolder, requireFile } from "./files.ts";
import { HELP, parseCommand, type AnalyseCommand } from "./options.ts";
import type { PageModules } from "./page-host.ts";
import { print } from "./terminal.ts";

export { EXIT, exitWith, runLibrary } from "./command.ts";
export { OutputFolder } from "./files.ts";
export { print } from "./terminal.ts";
export { UsageError, wholeNumber } from "./options.ts";

/** What `--out` gets. */
const RESULT_FILES = ["result.json", "arrays.npz"];

/** What the command is started from: an installed package, or a checkout. */
export interface Home {
  /** The package.json. */
  readonly manifest: URL;
  readonly loadModules: () => Promise<PageModules>;
}

/**
 * The command next-token-bias.
 * @param args what follows the program's name
 * @returns the exit code
 * @throws UsageError, ChromeError, OutputError
 */
export async function main(args: readonly string[], home: Home): Promise<number> {
  const command = parseCommand(args);
  if (command.command === "analyse") return await analyse(command, home);
  print(command.command === "help" ? HELP : readVersion(home.manifest));
  return EXIT.done;
}

async function analyse(
  { file, evaluate, tokenizer, vectors, out, isPreview, engine, options }: AnalyseCommand,
  { loadModules }: Home,
): Promise<number> {
  requireFile(file);
  for (const beside of [evaluate, tokenizer, vectors]) if (beside !== undefined) requireFile(beside);
  const folder = out === undefined ? undefined : new OutputFolder(out, RESULT_FILES);
  process.once("exit", () => folder?.discard());
  const request = {
    name: basename(file),
    decoderName: evaluate === undefined ? undefined : basename(evaluate),
    hasTokenizer: tokenizer !== undefined,
    vectorsName: vectors === undefined ? undefined : basename(vectors),
    options,
    isPreview,
    wantsFiles: folder !== undefined,
  };
  return await runLibrary(
    {
      loadModules,
      ...(engine !== undefined && { engine }),
      call: (half) => half.evaluate((script, asked) => script.analyse(asked), request),
      inputs: {
        input: file,
        ...(evaluate !== undefined && { decoder: evaluate }),
        ...(tokenizer !== undefined && { tokenizer }),
        ...(vectors !== undefined && { vectors }),
      },
      outputs: folder ? RESULT_FILES : [],
    },
    ({ files, report }) => {
      if (report) print(report);
      if (!folder || Object.keys(files).length === 0) return;
      folder.write(files);
      print(
        `written: ${Object.keys(files)
          .map((name) => join(out!, name))
          .join(", ")}`,
      );
    },
  );
}

const readVersion = (manifest: URL): string =>
  (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;

/** The page's modules as the package has them. */
export async function readModules(folder: URL): Promise<PageModules> {
  const chunks = await readdir(new URL("chunks/", folder));
  const paths = ["index.js", "in-page.js", ...chunks.map((name) => `chunks/${name}`)];
  const modules = paths
    .filter((path) => path.endsWith(".js"))
    .map(async (path) => [path, await readFile(new URL(path, folder), "utf8")] as const);
  return Object.fromEntries(await Promise.all(modules));
}
