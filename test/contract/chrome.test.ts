import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChromeError, chromeFlags, findChrome, launchChrome, NO_CHROME_MESSAGE } from "../../src/cli/chrome.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chrome-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function executable(...path: string[]): string {
  return script(join(...path), "");
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function script(path: string, commands: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${commands}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** An environment in which only what a test adds can be found. */
function environment(more: Record<string, string> = {}): Record<string, string> {
  return { HOME: join(folder, "home"), PATH: join(folder, "path"), ...more };
}

describe("the search for a browser", () => {
  it("takes PUPPETEER_EXECUTABLE_PATH before CHROME_PATH before an installed one before the cache", async () => {
    const puppeteers = executable("named", "a");
    const chromes = executable("named", "b");
    const installed = executable("path", "chromium");
    const cached = executable("cache", "chrome", "linux-148.0.7778.97", "chrome-linux64", "chrome");
    const PUPPETEER_CACHE_DIR = join(folder, "cache");
    const named = { PUPPETEER_EXECUTABLE_PATH: puppeteers, CHROME_PATH: chromes, PUPPETEER_CACHE_DIR };
    expect(await findChrome(environment(named), "linux")).toBe(puppeteers);
    expect(await findChrome(environment({ CHROME_PATH: chromes, PUPPETEER_CACHE_DIR }), "linux")).toBe(chromes);
    expect(await findChrome(environment({ PUPPETEER_CACHE_DIR }), "linux")).toBe(installed);
    rmSync(installed);
    expect(await findChrome(environment({ PUPPETEER_CACHE_DIR }), "linux")).toBe(cached);
  });

  it.each(["PUPPETEER_EXECUTABLE_PATH", "CHROME_PATH"])("refuses a %s that cannot be run", async (name) => {
    const missing = join(folder, "nothing");
    const message = (path: string) => `${name}: expected an executable file, found ${path}`;
    await expect(findChrome(environment({ [name]: missing }), "linux")).rejects.toThrow(message(missing));
    await expect(findChrome(environment({ [name]: folder }), "linux")).rejects.toThrow(message(folder));
    const plain = executable("plain");
    chmodSync(plain, 0o644);
    await expect(findChrome(environment({ [name]: plain }), "linux")).rejects.toThrow(message(plain));
  });

  it("takes an empty variable for one that is not set", async () => {
    const installed = executable("path", "google-chrome");
    expect(await findChrome(environment({ CHROME_PATH: "" }), "linux")).toBe(installed);
  });

  it("prefers Chrome to Chromium on the PATH, wherever each of them is", async () => {
    const PATH = [join(folder, "first"), join(folder, "second")].join(":");
    const chromium = executable("first", "chromium");
    expect(await findChrome(environment({ PATH }), "linux")).toBe(chromium);
    const chrome = executable("second", "google-chrome-stable");
    expect(await findChrome(environment({ PATH }), "linux")).toBe(chrome);
  });

  it("looks into the Applications folder on macOS", async () => {
    const chrome = executable("home", "Applications", "Google Chrome.app", "Contents", "MacOS", "Google Chrome");
    expect(await findChrome(environment(), "darwin")).toBe(chrome);
  });

  it("looks into the program folders on Windows", async () => {
    const chrome = executable("local", "Google", "Chrome", "Application", "chrome.exe");
    expect(await findChrome(environment({ LOCALAPPDATA: join(folder, "local") }), "win32")).toBe(chrome);
  });

  it("takes the newest Chrome of puppeteer's cache, by number and below HOME by default", async () => {
    const cache = join("home", ".cache", "puppeteer", "chrome");
    executable(cache, "linux-99.0.4844.51", "chrome-linux64", "chrome");
    const newest = executable(cache, "linux-148.0.7778.97", "chrome-linux64", "chrome");
    mkdirSync(join(folder, cache, "linux-149.0.0.0"), { recursive: true }); // a download that was broken off
    expect(await findChrome(environment(), "linux")).toBe(newest);
  });

  it("finds nothing where there is nothing", async () => {
    expect(await findChrome(environment(), "linux")).toBeUndefined();
    expect(await findChrome({ HOME: folder }, "linux")).toBeUndefined();
  });

  it("names three ways to get a browser", () => {
    expect(NO_CHROME_MESSAGE).toContain("CHROME_PATH");
    expect(NO_CHROME_MESSAGE).toContain("apt-get install chromium");
    expect(NO_CHROME_MESSAGE).toContain("npx puppeteer browsers install chrome");
  });
});

describe("a browser that does not start", () => {
  it("is said to have ended where it did", async () => {
    const executablePath = script("chrome", "exit 0");
    const message = `${executablePath}: expected a Chrome or Chromium that starts, found that it ended before it answered`;
    await expect(launchChrome({ executablePath })).rejects.toThrow(new ChromeError(message));
  });

  it("is ended where it never answers, and leaves neither a process nor a profile", async () => {
    const executablePath = script("chrome", `cd "${folder}"; echo $$ > pid; echo "$@" > arguments; sleep 1000`);
    const message = `${executablePath}: expected a Chrome or Chromium that starts, found no answer within 2 s`;
    await expect(launchChrome({ executablePath, startMs: 2000 })).rejects.toThrow(new ChromeError(message));
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    const [, profile] = /--user-data-dir=(\S+)/.exec(readFileSync(join(folder, "arguments"), "utf8"))!;
    expect(profile).toContain("profile");
    while (isRunning(pid) || existsSync(profile!)) await setTimeout(10);
  });
});

describe("Chrome's flags", () => {
  const desktop = { platform: "linux", isRoot: false, hasGpu: true } as const;

  it("always switch WebGPU on", () => {
    expect(chromeFlags(desktop)).toContain("--enable-unsafe-webgpu");
  });

  it("switch the sandbox off for root on Linux only", () => {
    expect(chromeFlags(desktop)).not.toContain("--no-sandbox");
    expect(chromeFlags({ ...desktop, isRoot: true })).toContain("--no-sandbox");
    expect(chromeFlags({ ...desktop, platform: "darwin", isRoot: true })).not.toContain("--no-sandbox");
  });

  it("name the software adapter only where there is no GPU", () => {
    expect(chromeFlags(desktop)).not.toContain("--use-webgpu-adapter=swiftshader");
    expect(chromeFlags({ ...desktop, hasGpu: false })).toContain("--use-webgpu-adapter=swiftshader");
  });
});
