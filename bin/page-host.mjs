import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { HANGING_MS, launchChrome } from "./chrome.mjs";

/** @typedef {import("node:http").IncomingMessage} IncomingMessage */
/** @typedef {import("node:http").ServerResponse} ServerResponse */

/** @typedef {typeof import("./in-page.mjs")} PageHalf */

/**
 * @typedef {object} Job
 * @property {string} chrome the browser's executable
 * @property {string} library the library's module text
 * @property {(half: import("puppeteer-core").JSHandle<PageHalf>) => Promise<import("./in-page.mjs").PageOutcome>} call what to run in the page
 * @property {Record<string, string>} inputs paths of the files that the page may fetch, by its name for them
 * @property {readonly string[]} outputs names of the files that the page posts
 * @property {(progress: import("./in-page.mjs").Progress) => void} onProgress
 * @property {AbortSignal} signal stops the run; what it has by then is its outcome
 *
 * @typedef {import("./in-page.mjs").PageOutcome & { files: Record<string, Uint8Array> }} JobOutcome
 */

/**
 * Runs the library in a page of its own browser, and closes browser and server however that ends.
 * @param {Job} job
 * @returns {Promise<JobOutcome>}
 */
export async function runInPage(job) {
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  const server = await serve(job, files);
  try {
    const browser = await launchChrome({ executablePath: job.chrome, handleSignals: false });
    try {
      const page = await browser.newPage();
      const outcome = await Promise.race([openAndRun(page, server.address, job), whenBroken(browser, page)]);
      return { ...outcome, files };
    } finally {
      await browser.close();
    }
  } finally {
    server.close();
  }
}

/**
 * @param {import("puppeteer-core").Page} page
 * @param {string} address
 * @param {Job} job
 */
async function openAndRun(page, address, { call, onProgress, signal }) {
  await page.exposeFunction("showProgress", onProgress);
  await page.goto(address, { timeout: HANGING_MS });
  const half = /** @type {import("puppeteer-core").JSHandle<PageHalf>} */ (
    await page.evaluateHandle(`import(${JSON.stringify(`${address}in-page.js`)})`)
  );
  // Stopped before there was anything to stop: the page is told so all the same, and the library decides.
  const cancel = () => void half.evaluate((script) => script.cancel()).catch(() => {});
  if (signal.aborted) cancel();
  signal.addEventListener("abort", cancel, { once: true });
  return await call(half);
}

/**
 * Rejects when the page can no longer answer; otherwise never settles.
 * @param {import("puppeteer-core").Browser} browser
 * @param {import("puppeteer-core").Page} page
 * @returns {Promise<never>}
 */
function whenBroken(browser, page) {
  return new Promise((_, reject) => {
    page.once("error", (error) => reject(new Error(`the browser's page crashed: ${error.message}`)));
    browser.once("disconnected", () => reject(new Error("the browser ended by itself")));
  });
}

/**
 * Serves the page on this machine only, below a name that no other program can guess.
 * @param {Job} job
 * @param {Record<string, Uint8Array>} received where posted files go
 */
async function serve({ library, inputs, outputs }, received) {
  const base = `/${randomUUID()}/`;
  const inPage = await readFile(new URL("in-page.mjs", import.meta.url), "utf8");

  /** @type {Record<string, (request: IncomingMessage, response: ServerResponse) => unknown>} */
  const routes = {
    "GET ": (_, response) =>
      send(response, "text/html", '<!doctype html><meta charset="utf-8"><title>next-token-bias</title>'),
    "GET in-page.js": (_, response) => send(response, "text/javascript", inPage),
    "GET module.js": (_, response) => send(response, "text/javascript", library),
  };
  for (const [name, path] of Object.entries(inputs))
    routes[`GET ${name}`] = (_, response) => pipeline(createReadStream(path), response);
  for (const name of outputs)
    routes[`POST ${name}`] = async (request, response) => {
      received[name] = await buffer(request);
      response.writeHead(204).end();
    };

  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const route = path.startsWith(base) ? routes[`${request.method} ${path.slice(base.length)}`] : undefined;
    if (!route) return void response.writeHead(404).end();
    // A file that cannot be read to its end breaks the connection: the page must not take a part for the whole.
    Promise.resolve(route(request, response)).catch(() => response.destroy());
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(undefined));
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    address: `http://127.0.0.1:${port}${base}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * @param {ServerResponse} response
 * @param {string} type
 * @param {string} text
 */
function send(response, type, text) {
  response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(text);
}
