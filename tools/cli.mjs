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
  const [library, inPage] = await Promise.all([
    buildLibrary(),
    withoutTypes(new URL("../src/cli/in-page.ts", import.meta.url)),
  ]);
  return { ...library, "in-page.js": inPage };
}

/** @returns {Promise<Record<string, string>>} texts of its modules, by path */
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
  return Object.fromEntries(
    outputs.flatMap((output) => (output.type === "chunk" ? [[output.fileName, output.code]] : [])),
  );
}
