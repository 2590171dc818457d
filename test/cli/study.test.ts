import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runStudy } from "./command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "study-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TINY = ["threshold", "--sizes", "3/1", "--embeddings", "gaussian", "--contexts", "5", "--problems", "20"];

it("writes its report, goes on after a kill to the same bytes, and refuses other choices", async () => {
  const first = await runStudy(folder, [...TINY, "--out", "out"]);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toContain("problems, ");
  expect(readdirSync(join(folder, "out")).sort()).toEqual([
    ...["result.json", "threshold-fifty.csv", "threshold.csv", "threshold.npz", "threshold.svg"],
    ...["threshold.units.jsonl", "verdict.txt"],
  ]);
  const read = (name: string): Buffer => readFileSync(join(folder, "out", name));
  const [csv, units] = [read("threshold.csv"), read("threshold.units.jsonl")];
  expect(csv.toString()).toMatch(/^V,support,m,d,problems,separable,inseparable,undecided,theta,/);

  truncateSync(join(folder, "out", "threshold.units.jsonl"), units.length - 9);
  expect(await runStudy(folder, [...TINY, "--out", "out"])).toMatchObject({ code: 0, stderr: "" });
  expect(read("threshold.csv").equals(csv)).toBe(true);
  expect(read("threshold.units.jsonl").equals(units)).toBe(true);

  const other = await runStudy(folder, [...TINY, "--out", "out", "--seed", "2"]);
  expect(other).toMatchObject({ code: 2, stdout: "" });
  expect(other.stderr).toMatch(/^out\/threshold\.units\.jsonl: expected results of .*; another --out keeps both\n$/);
});
