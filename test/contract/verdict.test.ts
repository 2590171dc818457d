import { describe, expect, test } from "vitest";
import { describeVerdict, giveVerdict, type Evidence } from "../../src/analysis/verdict.ts";
import { readProblem } from "../../src/io/problem-file.ts";
import { recessionBound } from "../../src/reference/recession-bound.ts";
import { requireRelative } from "../support/compare.ts";
import { caseArray, caseBytes } from "../support/fixtures.ts";

const compatible = { status: "compatible", residual: 1e-15, leastSolutionNorm: 3 } as const;
const incompatible = { status: "incompatible", residual: 0.25, leastSolutionNorm: 1e15 } as const;
const separable = { status: "optimal-certified", norm: 4, lowerBound: 3.9, relativeGap: 1e-6 } as const;
const unseparable = {
  status: "infeasible-below-norm",
  norm: Infinity,
  lowerBound: 1e5,
  relativeGap: 1,
  nonseparable: { certificate: new Float64Array(0), rho: 1e-5, normBound: 1e5 },
} as const;
const evidence: Evidence = { finite: compatible, margin: separable, trace: [] };
const give = (change: Partial<Evidence>): ReturnType<typeof giveVerdict> => giveVerdict({ ...evidence, ...change });

const at = (step: number, lossGap: number, norm: number, more = {}): Evidence["trace"][number] => ({
  step,
  loss: 1 + lossGap,
  lossGap,
  inSupportGap: lossGap,
  offSupportGap: 0,
  norm,
  ...more,
});

describe("what the theory says", () => {
  test.each([
    ["yes/yes", compatible, separable, /^The loss falls to its entropy bound\..*\(Theorem 2\)\.$/],
    ["yes/no", compatible, unseparable, /^The loss stays above .*cannot be left behind/],
    ["no/yes", incompatible, separable, /minimiser of the in-support loss, which is not W\*/],
    ["no/no", incompatible, unseparable, /^The loss stays above its entropy bound, in support and off/],
  ] as const)("%s", (name, finite, margin, theory) => {
    const verdict = give({ finite, margin });
    expect(`${verdict.compatible.holds}/${verdict.separable.holds}`).toBe(name);
    expect(verdict.theory).toMatch(theory);
  });

  test.each([
    ["a condition that was not computed", { margin: undefined }],
    ["log-odds that are neither", { finite: { ...compatible, status: "undecided" } }],
    [
      "an ascent that stalled without a decoder",
      { margin: { ...unseparable, status: "stalled", nonseparable: undefined } },
    ],
    ["a GPU that contradicts itself", { margin: { ...separable, status: "numerical-error" } }],
  ] as [string, Partial<Evidence>][])("nothing, for %s", (_, change) => {
    expect(give(change).theory).toMatch(/not known here/);
  });

  test("log-odds that are met to the rounding of their type are said to be so", () => {
    expect(give({}).compatible.because).toBe("W* meets the log-odds to 1.0e-15, which is rounding");
    expect(give({ probabilityType: "float32" }).compatible.because).toBe(
      "W* meets the log-odds to 1.0e-15, which is rounding, as far as float32 probabilities can tell",
    );
  });

  test("the reason is given where a limit is missing and the reason is known", () => {
    const { compatible, separable } = give({ finite: undefined, margin: undefined, missing: "it is too large" });
    expect([compatible.because, separable.because]).toEqual(["it is too large", "it is too large"]);
    expect(give({ missing: "it is too large" }).separable.because).not.toContain("too large");
  });

  test("a pair of contexts is named where it is the cause", () => {
    const nonseparable = { ...unseparable.nonseparable, pair: [3, 8] as const };
    expect(give({ margin: { ...unseparable, nonseparable } }).separable.because).toMatch(/^contexts 3 and 8 /);
    const zero = { ...unseparable.nonseparable, pair: [3, 3] as const };
    expect(give({ margin: { ...unseparable, nonseparable: zero } }).separable.because).toMatch(/context 3 is zero/);
  });
});

describe("a finite minimiser", () => {
  test("is known of from the norm that a direction of descent would need, against the decoder's", () => {
    const found = (recessionBound: number): unknown =>
      give({ margin: unseparable, recessionBound, trace: [at(1, 0.5, 2)] }).finiteMinimiser?.holds;
    expect([found(2.1e3), found(1.9e3), found(NaN)]).toEqual(["yes", "undecided", "undecided"]);
    expect(give({ recessionBound: 1e9, trace: [at(1, 0.5, 2)] }).finiteMinimiser).toBeUndefined();
  });

  test("bounds every direction that leaves words behind", async () => {
    const bytes = caseBytes("wide") as Uint8Array<ArrayBuffer>;
    const { problem } = await readProblem(new File([bytes], "wide.npz"));
    const direction = caseArray("wide", "max_margin_decoder").data;
    // W_mm leads every word off a support by 1 or more, so that its norm cannot be below the bound, wherever that is taken
    const norm = Math.sqrt(direction.reduce((sum, w) => sum + w * w, 0));
    for (const point of ["probe_decoder", "gd_decoder"])
      expect(recessionBound(problem, caseArray("wide", point).data)).toBeLessThanOrEqual(norm);
  });

  test("is found where gradient descent comes to one", async () => {
    const bytes = caseBytes("underparameterized") as Uint8Array<ArrayBuffer>;
    const { problem } = await readProblem(new File([bytes], "underparameterized.npz"));
    expect(recessionBound(problem, caseArray("underparameterized", "gd_decoder").data)).toBeGreaterThan(1e10);
  });
});

describe("what was measured", () => {
  test("has its growth over the last tenfold of steps", () => {
    const trace = [
      at(0, 2, 0),
      at(90, 1e-2, 3),
      at(100, 1e-2, 4),
      at(500, 5e-3, 5),
      at(1000, 1e-3, 4 + 2 * Math.log(10)),
    ];
    const { lossGapExponent, normGrowth } = give({ trace }).measured!;
    requireRelative("exponent", lossGapExponent!, -1, 1e-12);
    requireRelative("growth", normGrowth!, 2, 1e-12);
    expect(give({ trace: trace.slice(0, 1) }).measured).not.toHaveProperty("normGrowth");
  });

  test("is said with its errors", () => {
    const figures = { alignment: 0.75, subspaceError: 0.5, limitErrors: { alignment: 0.002, subspaceError: 0 } };
    const lines = describeVerdict(give({ trace: [at(10, 0.1, 3, figures)] }));
    expect(lines).toContainEqual(["cos(W, W_mm)", "0.75 ± 2e-3"]);
    expect(lines).toContainEqual(["‖P_F(W) − W*‖", "0.5"]);
  });
});
