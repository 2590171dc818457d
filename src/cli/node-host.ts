import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { JSHandle } from "puppeteer-core";
import { GpuUnavailableError } from "../errors.ts";
import { entryPoint } from "../gpu/entry-point.ts";
import { unlessLate } from "../support/abort.ts";
import type { PageOutcome } from "./in-page.ts";
import { GRACE_MS, serve, STOPPED, type Job, type JobOutcome, type PageHalf } from "./page-host.ts";

/** Runs in this process, on Dawn, what {@link runInPage} runs in a browser: the same modules with the same files. */
export async function runInNode(job: Omit<Job, "chrome" | "pages">): Promise<JobOutcome> {
  const files: Record<string, Uint8Array> = {};
  const folder = mkdtempSync(join(tmpdir(), "next-token-bias-"));
  const server = await serve(job, files);
  try {
    await provideBrowserParts(server.address, job);
    const half = await loadHalf(folder, job);
    const cancel = (): void => half.cancel();
    if (job.signal.aborted) cancel();
    job.signal.addEventListener("abort", cancel, { once: true });
    const outcome = await unlessLate(job.signal, GRACE_MS, () => job.call(handleOf(half), 0));
    return outcome ? { ...outcome, files } : STOPPED;
  } catch (error) {
    if (!(error instanceof GpuUnavailableError)) throw error;
    const { code, message, advice } = error;
    return { status: "failed", report: "", files: {}, error: { code, message, advice } };
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the modules find in a page: WebGPU, addresses that are relative to it, and the command's ear. */
async function provideBrowserParts(address: string, { onProgress, onPart }: Pick<Job, "onProgress" | "onPart">) {
  const gpu = await entryPoint();
  const scope = globalThis as { navigator?: object; fetch: typeof fetch };
  if (!scope.navigator) Object.defineProperty(scope, "navigator", { value: {}, configurable: true });
  Object.defineProperty(scope.navigator, "gpu", { value: gpu, configurable: true });
  const fetchWhole = scope.fetch;
  scope.fetch = (url, options) => fetchWhole(typeof url === "string" ? new URL(url, address) : url, options);
  Object.assign(scope, {
    showProgress: (...told: Parameters<typeof onProgress>) => Promise.resolve(onProgress(...told)),
    takePart: (part: unknown) => Promise.resolve(onPart?.(part)),
  });
}

async function loadHalf(folder: string, { modules }: Pick<Job, "modules">): Promise<PageHalf> {
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [path, text] of Object.entries(modules)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return (await import(/* @vite-ignore */ pathToFileURL(join(folder, "in-page.js")).href)) as PageHalf;
}

/** The module as a page's handle of it has it. */
const handleOf = (half: PageHalf): JSHandle<PageHalf> =>
  ({
    evaluate: (work: (half: PageHalf, ...given: unknown[]) => Promise<PageOutcome>, ...given: unknown[]) =>
      work(half, ...given),
  }) as unknown as JSHandle<PageHalf>;
