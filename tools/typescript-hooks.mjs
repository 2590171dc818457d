// Node's hooks that take the types out of `.ts` files when they are loaded.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transformWithOxc } from "vite";

/**
 * @param {URL} url of a `.ts` file
 * @returns {Promise<string>} the module without its types
 */
export async function withoutTypes(url) {
  const { code } = await transformWithOxc(await readFile(url, "utf8"), fileURLToPath(url), { sourcemap: false });
  return code;
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  return { format: "module", source: await withoutTypes(new URL(url)), shortCircuit: true };
}
