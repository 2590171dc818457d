// The command from the sources of a checkout, as dist/cli.js has it built.
import { register } from "node:module";
import { fileURLToPath } from "node:url";

register("./typescript-hooks.mjs", import.meta.url);

export const { EXIT, exitWith, main, OutputFolder, print, runLibrary, UsageError, wholeNumber } =
  await import("../src/cli/main.ts");

/**
 * The page's modules, made in memory.
 * @returns {Promise<import("../src/cli/page-host.ts").PageModules>}
 */
export async function readModules() {
  const { withoutTypes } = await import("./typescript-hooks.mjs");
  const [index, inPage] = await Promise.all([
    buildLibrary(),
    withoutTypes(new URL("../src/cli/in-page.ts", import.meta.url)),
  ]);
  return { "index.js": index, "in-page.js": inPage };
}

async function buildLibrary() {
  const { build } = await import("vite");
  const root = fileURLToPath(new URL("..", import.meta.url));
  const built = await build({
    root,
    configFile: fileURLToPath(new URL("../vite.config.ts", import.meta.url)),
    mode: "library",
    logLevel: "silent",
    build: { write: false, emptyOutDir: false, sourcemap: false },
  });
  const outputs = [built].flat().flatMap((bundle) => ("output" in bundle ? bundle.output : []));
  const entry = outputs.find((output) => output.type === "chunk" && output.isEntry);
  if (entry?.type !== "chunk") throw new Error("the library was built without an entry");
  return entry.code;
}
