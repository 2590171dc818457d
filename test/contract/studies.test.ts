import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mergeUnits, UnitFile, type UnitHead, type UnitResults } from "../../src/cli/unit-file.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { runStudy, studyReport } from "../../src/questions/run-study.ts";
import { STUDIES } from "../../src/questions/studies.ts";
import { chosen, unitsOf } from "../../src/questions/study.ts";
import { fiftyPoint } from "../../src/questions/threshold/fifty.ts";
import { theta } from "../../src/questions/threshold/theta.ts";
import { csvText } from "../../src/results/csv.ts";
import { RandomStream } from "../../src/support/random.ts";

const study = STUDIES.threshold!;
const SMALL = { sizes: ["3/1", "4/2"], contexts: 6, problems: 20, below: 1, above: 0 };
const HEAD: UnitHead = { study: "threshold", version: "1", choices: chosen(study, SMALL) };
const COUNT = unitsOf(study, HEAD.choices).length;
/** Which the study does without. */
const NO_GPU = undefined as unknown as Gpu;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "studies-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Does what a file lacks of some units, at most so many. */
async function fill(file: UnitFile, units?: readonly number[], most = Infinity): Promise<void> {
  const done = [...file.results.keys()];
  for await (const { unit, result } of runStudy(NO_GPU, study, SMALL, { ...(units && { units }), done })) {
    if (most-- <= 0) return;
    file.add(unit.number, result);
  }
}

const csvOf = (results: UnitResults): string =>
  Object.values(studyReport(study, SMALL, results).csv)
    .map(csvText)
    .join("\n");

async function wholeCsv(): Promise<string> {
  const file = new UnitFile(join(folder, "whole"), HEAD);
  await fill(file);
  file.close();
  expect(file.results.size).toBe(COUNT);
  return csvOf(file.results);
}

it("has the same units every time, each with a seed of its own", () => {
  const units = unitsOf(study, HEAD.choices);
  expect(unitsOf(study, HEAD.choices)).toEqual(units);
  expect(new Set(units.map(({ seed }) => seed)).size).toBe(units.length);
  expect(unitsOf(study, { ...HEAD.choices, seed: 2 })[0]!.seed).not.toBe(units[0]!.seed);
  expect(JSON.parse(JSON.stringify(units))).toEqual(units);
});

it("goes on from a file that was cut off within a line, and from four shards, to the same bytes", async () => {
  const expected = await wholeCsv();
  expect(expected.split("\r\n").length).toBeGreaterThan(12);

  const path = join(folder, "cut");
  const before = new UnitFile(path, HEAD);
  await fill(before, undefined, 5);
  before.close();
  truncateSync(path, readFileSync(path).length - 9);
  const after = new UnitFile(path, HEAD);
  expect(after.results.size).toBe(4);
  await fill(after);
  after.close();
  expect(csvOf(after.results)).toBe(expected);
  expect(readFileSync(path).equals(readFileSync(join(folder, "whole")))).toBe(true);

  for (const shard of [3, 1, 4, 2]) {
    const file = new UnitFile(join(folder, `threshold.${shard}-of-4.units.jsonl`), HEAD);
    await fill(
      file,
      Array.from({ length: COUNT }, (_, u) => u).filter((u) => u % 4 === shard - 1),
    );
    file.close();
  }
  expect(csvOf(mergeUnits([folder], "threshold").results)).toBe(expected);
});

describe("a file of units", () => {
  const path = (): string => join(folder, "threshold.units.jsonl");
  const write = (name: string, ...lines: object[]): void =>
    writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));

  it("of other choices is refused", () => {
    new UnitFile(path(), HEAD).close();
    const other = { ...HEAD, choices: chosen(study, { ...SMALL, seed: 2 }) };
    expect(() => new UnitFile(path(), other)).toThrow(/threshold\.units\.jsonl: expected results of .*"seed":2.*found/);
    expect(() => new UnitFile(path(), { ...HEAD, version: "2" })).toThrow("found those of threshold 1");
  });

  it("with a damaged line is refused by its number", () => {
    writeFileSync(path(), `${JSON.stringify(HEAD)}\n{"unit":0}\n`);
    expect(() => new UnitFile(path(), HEAD)).toThrow("line 2: expected a unit's result");
  });

  it("that says something else of a unit than another, and a folder without one, are refused by name", () => {
    expect(() => mergeUnits([folder], "threshold")).toThrow(`${folder}: expected threshold.units.jsonl`);
    write("threshold.1-of-2.units.jsonl", HEAD, { unit: 0, result: 1 });
    write("threshold.2-of-2.units.jsonl", HEAD, { unit: 0, result: 2 });
    expect(() => mergeUnits([folder], "threshold")).toThrow("2-of-2.units.jsonl: expected one result of unit 0");
    write("threshold.2-of-2.units.jsonl", { ...HEAD, version: "2" }, { unit: 1, result: 2 });
    expect(() => mergeUnits([folder], "threshold")).toThrow(/2-of-2.*as in .*1-of-2/);
  });
});

