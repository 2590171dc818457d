import { describe, expect, test } from "vitest";
import { emergedAt } from "../../src/figures/modes.ts";
import { EMERGENCE } from "../../src/questions/emergence/emergence.ts";
import type { EmergenceResult } from "../../src/questions/emergence/work.ts";
import { studyReport } from "../../src/questions/run-study.ts";
import { chosen, unitsOf, type Study, type StudyReport } from "../../src/questions/study.ts";

const study = EMERGENCE as unknown as Study;
const CHOICES = { sizes: ["10/8/2"], probabilities: ["uniform", "zipf"], problems: 2, steps: 1000 };

/** A report on four modes of each problem, of which the last is not awaited. */
function report(change: Partial<EmergenceResult> = {}, ofUnit = 0): StudyReport {
  const usual: EmergenceResult = {
    ...{ status: "done", stepSize: 0.3, values: [8, 4, 2, 1] },
    expected: [100, 200, 400, 801],
    found: [102, 210, 200, null],
  };
  const results = unitsOf(study, chosen(study, CHOICES)).map(
    ({ number }) => [number, number === ofUnit ? { ...usual, ...change } : usual] as const,
  );
  return studyReport(study, CHOICES, new Map(results));
}

describe("the verdict", () => {
  const lineOf = (change: Partial<EmergenceResult>): string => report(change).verdict.split("\n")[0]!;

  test("counts awaited modes, and pairs in the order of s_i", () => {
    expect(report().verdict.split("\n")).toEqual(
      ["uniform", "zipf"].map(
        (law) =>
          `${law} probabilities, 2 problems: 6 of 6 modes that are expected within 80 % of the steps emerged, after 0.5 to 1.05 times the expected steps, 1.02 in the middle; the first mode of each problem after 1.02 to 1.02. The order agrees with that of s_i in 4 of 6 pairs (Kendall’s τ 0.3333).`,
      ),
    );
  });

  test("counts a mode that did not emerge as later than those that did", () => {
    const line = lineOf({ found: [null, 210, 200, null] });
    expect(line).toContain(": 5 of 6 modes");
    expect(line).toContain("the first mode of each problem after 1.02 to 1.02");
    expect(line).toContain("in 2 of 6 pairs (Kendall’s τ -0.3333)");
  });

  test("leaves out pairs whose singular values float32 does not tell apart, and those of which neither emerged", () => {
    expect(lineOf({ values: [4.00001, 4, 2, 1] })).toContain("in 3 of 5 pairs");
    expect(lineOf({ found: [102, null, null, null] })).toContain("in 4 of 5 pairs");
  });

  test("where none emerged", () => {
    const none = report({ found: [null, null, null, null] }, 2).verdict;
    expect(none).toContain("zipf probabilities, 2 problems: 3 of 6 modes");
    const results = unitsOf(study, chosen(study, CHOICES)).map(({ number }) => {
      const result = { status: "done", stepSize: 1, values: [1], expected: [10], found: [null] };
      return [number, result] as const;
    });
    expect(studyReport(study, CHOICES, new Map(results)).verdict).toMatch(
      /^uniform probabilities, 2 problems: 0 of 2 modes that are expected within 80 % of the steps emerged\.\nzipf/,
    );
  });
});

test("a row for each mode, and a point for each that emerged", () => {
  const { csv, figures, arrays } = report();
  const [heads, ...rows] = csv.emergence!;
  expect(heads!.join()).toBe("problem,V,m,support,probabilities,mode,s,expected_steps,found_steps,ratio,awaited");
  expect(rows).toHaveLength(16);
  expect(rows[1]).toEqual([0, 10, 8, 2, "uniform", 2, 4, 200, 210, 1.05, 1]);
  expect(rows[15]).toEqual([3, 10, 8, 2, "zipf", 4, 1, 801, undefined, undefined, 0]);
  expect(figures.emergence!.series[1]!.points.slice(0, 2)).toEqual([
    { x: 8, y: 1.02 },
    { x: 4, y: 1.05 },
  ]);
  expect(arrays.found_steps!.data[3]).toBeNaN();
});

test("a mode emerges between the steps around it, by a line of the logarithm", () => {
  const trace = [1e-4, 1e-3, 1e-1, 1e-4].map((strength, i) => ({ step: 10 * i, modes: [1, strength] }));
  expect(emergedAt(trace, 1, 1e-2)).toBeCloseTo(15, 12);
  expect(emergedAt(trace, 1, 0.2)).toBeUndefined();
  expect(emergedAt(trace, 0, 0.2)).toBeUndefined();
});

test("refuses sizes that there are not", () => {
  expect(() => unitsOf(study, chosen(study, { sizes: ["10/8/10"] }))).toThrow(
    "sizes: expected fewer next words than words, found 10/8/10",
  );
  expect(() => chosen(study, { probabilities: ["skewed"] })).toThrow("probabilities: expected");
});
