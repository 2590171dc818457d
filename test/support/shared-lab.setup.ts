import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "puppeteer-core";
import type { TestProject } from "vitest/node";
import { HANGING_MS, launchChrome } from "../../src/cli/chrome.mjs";
import { serveSources, urlOf } from "./lab.ts";
import { share } from "./shared-lab.ts";

/** A port for the workers beside the pipe, whose end is Chrome's: it does not outlive this process. */
const DEBUGGING = ["--remote-debugging-pipe", "--remote-debugging-port=0"];

/**
 * One server for the run, and one Chrome for each of its workers: the pages of one Chrome share its GPU process, and would wait for
 * each other.
 * @returns what closes them
 */
export default async function setup({ config }: TestProject): Promise<() => Promise<void>> {
  const server = await serveSources();
  const workers = Array.from({ length: config.maxWorkers });
  const browsers = await Promise.all(workers.map(() => launchChrome({ extraArgs: DEBUGGING, startMs: HANGING_MS })));
  share({ url: urlOf(server), endpoints: browsers.map(endpointOf) });
  return async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await server.close();
  };
}

/** The address of the debugging socket, which Chrome leaves in its profile. */
function endpointOf(browser: Browser): string {
  const flag = "--user-data-dir=";
  const profile = browser
    .process()!
    .spawnargs.find((argument) => argument.startsWith(flag))!
    .slice(flag.length);
  const [port, path] = readFileSync(join(profile, "DevToolsActivePort"), "utf8").split("\n");
  return `ws://127.0.0.1:${port}${path}`;
}
