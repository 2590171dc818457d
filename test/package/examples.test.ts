import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HANGING_MS, launchChrome } from "../../src/cli/chrome.mjs";
import { installPackage, ROOT, type Consumer } from "./consumer.ts";
import { PROMISED, softwareVulkan } from "./dawn.ts";
import { closeServers, expectRun, serve } from "./element-page.ts";

let consumer: Consumer;
beforeAll(() => {
  consumer = installPackage();
  cpSync(join(ROOT, "examples"), consumer.root, { recursive: true });
});
afterAll(() => {
  closeServers();
  consumer?.remove();
});

/** What a program prints in lines of a name and a value, where `env` says which Vulkan there is. */
function printed(program: string, env: Record<string, string>): (name: string) => string {
  const options = { cwd: consumer.root, encoding: "utf8", env: { ...process.env, ...env } } as const;
  const text = execFileSync(process.execPath, [program], { ...options, stdio: ["ignore", "pipe", "inherit"] });
  const values = new Map([...text.matchAll(/^(.+?): (.*)$/gm)].map(([, name, value]) => [name, value]));
  return (name) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`${program}: expected a line "${name}: …", found ${text}`);
    return value;
  };
}

/** No Vulkan at all. */
const NO_GPU = { VK_ICD_FILENAMES: "/none", VK_DRIVER_FILES: "/none" };

test("all examples are run here", () => {
  const helpers = ["README.md", "counts.mjs", "own-data.csv"];
  const found = readdirSync(join(ROOT, "examples")).filter((name) => !helpers.includes(name));
  expect(found.sort()).toEqual(["float64.mjs", "node.mjs", "own-data.mjs", "page.html"]);
});

test("counts in Node, on Dawn and in float64 without it: certified limits, and one loss gap", async () => {
  const inFloat64 = printed("float64.mjs", NO_GPU);
  consumer.lend("webgpu");
  const onDawn = printed("node.mjs", await softwareVulkan());
  for (const value of [inFloat64, onDawn]) {
    expect(value("W*")).toBe("compatible");
    expect(value("W_mm")).toBe("optimal-certified");
  }
  const [found, expected] = [Number(onDawn("loss gap")), Number(inFloat64("loss gap"))];
  expect(expected).toBeGreaterThan(0);
  expect(Math.abs(found / expected - 1)).toBeLessThan(PROMISED);
  // it separates, and no decoder does so by more
  const [margin, largest] = [Number(onDawn("margin of W/‖W‖")), Number(onDawn("largest margin"))];
  expect(margin).toBeGreaterThan(0);
  expect(margin).toBeLessThan(largest);
  expect(inFloat64("compatible")).toMatch(/^yes: /);
  expect(inFloat64("separable")).toMatch(/^yes: /);
  // within a tenth from the step on that it names, which this run is beyond
  expect(inFloat64("law of CE − H")).not.toContain("not yet");
  const [, ratio] = /ratio ([\d.]+)/.exec(inFloat64("law of CE − H"))!;
  expect(Math.abs(Number(ratio) - 1)).toBeLessThan(0.1);
});

test("a table of somebody's own", async () => {
  consumer.lend("webgpu");
  const value = printed("own-data.mjs", await softwareVulkan());
  // of the rows of own-data.csv, 4, 3 and 4 counts out of 11
  const term = (...counts: number[]): number => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.reduce((sum, count) => sum - (count / 11) * Math.log(count / total), 0);
  };
  expect(Number(value("H"))).toBeCloseTo(term(3, 1) + term(2, 1) + term(3, 1), 14);
  expect(value("run")).toBe("done");
  // three contexts in 16 dimensions are independent, from which both conditions follow
  expect(value("compatible")).toMatch(/^yes: /);
  expect(value("separable")).toMatch(/^yes: /);
});

test("a plain page with an import map", async () => {
  const html = readFileSync(join(consumer.root, "page.html"), "utf8");
  const browser = await launchChrome({ startMs: HANGING_MS });
  try {
    const page = await browser.newPage();
    const failed = new Promise<never>((_, reject) => {
      page.on("pageerror", reject);
      page.on("response", (response) => {
        if (!response.ok() && !response.url().endsWith("/favicon.ico"))
          reject(new Error(`${response.url()}: ${response.status()}`));
      });
    });
    await page.goto(`${await serve(consumer.root)}page.html`);
    await Promise.race([expectRun(page, Number(/steps="(\d+)"/.exec(html)?.[1])), failed]);
  } finally {
    await browser.close();
  }
});
