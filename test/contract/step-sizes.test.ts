import { describe, expect, test } from "vitest";
import { describeEdge, stepMarks, stepRangeOf, stepRanges, type StepSizes } from "../../src/results/step-sizes.ts";

const between = (lower: number, upper = lower): StepSizes => ({ smoothness: 2, edge: { lower, upper } });
const NONE = between(Infinity);

describe("the range of a step size", () => {
  test.each([
    [0.25, "proved"],
    [0.26, "safe"],
    [0.5, "safe"],
    [0.51, "falling"],
    [0.999, "falling"],
    [1, "settling"],
    [1.79, "settling"],
    [1.81, "unstable"],
  ])("%d is %s with L = 2 and η_c = 1.8", (stepSize, range) => {
    expect(stepRangeOf(between(1.8), stepSize)).toBe(range);
  });

  test("is undecided between the bounds of η_c, at it, and where it was not looked for", () => {
    expect([1.5, 1.8, 2.4, 3.1].map((stepSize) => stepRangeOf(between(1.8, 3), stepSize))).toEqual([
      "settling",
      "undecided",
      "undecided",
      "unstable",
    ]);
    expect(stepRangeOf(between(1.8), 1.8)).toBe("undecided");
    expect([0.6, 1.2].map((stepSize) => stepRangeOf({ smoothness: 2 }, stepSize))).toEqual(["falling", "undecided"]);
  });

  test("has no end where there is no edge", () => {
    expect(stepRangeOf(NONE, 1e9)).toBe("edgeless");
  });
});

test("every size is in one of the ranges that are listed, in ascending order", () => {
  for (const sizes of [between(1.8), between(1.8, 3), between(1.8, Infinity), NONE, { smoothness: 2 }]) {
    const listed = stepRanges(sizes).map(({ range }) => range);
    const met = [0.1, 0.4, 0.8, 1.2, 2.5, 9].map((stepSize) => stepRangeOf(sizes, stepSize));
    expect([...new Set(met)]).toEqual(listed.filter((range) => met.includes(range)));
  }
  expect(stepRanges(between(1.8)).map(({ name }) => name)).toEqual([
    "η ≤ 1/(2L) = 0.25",
    "η ≤ 1/L = 0.5",
    "η < 2/L = 1",
    "η < η_c = 1.8",
    "η > η_c",
  ]);
});

test("bounds that are one number to the digits shown are said as one", () => {
  const said = ({ edge }: StepSizes): string => describeEdge(edge!);
  expect(said(between(1.8, 1.8 * (1 + 1e-9)))).toBe("η_c = 1.8");
  expect(said(between(1.8, 3.6))).toBe("η_c is between 1.8 and 3.6");
  expect(said(between(1.8, Infinity))).toBe("η_c is 1.8 or more");
  expect(said(NONE)).toMatch(/^none/);
});

test("the marks are where one range ends and the next begins", () => {
  for (const sizes of [between(1.8), between(1.8, 3), between(1.8, Infinity), NONE, { smoothness: 2 }]) {
    const ranges = stepMarks(sizes).map(({ size }) => [0.99, 1.01].map((factor) => stepRangeOf(sizes, factor * size)));
    for (const [below, above] of ranges) expect(below).not.toBe(above);
    expect(ranges.map(([below]) => below)).toEqual(
      stepRanges(sizes)
        .map(({ range }) => range)
        .slice(0, ranges.length),
    );
  }
  expect(stepMarks(between(1.8)).at(-1)).toEqual({ symbol: "η_c", size: 1.8 });
  expect(stepMarks(between(1.8, 3)).at(-1)).toEqual({ symbol: "η_c ≥", size: 1.8 });
});
