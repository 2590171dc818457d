import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepMeasured, readMeasured, tuningFile } from "../../src/cli/tuning-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tuning-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["linux", { HOME: "/home/me" }, "/home/me/.cache"],
  ["linux", { HOME: "/home/me", XDG_CACHE_HOME: "/cache" }, "/cache"],
  ["darwin", { HOME: "/Users/me", XDG_CACHE_HOME: "/cache" }, "/Users/me/Library/Caches"],
  ["win32", { LOCALAPPDATA: "/Local" }, "/Local"],
] as const)("is in the user's cache folder on %s with %j", (platform, env, cache) => {
  expect(tuningFile(env, platform)).toBe(join(cache, "next-token-bias", "tuning.json"));
});

test("keeps what was measured beside what it holds, and leaves nothing else behind", () => {
  const path = join(folder, "made", "tuning.json");
  expect(readMeasured(path)).toEqual({});
  keepMeasured(path, { "next-token-bias|a": "1" });
  keepMeasured(path, { "next-token-bias|b": "2" });
  expect(readMeasured(path)).toEqual({ "next-token-bias|a": "1", "next-token-bias|b": "2" });
  expect(readdirSync(dirname(path))).toEqual(["tuning.json"]);
});

test.each(["", "nonsense", "null", "[1]", '"text"', '{"clear":"x","next-token-bias|a":3}'])(
  "a file that holds something else counts for nothing: %s",
  (text) => {
    const path = join(folder, "tuning.json");
    writeFileSync(path, text);
    expect(readMeasured(path)).toEqual({});
    keepMeasured(path, { "next-token-bias|a": "1" });
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ "next-token-bias|a": "1" });
  },
);

test("where it cannot be written, nothing is said and nothing left", () => {
  const path = join(folder, "tuning.json");
  mkdirSync(path);
  keepMeasured(path, { "next-token-bias|a": "1" });
  expect(readdirSync(folder)).toEqual(["tuning.json"]);
  keepMeasured(join("/dev/null", "tuning.json"), { "next-token-bias|a": "1" });
});
