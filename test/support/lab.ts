import { fileURLToPath } from "node:url";
import type { Browser, Page } from "puppeteer-core";
import { createServer, type ViteDevServer } from "vite";
import { HANGING_MS, launchChrome } from "../../src/cli/chrome.mjs";
import { decode, encode } from "./bridge.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A headless Chrome with a page that can import any module of the project, straight from its sources. */
export class Lab {
  readonly browser: Browser;
  readonly page: Page;
  readonly url: string;
  readonly #server: ViteDevServer;

  private constructor(browser: Browser, page: Page, server: ViteDevServer, url: string) {
    this.browser = browser;
    this.page = page;
    this.#server = server;
    this.url = url;
  }

  /** @param options.headers of every answer of its server */
  static async open({
    headers = {},
    ...options
  }: { gpu?: boolean; headers?: Record<string, string> } = {}): Promise<Lab> {
    const server = await createServer({
      configFile: false,
      root: ROOT,
      logLevel: "error",
      appType: "mpa",
      server: { host: "127.0.0.1", port: 0, hmr: false, ws: false, watch: null, headers },
      optimizeDeps: { noDiscovery: true, include: [] },
    });
    await server.listen();
    const url = server.resolvedUrls!.local[0]!;
    const browser = await launchChrome(options);
    const page = await browser.newPage();
    // below the limit of a test, so that the error names what was waited for
    page.setDefaultTimeout(HANGING_MS);
    await page.goto(`${url}test/support/blank.html`);
    return new Lab(browser, page, server, url);
  }

  /** Calls an exported function of a module in the page. Errors come back as errors, with `code` where they have one. */
  async call<T>(module: string, name: string, ...args: unknown[]): Promise<T> {
    // a string, because the test runner rewrites import() inside of functions
    const answer = await this.page.evaluate(`(async () => {
      const { encode, decode } = await import("/test/support/bridge.ts");
      const module = await import(${JSON.stringify(module)});
      try {
        return encode({ value: await module[${JSON.stringify(name)}](...decode(${JSON.stringify(encode(args))})) });
      } catch (error) {
        return encode({ error: { message: String(error?.message ?? error), code: error?.code, name: error?.name, reason: error?.reason } });
      }
    })()`);
    const { value, error } = decode(answer as string) as { value: T; error?: { message: string } };
    if (error) throw Object.assign(new Error(error.message), error);
    return value;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.#server.close();
  }
}
