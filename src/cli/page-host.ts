import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Browser, JSHandle, Page } from "puppeteer-core";
import { unlessLate } from "../support/abort.ts";
import { ChromeError, HANGING_MS, killChrome, launchChrome } from "./chrome.mjs";
import type { PageOutcome } from "./in-page.ts";
import type { Progress } from "./progress-line.ts";
import { keepMeasured, readMeasured, tuningFile } from "./tuning-file.ts";

export type PageHalf = typeof import("./in-page.ts");

/** Texts of the modules that the page loads, by their paths: `in-page.js`, the library's `index.js`, and what that loads. */
export type PageModules = Readonly<Record<string, string>>;

export interface Job {
  /** The browser's executable. */
  readonly chrome: string;
  readonly modules: PageModules;
  /** What to run in each of the pages. */
  readonly call: (half: JSHandle<PageHalf>, page: number) => Promise<PageOutcome>;
  /** Pages that share the work, a process each; default one. */
  readonly pages?: number | undefined;
  /** Paths of the files that the page may fetch, by its name for them. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Names of the files that the page posts. */
  readonly outputs: readonly string[];
  readonly onProgress: (progress: Progress) => void;
  /** Takes what the page gives before it has ended; JSON, each kept before the page goes on. */
  readonly onPart?: (part: unknown) => void;
  /** Stops the run; what it has by then is its outcome. */
  readonly signal: AbortSignal;
}

export interface JobOutcome extends PageOutcome {
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** How long work that is stopped is given to say what it has. */
export const GRACE_MS = 700;
export const STOPPED: JobOutcome = { status: "cancelled", report: "", files: {} };

/** Runs the library in pages of its own browser, and closes browser and server however that ends. */
export async function runInPage(job: Job): Promise<JobOutcome> {
  const { signal } = job;
  const files: Record<string, Uint8Array> = {};
  const server = await serve(job, files);
  try {
    const browser = await launchChrome({ executablePath: job.chrome, handleSignals: false, signal });
    try {
      const outcome = await unlessLate(signal, GRACE_MS, () => openAndRun(browser, server.address, job));
      return outcome ? { ...outcome, files } : STOPPED;
    } finally {
      await (signal.aborted ? killChrome(browser) : browser.close());
    }
  } catch (error) {
    // whatever has come of a start that was to end
    if (signal.aborted && error instanceof ChromeError) return STOPPED;
    throw error;
  } finally {
    server.close();
  }
}

async function openAndRun(browser: Browser, address: string, job: Job): Promise<PageOutcome> {
  const { pages = 1 } = job;
  const fractions = new Array<number>(pages).fill(0);
  const outcomes = await Promise.all(
    fractions.map(async (_, i) => {
      const page = await browser.newPage();
      const onProgress = (progress: Progress): void => {
        fractions[i] = progress.fraction;
        job.onProgress({ ...progress, fraction: fractions.reduce((sum, f) => sum + f, 0) / pages });
      };
      const call = (half: JSHandle<PageHalf>): Promise<PageOutcome> => job.call(half, i);
      return await Promise.race([run(page, address, { ...job, call, onProgress }), whenBroken(browser, page)]);
    }),
  );
  return outcomes.find(({ status }) => status !== "done") ?? outcomes[0]!;
}

async function run(
  page: Page,
  address: string,
  {
    call,
    onProgress,
    onPart,
    signal,
  }: Omit<Job, "call"> & { readonly call: (half: JSHandle<PageHalf>) => Promise<PageOutcome> },
): Promise<PageOutcome> {
  await page.exposeFunction("showProgress", onProgress);
  if (onPart) await page.exposeFunction("takePart", onPart);
  await page.goto(address, { timeout: HANGING_MS });
  const half = (await page.evaluateHandle(
    `import(${JSON.stringify(`${address}in-page.js`)})`,
  )) as unknown as JSHandle<PageHalf>;
  // Stopped before there was anything to stop: the page is told so all the same, and the library decides.
  const cancel = (): void => void half.evaluate((script) => script.cancel()).catch(() => {});
  if (signal.aborted) cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const path = tuningFile();
  await page.evaluate((measured) => {
    try {
      Object.assign(localStorage, measured);
    } catch {
      // more than a page may keep
    }
  }, readMeasured(path));
  const outcome = await call(half);
  keepMeasured(path, await page.evaluate(() => ({ ...localStorage })));
  return outcome;
}

/** Rejects when the page can no longer answer; otherwise never settles. */
function whenBroken(browser: Browser, page: Page): Promise<never> {
  return new Promise((_, reject) => {
    page.once("error", (error) => reject(new Error(`the browser's page crashed: ${error.message}`)));
    browser.once("disconnected", () => reject(new Error("the browser ended by itself")));
  });
}

/**
 * Serves the page on this machine only, below a name that no other program can guess.
 * @param received where posted files go
 */
export async function serve(
  { modules, inputs, outputs }: Pick<Job, "modules" | "inputs" | "outputs">,
  received: Record<string, Uint8Array>,
): Promise<{ address: string; close: () => void }> {
  const base = `/${randomUUID()}/`;
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    "GET ": (_, response) =>
      send(response, "text/html", '<!doctype html><meta charset="utf-8"><title>next-token-bias</title>'),
  };
  for (const [name, text] of Object.entries(modules))
    routes[`GET ${name}`] = (_, response) => send(response, "text/javascript", text);
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
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}${base}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function send(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(text);
}
