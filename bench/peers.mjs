// The peers of bench/gd.ts: packages that only this folder has, and NumPy where the machine has it.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
/** Written last, so that a broken-off installation counts as none. */
const TFJS_BUNDLE = `${FOLDER}node_modules/.peers/tfjs.js`;
const TFJS_ENTRY = `
  import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
  import "@tensorflow/tfjs-backend-webgpu";
  export * from "@tensorflow/tfjs-core";
`;
const PYTHON = process.platform === "win32" ? "python" : "python3";

/** Installs the peers into bench/node_modules unless they are there. @throws when npm fails */
export async function installPeers() {
  const [installed, wanted] = [TFJS_BUNDLE, `${FOLDER}package-lock.json`];
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  console.log("installing the peers into bench/node_modules…");
  const npm = process.env.npm_execpath;
  const [file, first] = npm ? [process.execPath, [npm]] : ["npm", []];
  const { status } = spawnSync(file, [...first, "ci", "--silent", "--no-audit", "--no-fund"], {
    cwd: FOLDER,
    stdio: "inherit",
    shell: !npm && process.platform === "win32",
  });
  if (status !== 0) throw new Error("npm ci failed in bench/; --peers none leaves the peers out");
  await bundleTensorFlow();
}

/** TensorFlow.js imports CommonJS modules, which a browser does not read; its build for script elements has no gradients. */
async function bundleTensorFlow() {
  const entry = `${FOLDER}node_modules/.tfjs-entry.js`;
  writeFileSync(entry, TFJS_ENTRY);
  await build({
    configFile: false,
    root: FOLDER,
    logLevel: "error",
    publicDir: false,
    build: {
      target: "es2022",
      outDir: dirname(TFJS_BUNDLE),
      lib: { entry, formats: ["es"], fileName: () => basename(TFJS_BUNDLE) },
    },
  });
}

/** Versions of the peers, by name; NumPy's is "absent" where python3 has none. @returns {Record<string, string>} */
export function peerVersions() {
  /** @type {Record<string, string>} */
  const versions = {};
  for (const name of Object.keys(readJson("package.json").devDependencies ?? {}))
    versions[name] = readJson(`node_modules/${name}/package.json`).version ?? "";
  const { status, stdout } = spawnSync(PYTHON, ["-c", "import numpy; print(numpy.__version__)"], { encoding: "utf8" });
  return { ...versions, numpy: status === 0 ? stdout.trim() : "absent" };
}

/**
 * @param {string} file
 * @returns {{ version?: string, devDependencies?: Record<string, string> }}
 */
function readJson(file) {
  /** @type {unknown} */
  const parsed = JSON.parse(readFileSync(`${FOLDER}${file}`, "utf8"));
  return /** @type {{ version?: string, devDependencies?: Record<string, string> }} */ (parsed);
}

/**
 * @param {import("./numpy.ts").NumpyRequest} request
 * @returns {Promise<import("./numpy.ts").NumpyAnswer>}
 */
export async function runNumpy({ dtype, setting: { problem, start, stepSize }, steps, windowMs }) {
  const { embeddings, offsets, tokens, probabilities, weights } = problem;
  const { answer, bytes } = await runPython(
    "numpy_gd.py",
    {
      ...{ dtype, stepSize, steps, windowMs },
      ...{ V: problem.vocabularySize, d: problem.embeddingDim, m: problem.contextCount },
    },
    { embeddings, offsets, tokens, probabilities, weights, start },
  );
  return {
    .../** @type {{ ms?: number }} */ (answer),
    decoder: dtype === "float32" ? new Float32Array(bytes) : new Float64Array(bytes),
  };
}

/**
 * A script that any bench can ask; null where the machine has no NumPy.
 * @param {import("./numpy.ts").ScriptRequest} request
 * @returns {Promise<import("./numpy.ts").ScriptAnswer | null>}
 */
export async function runScript({ script, arrays = {}, ...header }) {
  if (spawnSync(PYTHON, ["-c", "import numpy"]).status !== 0) return null;
  const { answer, bytes } = await runPython(script, header, arrays);
  return { answer, values: new Float64Array(bytes) };
}

/**
 * A script of this folder: gets a line of JSON and the arrays that it names, raw; gives a line of JSON, and what else there is raw.
 * @param {string} script
 * @param {object} header
 * @param {Record<string, Float32Array | Float64Array | Uint32Array>} named
 * @returns {Promise<{ answer: unknown, bytes: ArrayBuffer }>}
 */
async function runPython(script, header, named) {
  const arrays = Object.entries(named);
  const child = spawn(PYTHON, [`${FOLDER}${script}`], { stdio: ["pipe", "pipe", "inherit"] });
  const described = arrays.map(([name, values]) => [name, NUMPY_TYPES[values.constructor.name], values.length]);
  child.stdin.write(`${JSON.stringify({ ...header, arrays: described })}\n`);
  for (const [, { buffer, byteOffset, byteLength }] of arrays)
    child.stdin.write(new Uint8Array(buffer, byteOffset, byteLength));
  child.stdin.end();
  const output = await buffer(child.stdout);
  const end = output.indexOf("\n");
  if (end < 0) throw new Error(`bench/${script} failed`);
  return {
    answer: JSON.parse(output.toString("utf8", 0, end)),
    bytes: Uint8Array.from(output.subarray(end + 1)).buffer,
  };
}

/** @type {Record<string, string>} */
const NUMPY_TYPES = { Float32Array: "<f4", Float64Array: "<f8", Uint32Array: "<u4" };
