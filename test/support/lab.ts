import { fileURLToPath } from "node:url";
import { connect, type Browser, type Page } from "puppeteer-core";
import type { ViteDevServer } from "vite";
import { HANGING_MS, launchChrome } from "../../src/cli/chrome.mjs";
import { decode, encode } from "./bridge.ts";
import type { LabError } from "./lab-page.ts";
import { sharedLab } from "./shared-lab.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface LabOptions {
  /** False starts Chrome without WebGPU. */
  readonly gpu?: boolean;
  /** Further flags of Chrome. */
  readonly flags?: readonly string[];
  /** True leaves the page the adapters of WebGPU's level compatibility alone, as where a machine has no others. */
  readonly isCompatibility?: boolean;
  /** Of every answer of its server. */
  readonly headers?: Record<string, string>;
}

/** Pages are opened many times in a Chrome with a profile of its own: it fetches a module once. */
const KEPT = { "Cache-Control": "max-age=3600" };

/** The lab in this worker's Chrome whose page all of its files share: modules are loaded and kernels compiled once. */
let joined: Promise<Lab> | undefined;

/** A headless Chrome with a page that can import any module of the project, straight from its sources. */
export class Lab {
  readonly browser: Browser;
  readonly page: Page;
  readonly url: string;
  readonly #close: () => Promise<void>;

  private constructor(browser: Browser, page: Page, url: string, close: () => Promise<void>) {
    this.browser = browser;
    this.page = page;
    this.url = url;
    this.#close = close;
  }

  /** The page that this worker's files share. */
  static open(): Promise<Lab> {
    return (joined ??= Lab.#join(() => Promise.resolve()));
  }

  /** A page of its own in this worker's Chrome. */
  static openApart(): Promise<Lab> {
    return Lab.#join((page) => page.close());
  }

  /** A page of a server and a Chrome of its own. */
  static async start({ gpu, flags = [], isCompatibility = false, headers }: LabOptions = {}): Promise<Lab> {
    const server = await serveSources(headers);
    const browser = await launchChrome({ startMs: HANGING_MS, extraArgs: flags, ...(gpu !== undefined && { gpu }) });
    const url = urlOf(server);
    const page = await openPage(browser, url, isCompatibility ? [refuseCore] : []);
    return new Lab(browser, page, url, async () => {
      await browser.close();
      await server.close();
    });
  }

  static async #join(close: (page: Page) => Promise<void>): Promise<Lab> {
    const { url, endpoint } = sharedLab();
    const browser = await connect({ browserWSEndpoint: endpoint, protocolTimeout: 0 });
    const page = await openPage(browser, url);
    return new Lab(browser, page, url, () => close(page));
  }

  /** Another page of the same Chrome; the browser is closed with the first one. */
  async another(): Promise<Lab> {
    const page = await openPage(this.browser, this.url);
    return new Lab(this.browser, page, this.url, () => page.close());
  }

  /** Calls an exported function of a module in the page. Errors come back as errors, with `code` where they have one. */
  async call<T>(module: string, name: string, ...args: unknown[]): Promise<T> {
    const answer = await this.page.evaluate(
      (path, exported, given) => globalThis.callModule(path, exported, given),
      module,
      name,
      encode(args),
    );
    const { value, error } = decode(answer) as { value: T; error?: LabError };
    if (error) throw Object.assign(new Error(error.message), error);
    return value;
  }

  /** How wide the document is in a window of this width: what is drawn takes it with the next frames. */
  async widthIn(width: number): Promise<number> {
    await this.page.setViewport({ width, height: 800 });
    return this.page.evaluate(async () => {
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
      return document.documentElement.scrollWidth;
    });
  }

  /** Closes what was started for it; a shared page stays for the files to come. */
  close(): Promise<void> {
    return this.#close();
  }
}

/** A server of the project's sources as modules that a browser can import. */
export async function serveSources(headers: Record<string, string> = {}): Promise<ViteDevServer> {
  // not at the top: it takes long to load, and most files open a page of the run's own server
  const { createServer } = await import("vite");
  const server = await createServer({
    configFile: false,
    root: ROOT,
    logLevel: "error",
    appType: "mpa",
    server: { host: "127.0.0.1", port: 0, hmr: false, ws: false, watch: null, headers: { ...KEPT, ...headers } },
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  return await server.listen();
}

export const urlOf = (server: ViteDevServer): string => server.resolvedUrls!.local[0]!;

/** Runs in the page, before its own scripts. */
function refuseCore(): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
  const request = GPU.prototype.requestAdapter;
  GPU.prototype.requestAdapter = function (options) {
    return options?.featureLevel === "compatibility" ? request.call(this, options) : Promise.resolve(null);
  };
}

async function openPage(
  browser: Pick<Browser, "newPage">,
  url: string,
  preparations: readonly (() => void)[] = [],
): Promise<Page> {
  const page = await browser.newPage();
  for (const prepare of preparations) await page.evaluateOnNewDocument(prepare);
  // below the limit of a test, so that the error names what was waited for
  page.setDefaultTimeout(HANGING_MS);
  await page.goto(`${url}test/support/lab.html`);
  return page;
}
