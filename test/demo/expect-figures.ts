import { expect } from "vitest";
import { referenceDescent, type Problem, type RunRecord } from "../../src/index.ts";

/** What the page promises about its figures, beside a run in float64. */
const TOLERANCE = 1e-4;

/** NaN and a missing value are never close. */
export function expectClose(found: number | undefined, expected: number, tolerance: number, what: string): void {
  expect(Number.isFinite(expected), `${what}: the expected figure`).toBe(true);
  expect(Math.abs(found! - expected) <= tolerance * Math.abs(expected), `${what}: ${found} beside ${expected}`).toBe(
    true,
  );
}

/** Every recorded point of a run from zero is that of the same run in float64. */
export function expectReferenceRun(record: RunRecord, problem: Problem): void {
  expect(record.trace.length).toBeGreaterThan(5);
  const steps = record.trace.map(({ step }) => step);
  expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  expect(steps[0]).toBe(0);
  expect(steps.at(-1)).toBe(record.steps);
  expectClose(record.entropy, problem.entropy, 1e-12, "entropy bound");
  const { trace } = referenceDescent(problem, { stepSize: record.stepSize!, recorded: steps });
  trace.forEach((expected, i) => {
    const found = record.trace[i]!;
    expectClose(found.lossGap, expected.lossGap, TOLERANCE, `loss gap at step ${expected.step}`);
    expectClose(found.norm, expected.norm, TOLERANCE, `norm at step ${expected.step}`);
    expectClose(found.loss, problem.entropy + expected.lossGap, TOLERANCE, `loss at step ${expected.step}`);
    expectClose(
      found.inSupportGap + found.offSupportGap,
      expected.lossGap,
      TOLERANCE,
      `parts at step ${expected.step}`,
    );
  });
}
