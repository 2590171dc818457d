import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SOURCE = new URL("../src/index.ts", import.meta.url);
const BUILT = new URL("../dist/index.js", import.meta.url);

/** The library as one ES module: built in memory from a checkout's sources, else the file of the installed package. */
export async function loadLibrary() {
  return existsSync(SOURCE) ? await buildFromSource() : await readFile(BUILT, "utf8");
}

async function buildFromSource() {
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