it("refuses choices and units that there are not", () => {
  expect(() => chosen(study, { sizes: ["10-6"] })).toThrow("sizes: expected two whole numbers");
  expect(() => chosen(study, { size: ["10/6"] })).toThrow("nearest is sizes");
  expect(() => chosen(study, { embeddings: ["uniform"] })).toThrow("embeddings: expected");
  expect(() => chosen(study, { contexts: 1 })).toThrow("contexts: expected a whole number");
  expect(() => runStudy(NO_GPU, study, { sizes: ["3/3"] })).toThrow("sizes: expected fewer next words than words");
  expect(() => runStudy(NO_GPU, study, SMALL, { units: [COUNT] })).toThrow("units: expected numbers below");
  expect(() => studyReport(study, SMALL, new Map())).toThrow("results: expected one of every unit");
});

it("ends when it is aborted, and gives no part of a unit", async () => {
  const controller = new AbortController();
  const found: number[] = [];
  for await (const { unit } of runStudy(NO_GPU, study, SMALL, { signal: controller.signal })) {
    found.push(unit.number);
    controller.abort();
  }
  expect(found).toEqual([0]);
});

describe("θ", () => {
  // to the digits that are known
  it.each([
    [10, 1, 0.2213, 4],
    [10, 2, 0.3717, 4],
    [10, 6, 0.751, 3],
    [5, 2, 0.554, 3],
    [3, 1, 5 / 12, 5],
  ])("of (%d, %d) is %d", (words, support, expected, digits) => {
    expect(Math.abs(theta(words, support) - expected)).toBeLessThan(0.5 * 10 ** -digits);
  });

  it("is the mean over projections of Gaussians", () => {
    const [words, support, draws] = [7, 3, 20_000];
    const stream = new RandomStream(1);
    let [sum, squares] = [0, 0];
    for (let i = 0; i < draws; i++) {
      const g = Array.from({ length: words }, () => stream.normal());
      const off = g.slice(support).sort((a, b) => b - a);
      let [total, count] = [g.slice(0, support).reduce((a, b) => a + b, 0), 0];
      while (count < off.length && off[count]! > total / (support + count)) total += off[count++]!;
      sum += count;
      squares += count ** 2;
    }
    const mean = sum / draws;
    const error = Math.sqrt((squares / draws - mean ** 2) / draws) / (words - 1);
    expect(Math.abs(theta(words, support) - (support - 1 + mean) / (words - 1))).toBeLessThan(4 * error);
  });
});

describe("the 50 % point", () => {
  const counts = (yes: readonly number[], problems = 100) =>
    yes.map((y, i) => ({ dim: 5 + i, problems, yes: y, no: problems - y }));

  it("lies between shares that differ from one half beyond chance", () => {
    // P(X ≥ 65) = 0.0018 and P(X ≥ 70) = 4e-5 of 100 even trials, against a level of 0.025 / 4 = 0.00625
    expect(fiftyPoint(counts([30, 45, 55, 70]))).toEqual({ dim: 6.5, low: 5, high: 8 });
    expect(fiftyPoint(counts([30, 35, 65, 70]))).toEqual({ dim: 6.5, low: 6, high: 7 });
  });

  it("is not bracketed where shares do not reach so far", () => {
    expect(fiftyPoint(counts([60, 70, 80, 90]))).toEqual({ dim: undefined, low: -Infinity, high: 6 });
  });

  it("has an interval that undecided problems make wider", () => {
    const some = counts([30, 35, 65, 70]).map((c) => ({ ...c, yes: Math.min(c.yes, 60) }));
    expect(fiftyPoint(some).high).toBe(Infinity);
  });
});
