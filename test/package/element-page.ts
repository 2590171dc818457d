import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Frame, Page } from "puppeteer-core";
import { expect } from "vitest";
import type {} from "../../demo/element/index.ts";
import { HANGING_MS } from "../../src/cli/chrome.mjs";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript" };

const servers: Server[] = [];

/** Serves a folder at an origin of its own. */
export async function serve(folder: string): Promise<string> {
  const server = createServer(({ url = "/" }, response) => {
    const path = new URL(url, "http://localhost").pathname;
    try {
      const body = readFileSync(join(folder, path));
      response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(path === "/favicon.ico" ? 204 : 404).end();
    }
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return `http://localhost:${(server.address() as AddressInfo).port}/`;
}

/** Waits until the element has run to its end, and looks at what it has drawn. */
export async function expectRun(where: Page | Frame, steps: number): Promise<void> {
  const found = await where.waitForFunction(
    () => {
      const lab = document.querySelector("next-token-lab");
      return lab?.record?.status === "done" && lab.record;
    },
    { polling: 50, timeout: HANGING_MS },
  );
  const record = await found.jsonValue();
  if (!record) throw new Error("expected a record");
  expect(record.steps).toBe(steps);
  // what was trained is better than chance, and no better than the data
  const [first, last] = [record.trace[0]!, record.trace.at(-1)!];
  expect(last.lossGap).toBeLessThan(first.lossGap);
  expect(last.lossGap).toBeGreaterThan(0);
  const isDrawn = (): boolean =>
    [...document.querySelector("next-token-lab")!.shadowRoot!.querySelectorAll("canvas")].some((canvas) => {
      if (canvas.width === 0 || canvas.height === 0) return false;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((byte) => byte !== 0);
    });
  await where.waitForFunction(isDrawn, { polling: 50, timeout: HANGING_MS });
}

export function closeServers(): void {
  for (const server of servers.splice(0)) server.close();
}
