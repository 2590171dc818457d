// The half of a command that runs in the browser's page. Results go out by POST: as bytes, never as JSON numbers.

/**
 * How a call into the page ended.
 * @typedef {object} PageOutcome
 * @property {"done" | "cancelled" | "diverged" | "failed"} status
 * @property {string} report
 * @property {PageError} [error] set when the status is "failed"
 *
 * @typedef {{ code: string | undefined, message: string, advice: string | undefined }} PageError
 *
 * @typedef {object} AnalyseRequest
 * @property {string} name the input file's
 * @property {string | undefined} decoderName the file to evaluate, if any
 * @property {import("./options.mjs").AnalyseOptions} options
 * @property {boolean} wantsFiles
 *
 * @typedef {object} ExperimentRequest
 * @property {string} name
 * @property {{ seed?: number, steps?: number }} options
 *
 * @typedef {{ phase: string, fraction: number, message: string }} Progress
 */

/**
 * What this uses of the library.
 * @typedef {object} Library
 * @property {(input: { name: string, stream: () => ReadableStream<Uint8Array> }, options: object) => Promise<AnalyseOutcome>} analyse
 * @property {(name: string, options: object) => Promise<{ status: "done" | "cancelled" | "diverged", report: string }>} runExperiment
 *
 * @typedef {{ status: "done" | "cancelled" | "diverged", report: string, result: object, arrays: Uint8Array<ArrayBuffer> }} AnalyseOutcome
 */

const controller = new AbortController();

/** Stops the run at the next point where it can be stopped. */
export function cancel() {
  controller.abort();
}

/**
 * @param {AnalyseRequest} request
 * @returns {Promise<PageOutcome>}
 */
export function analyse({ name, decoderName, options, wantsFiles }) {
  return outcomeOf(async (library) => {
    const input = await fetchFile("./input");
    const evaluate = decoderName && { name: decoderName, bytes: await readBytes(await fetchFile("./decoder")) };
    const outcome = await library.analyse(
      { name, stream: () => input },
      { ...options, ...(evaluate && { evaluate }), signal: controller.signal, onProgress: reportProgress },
    );
    if (wantsFiles) {
      await postJson("./result.json", outcome.result);
      await post("./arrays.npz", outcome.arrays);
    }
    return { status: outcome.status, report: outcome.report };
  });
}

/**
 * @param {ExperimentRequest} request
 * @returns {Promise<PageOutcome>}
 */
export function experiment({ name, options }) {
  return outcomeOf(async (library) => {
    const signals = { signal: controller.signal, onProgress: reportProgress };
    const { report, ...record } = await library.runExperiment(name, { ...options, ...signals });
    await postJson("./result.json", record);
    return { status: record.status, report };
  });
}

/**
 * @param {(library: Library) => Promise<PageOutcome>} work
 * @returns {Promise<PageOutcome>}
 */
async function outcomeOf(work) {
  try {
    const url = "./module.js";
    /** @type {unknown} */
    const library = await import(url);
    return await work(/** @type {Library} */ (library));
  } catch (error) {
    if (controller.signal.aborted && error instanceof Error && error.name === "AbortError")
      return { status: "cancelled", report: "" };
    return { status: "failed", report: "", error: describe(error) };
  }
}

/** @param {Progress} progress */
function reportProgress(progress) {
  // Exposed by the host; progress that cannot be shown must not stop a run.
  const { showProgress } = /** @type {{ showProgress?: (progress: Progress) => Promise<void> }} */ (globalThis);
  showProgress?.(progress).catch(() => {});
}

/** @param {string} url */
async function fetchFile(url) {
  const { ok, status, body } = await fetch(url);
  if (!ok || !body) throw new Error(`${url}: the command line's server answered ${status}`);
  return body;
}

/** @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream */
async function readBytes(stream) {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {string} url
 * @param {object} value
 */
const postJson = (url, value) => post(url, `${JSON.stringify(value, null, 2)}\n`);

/**
 * @param {string} url
 * @param {string | Uint8Array<ArrayBuffer>} body
 */
async function post(url, body) {
  const { ok, status } = await fetch(url, { method: "POST", body });
  if (!ok) throw new Error(`${url}: the command line's server answered ${status}`);
}

/**
 * @param {unknown} error
 * @returns {PageError}
 */
function describe(error) {
  if (!(error instanceof Error)) return { code: undefined, message: String(error), advice: undefined };
  const { code, advice } = /** @type {{ code?: unknown, advice?: unknown }} */ (/** @type {unknown} */ (error));
  const isKnown = typeof code === "string";
  return {
    code: isKnown ? code : undefined,
    // A failure nobody foresaw is worth its place in the code.
    message: isKnown ? error.message : (error.stack ?? error.message),
    advice: typeof advice === "string" ? advice : undefined,
  };
}
