import { describe, expect, test } from "vitest";
import { studyReport } from "../../src/questions/run-study.ts";
import { EDGE } from "../../src/questions/edge/edge.ts";
import type { EdgeResult, EdgeWork } from "../../src/questions/edge/work.ts";
import { chosen, unitsOf, type Study, type StudyReport } from "../../src/questions/study.ts";

const study = EDGE as unknown as Study;
const CHOICES = { problems: ["6/4/10/2", "5/3/8/3"], ratios: ["98", "102"] };

/** A report on runs that go as theory has it, but for what is changed. */
function report(change: (work: EdgeWork) => Partial<EdgeResult> = () => ({})): StudyReport {
  const results = unitsOf(study, chosen(study, CHOICES)).map((unit) => {
    const work = unit.work as EdgeWork;
    const isOneHot = work.kind === "one-hot";
    const inSupportGap = isOneHot ? 0 : work.percent < 100 ? 1e-9 : 4e-3;
    const gaps = { inSupportGap, lossGap: inSupportGap + 1e-5, earlierGap: inSupportGap + 1e-4 };
    const edge = { lower: 2, upper: 2 + 1e-9, stepSize: work.percent / 50, safeStep: 0.5 };
    return [unit.number, { ...edge, status: "done", norm: 7, ...gaps, ...change(work) }] as const;
  });
  return studyReport(study, CHOICES, new Map(results));
}

describe("the verdict", () => {
  test("where all goes as expected", () => {
    expect(report().verdict).toBe(
      [
        "Below the edge the in-support gap ends below 1e-7 in all of 2 runs.",
        "Above the edge it ends above 1e-3 in all of 2 runs.",
        "On one-hot data, which have no edge, CE − H falls at step sizes of 3.92/L to 4.08/L in all of 4 runs.",
      ].join("\n"),
    );
  });

  test("names the runs that do not", () => {
    const { verdict } = report(({ words, kind, percent }) =>
      words === 5 && kind === "support" ? { inSupportGap: percent < 100 ? 2e-7 : null } : {},
    );
    expect(verdict).toContain("below 1e-7 in 1 of 2 runs, not of (V, m, d, |S|) = (5, 3, 8, 3) at 0.98 η_c.");
    expect(verdict).toContain("above 1e-3 in 1 of 2 runs, not of (V, m, d, |S|) = (5, 3, 8, 3) at 1.02 η_c.");
  });

  test("counts one-hot data whose loss has stopped falling, or is not known", () => {
    const { verdict } = report(({ words, kind, percent }) =>
      kind === "support" ? {} : percent > 100 ? { lossGap: null } : words === 6 ? { lossGap: 6e-5 } : {},
    );
    expect(verdict).toContain(
      "in 1 of 4 runs, not of (V, m, d, |S|) = (6, 4, 10, 2) at 0.98 η_c, (6, 4, 10, 2) at 1.02",
    );
  });
});

test("a row for each run, and points that a logarithmic axis has", () => {
  const { csv, figures, arrays } = report(({ words }) =>
    words === 5 ? { inSupportGap: null, status: "diverged" } : {},
  );
  const [heads, ...rows] = csv.edge!;
  expect(heads!.join()).toBe(
    "problem,V,m,d,support,kind,ratio,eta,eta_L,edge_lower,edge_upper,in_support_gap,loss_gap,loss_gap_at_tenth,norm,status",
  );
  expect(rows).toHaveLength(8);
  expect(rows[1]!.slice(0, 9)).toEqual(["(6, 4, 10, 2)", 6, 4, 10, 2, "support", 1.02, 2.04, 4.08]);
  expect(rows[7]!.slice(4, 7)).toEqual([1, "one-hot", 1.02]);
  expect(rows[5]!.slice(11)).toEqual([null, 4e-3 + 1e-5, 4e-3 + 1e-4, 7, "diverged"]);
  expect(arrays.in_support_gap!.data[5]).toBeNaN();
  const [inSupport, oneHot] = figures.edge!.series;
  expect(inSupport!.points).toEqual([
    { x: 0.98, y: 1e-9, low: 1e-9, high: 1e-9 },
    { x: 1.02, y: 4e-3, low: 4e-3, high: 4e-3 },
  ]);
  expect(oneHot!.points.map(({ x }) => x)).toEqual([0.98, 1.02]);
});

test("the one-hot problem beside a problem has its step sizes", () => {
  const works = unitsOf(study, chosen(study, CHOICES)).map(({ work }) => work as EdgeWork);
  const without = works.map(({ kind: _, ...rest }) => rest);
  expect(works.slice(0, 4).map(({ kind }) => kind)).toEqual(["support", "support", "one-hot", "one-hot"]);
  expect(without.slice(2, 4)).toEqual(without.slice(0, 2));
});

test("refuses problems that there are not", () => {
  expect(() => chosen(study, { problems: ["6/4/10"] })).toThrow(
    'problems: expected whole numbers (V/m/d/|S|) from 1 to 256, found "6/4/10"',
  );
  expect(() => chosen(study, { ratios: ["0.98"] })).toThrow("ratios: expected whole numbers (percent) from 1 to 10000");
  for (const sizes of ["6/4/10/1", "6/4/10/7"])
    expect(() => unitsOf(study, chosen(study, { problems: [sizes] }))).toThrow(
      `problems: expected supports of two words or more, and up to V, found ${sizes}`,
    );
});
