import type { Page } from "puppeteer-core";
import type { RunRecord } from "../../src/index.ts";
import { Lab } from "../support/lab.ts";

/** The step that a sentence of the page names. */
export const stepIn = (text: string): number => Number(/step ([\d,]+)/.exec(text)![1]!.replaceAll(",", ""));

/** The laboratory page in a browser, with what a reader can see and do. */
export class Laboratory {
  readonly lab: Lab;
  readonly page: Page;
  /** Errors on the console and uncaught ones; none is ever right. */
  readonly errors: string[] = [];
  readonly #url: string;

  private constructor(lab: Lab, page: Page) {
    this.lab = lab;
    this.page = page;
    this.#url = `${lab.url}demo/index.html`;
  }

  /** A page whose time limits never run out, however busy the machine is. */
  static async open({ gpu = true } = {}): Promise<Laboratory> {
    return Laboratory.in(await (gpu ? Lab.openApart() : Lab.start({ gpu })));
  }

  /** The same in a page that is open. */
  static async in(lab: Lab): Promise<Laboratory> {
    // what is not in front is not drawn
    await lab.page.bringToFront();
    const laboratory = new Laboratory(lab, lab.page);
    const { page, errors } = laboratory;
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      // The development server's own script looks for a socket that the tests' server does not have.
      if (message.type() === "error" && !message.location().url?.includes("/@vite/client"))
        errors.push(`${message.text()} (${message.location().url})`);
    });
    await page.evaluateOnNewDocument(() => {
      AbortSignal.timeout = () => new AbortController().signal;
      const kept = globalThis as unknown as { downloaded?: Blob; device?: GPUDevice };
      const createUrl = URL.createObjectURL.bind(URL);
      URL.createObjectURL = (blob: Blob) => createUrl((kept.downloaded = blob));
      if (!("GPUAdapter" in globalThis)) return;
      // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...options) {
        return (kept.device = await request.apply(this, options));
      };
    });
    return laboratory;
  }

  /** Opens the page anew, by a link to a state: 10,000 steps of the paper's synthetic setting, or so many. */
  async load(steps?: number): Promise<void> {
    await this.open(`preset=paper1-synthetic${steps === undefined ? "" : `&steps=${steps}`}`);
  }

  /** Opens the page anew by a link, and waits until it is at work. */
  async open(link: string): Promise<void> {
    // another part after # alone would not load it
    await this.page.goto("about:blank");
    await this.page.goto(`${this.#url}#${link}`);
    await this.page.waitForSelector("html:not([data-run=starting])");
  }

  /** From the next page on, what is copied is kept, for {@link copied}. */
  async keepCopies(): Promise<void> {
    await this.page.evaluateOnNewDocument(() => {
      const kept = globalThis as unknown as { copied?: string };
      Object.defineProperty(navigator, "clipboard", {
        value: { writeText: (text: string) => Promise.resolve(void (kept.copied = text)) },
      });
    });
  }

  /** What was copied last. */
  copied(): Promise<string> {
    return this.page.evaluate(() => (globalThis as unknown as { copied: string }).copied);
  }

  async text(id: string): Promise<string> {
    return this.page.$eval(`#${id}`, (element) => (element as HTMLElement).textContent.trim());
  }

  async click(id: string): Promise<void> {
    await this.page.$eval(`#${id}`, (element) => (element as HTMLElement).click());
  }

  /** Puts a value into a field, or chooses one, as a reader does who then leaves it. */
  async fill(id: string, value: string): Promise<void> {
    await this.page.$eval(
      `#${id}`,
      (element, given) => {
        (element as HTMLInputElement).value = given;
        element.dispatchEvent(new Event("change", { bubbles: true }));
      },
      value,
    );
  }

  /** Waits until the run is in one of these states. */
  async until(...states: readonly string[]): Promise<string> {
    const found = await this.page.waitForFunction(
      (wanted) => wanted.find((state) => document.documentElement.dataset.run === state),
      { polling: 25 },
      states,
    );
    return found.jsonValue() as Promise<string>;
  }

  /** Waits until the element's text fits. */
  async untilText(id: string, pattern: RegExp): Promise<string> {
    const found = await this.page.waitForFunction(
      (wanted, source) => {
        const text = document.getElementById(wanted)?.textContent.trim() ?? "";
        return new RegExp(source, "s").test(text) ? text : undefined;
      },
      { polling: 25 },
      id,
      pattern.source,
    );
    return found.jsonValue() as Promise<string>;
  }

  /** Waits until all that the GPU was given is done and drawn: of a run that was paused nothing is under way then. */
  async settled(): Promise<void> {
    await this.page.evaluate(async () => {
      const { device } = globalThis as unknown as { device: GPUDevice };
      for (let i = 0; i < 3; i++) {
        await device.queue.onSubmittedWorkDone();
        await new Promise((resolve) => setTimeout(resolve));
      }
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    });
  }

  /** Has the run that is under way end some steps from where it is, and gives the number of its last step. */
  async endSoon(): Promise<number> {
    await this.click("run-button");
    await this.until("paused");
    await this.settled();
    const steps = stepIn(await this.text("status")) + 3000;
    await this.fill("steps", String(steps));
    await this.click("run-button");
    await this.untilText("status", new RegExp(`^Done: ${steps.toLocaleString("en")} steps`));
    return steps;
  }

  /** Chooses a preset and waits until its run has ended. */
  async runPreset(key: string): Promise<RunRecord> {
    await this.click(`preset-${key}`);
    return this.finished(await this.page.$eval(`label[for=preset-${key}]`, (label) => (label as HTMLElement).title));
  }

  /** Turns the switch between fixed and trained embeddings, and waits until the run has ended. */
  async chooseModel(name: "fixed" | "trained"): Promise<void> {
    await this.click(`model-${name}`);
    await this.page.waitForSelector(name === "fixed" ? "#norm-chart" : "#norms-chart");
    await this.until("done");
  }

  /** Waits until the run of the problem of this name is done, and gives its record. */
  async finished(name: string): Promise<RunRecord> {
    await this.page.waitForFunction(
      (wanted) =>
        document.documentElement.dataset.run === "done" &&
        document.getElementById("running-problem")?.textContent === wanted,
      { polling: 25 },
      name,
    );
    return this.record();
  }

  async record(): Promise<RunRecord> {
    return JSON.parse(await this.download("download-json")) as RunRecord;
  }

  /** The content of the file that a button hands out. */
  async download(id: string): Promise<string> {
    return new TextDecoder().decode(await this.downloadBytes(id));
  }

  async downloadBytes(id: string): Promise<Uint8Array> {
    await this.click(id);
    return this.downloaded();
  }

  /** The content of the file that was handed out last. */
  async downloaded(): Promise<Uint8Array> {
    const bits = await this.page.evaluate(async () => {
      const { downloaded } = globalThis as unknown as { downloaded: Blob };
      const bytes = new Uint8Array(await downloaded.arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    });
    return new Uint8Array(Buffer.from(bits, "base64"));
  }

  /** Drops a file on the page. */
  async drop(name: string, content: Uint8Array | string): Promise<void> {
    await this.dropTogether([name, content]);
  }

  /** Drops several files at once. */
  async dropTogether(...files: readonly (readonly [name: string, content: Uint8Array | string])[]): Promise<void> {
    await this.page.evaluate(
      (named) => {
        const dataTransfer = new DataTransfer();
        for (const [name, base64] of named) {
          const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
          dataTransfer.items.add(new File([bytes], name));
        }
        for (const type of ["dragenter", "dragover", "drop"])
          document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
      },
      files.map(([name, content]) => [name, Buffer.from(content).toString("base64")] as const),
    );
  }

  /** The lines of the report by name. */
  async report(): Promise<Map<string, string>> {
    const lines = (await this.text("report")).split("\n");
    return new Map(lines.map((line) => /^(\S+(?: \S+)*) {2,}(.*)$/.exec(line)!.slice(1) as [string, string]));
  }

  async close(): Promise<void> {
    await this.lab.close();
  }
}
