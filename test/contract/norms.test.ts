import { describe, expect, it } from "vitest";
import type { Gpu } from "../../src/gpu/device.ts";
import { meanInterval, studentQuantile } from "../../src/questions/norms/student.ts";
import type { NormsResult, NormsWork } from "../../src/questions/norms/work.ts";
import { runStudy, studyReport } from "../../src/questions/run-study.ts";
import { STUDIES } from "../../src/questions/studies.ts";
import { chosen, unitsOf, type Unit } from "../../src/questions/study.ts";
import { normVerdict, whichIsAhead, type PanelledRun } from "../../src/studies/norm-panel.ts";

const margins = (frobenius: number, max: number, spectral: number, error = 0.01) => ({
  frobenius: { value: frobenius, error },
  max: { value: max, error },
  spectral: { value: spectral, error },
});

describe("which norm is ahead", () => {
  it.each([
    [margins(0.5, 0.9, 0.6), "own norm ahead"],
    [margins(0.95, 0.9, 0.6), "another norm ahead"],
    // within the certificates of both
    [margins(0.89, 0.9, 0.6), "not told apart"],
    [margins(0.91, 0.9, 0.6), "not told apart"],
    [margins(0.5, 0.6, 0.9), "another norm ahead"],
    // does not separate
    [margins(-0.5, -0.1, -0.6), "not told apart"],
    [margins(0.02, 0.005, 0.01), "not told apart"],
    [margins(0.5, NaN, 0.6), "not told apart"],
  ])("of %j is told: %s", (found, expected) => expect(whichIsAhead("max", found)).toBe(expected));
});

it("says in a sentence for each kind of data what was found, and for which optimisers it changes", () => {
  const run = (optimizer: "sign" | "max-steepest", isOneHot: boolean, max: number): PanelledRun => {
    const relativeMargins = margins(0.5, max, 0.4);
    const ahead = whichIsAhead("max", relativeMargins);
    return { label: optimizer, optimizer, norms: { own: "max", isOneHot, relativeMargins, ahead } };
  };
  const oneHot = [run("sign", true, 0.9), run("max-steepest", true, 0.8)];
  const [, first, second, third] = normVerdict([
    ...oneHot,
    run("sign", false, 0.3),
    run("max-steepest", false, 0.6),
  ]).split("\n");
  expect(first).toBe(
    "With one next word: own norm ahead in 2 of 2 (sign: max 0.900, frobenius 0.500; max-steepest: max 0.800, frobenius 0.500).",
  );
  expect(second).toMatch(
    /^With several: own norm ahead in 1 of 2 \(max-steepest.*, another norm ahead in 1 of 2 \(sign/,
  );
  expect(third).toBe("Several next words break it for sign.");
  expect(normVerdict(oneHot)).not.toMatch(/several|break/i);
});

// to the digits of the tables
it.each([
  [1, 12.706],
  [2, 4.303],
  [3, 3.182],
  [11, 2.201],
  [30, 2.042],
])("Student's t with %d degrees of freedom is %d", (freedom, expected) =>
  expect(Math.abs(studentQuantile(freedom) - expected)).toBeLessThanOrEqual(5e-4),
);

it("an interval is the mean and t times its standard error", () => {
  // of 1, 2, 3: standard deviation 1
  const { mean, low, high } = meanInterval([1, 2, 3]);
  expect(mean).toBe(2);
  expect(Math.abs(high - 2 - 4.3027 / Math.sqrt(3))).toBeLessThan(1e-4);
  expect(low + high).toBeCloseTo(4, 12);
  expect(meanInterval([1])).toEqual({ mean: 1, low: -Infinity, high: Infinity });
});

describe("the study", () => {
  const study = STUDIES.norms!;
  /** Which the study does without. */
  const noGpu = undefined as unknown as Gpu;
  const collect = async (given: object, units?: number[]): Promise<Map<number, unknown>> => {
    const found = new Map<number, unknown>();
    for await (const { unit, result } of runStudy(noGpu, study, given, units ? { units } : {}))
      found.set(unit.number, JSON.parse(JSON.stringify(result)));
    return found;
  };

  it("has the same units in any order, with margins that are at most the best", async () => {
    const given = { problems: 2, steps: 50, optimizers: ["sign"] };
    const results = await collect(given);
    expect(results.size).toBe(4);
    expect(await collect(given, [3])).toEqual(new Map([[3, results.get(3)]]));
    for (const result of results.values()) {
      const { points } = result as NormsResult;
      expect(points.at(-1)!.step).toBe(50);
      for (const { margins, errors } of points)
        margins.forEach((margin, n) => expect(margin).toBeLessThanOrEqual(1 + errors[n]!));
    }
    expect(results.get(0)).not.toEqual(results.get(1));
  });

  it("judges by the differences within runs, and gives means over problems", () => {
    const given = { problems: 3, steps: 10, optimizers: ["sign", "normalised"] };
    // by size and optimiser; of units in the order of sizes, problems and optimisers
    const found: Record<string, (p: number) => number[]> = {
      "1 sign": (p) => [0.5 + p / 10, 0.6 + p / 10, 0.4],
      "1 normalised": (p) => [0.5, 0.4 + p / 10, 0.3],
      "3 sign": (p) => [0.6 + p / 10, 0.5 + p / 10, 0.4],
      "3 normalised": (p) => (p === 0 ? [-0.5, -0.2, -0.1] : [0.7 - p / 1000, 0.5, 0.3]),
    };
    const units = unitsOf(study, chosen(study, given)) as Unit<NormsWork>[];
    const results = new Map(
      units.map(({ number, work: { support, optimizer } }) => {
        const margins = found[`${support} ${optimizer}`]!(Math.floor(number / 2) % 3);
        return [number, { points: [{ step: 10, margins, errors: [1e-6, 1e-6, 1e-6] }] }] as const;
      }),
    );
    const { csv, table, verdict, figures, arrays } = studyReport(study, given, results);
    const [first, second] = verdict.split("\n");
    expect(first).toBe("V = 6, |S| = 1: own norm ahead: sign; not told apart: normalised.");
    expect(second).toBe("V = 6, |S| = 3: own norm ahead: normalised; another norm ahead: sign.");
    expect(table).toMatch(/normalised .* 2 of 3/);
    expect(Object.keys(figures)).toEqual(["norms", "norms-6-3"]);
    const row = csv.norms!.find(
      ([, support, , , optimizer, , , norm]) => `${support} ${optimizer} ${norm}` === "1 sign max",
    )!;
    expect(row.slice(0, 10)).toEqual([6, 1, 8, 10, "sign", "max", 10, "max", 3, 0.7]);
    // 0.6, 0.7, 0.8: standard deviation 0.1
    expect(Math.abs(Number(row[11]) - 0.7 - (4.3027 * 0.1) / Math.sqrt(3))).toBeLessThan(1e-4);
    expect([...arrays.margins!.data.subarray(0, 3)]).toEqual([0.5, 0.6, 0.4]);
  });

  it("leaves out problems that are not separable", async () => {
    const given = { problems: 2, steps: 10, optimizers: ["sign"], sizes: ["6/3"], dim: 1 };
    const results = await collect(given);
    expect([...results.values()]).toEqual([{ points: [] }, { points: [] }]);
    expect(studyReport(study, given, results).verdict).toContain("2 runs left out");
  });
});
