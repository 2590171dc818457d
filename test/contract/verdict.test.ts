import { describe, expect, test } from "vitest";
import { describeVerdict, giveVerdict, type Evidence } from "../../src/results/verdict.ts";
import { requireRelative } from "../support/compare.ts";

const compatible = { status: "compatible", residual: 1e-15, leastSolutionNorm: 3 } as const;
const incompatible = { status: "incompatible", residual: 0.25, leastSolutionNorm: 1e15 } as const;
const separable = { status: "optimal-certified", norm: 4, lowerBound: 3.9, upperBound: 4, relativeGap: 1e-6 } as const;
const unseparable = {
  status: "infeasible-certified",
  norm: Infinity,
  lowerBound: Infinity,
  upperBound: Infinity,
  relativeGap: 1,
  nonseparable: { certificate: new Float64Array(0), rho: 1e-17, normBound: Infinity },
} as const;
const bounded = {
  ...unseparable,
  status: "infeasible-below-norm",
  lowerBound: 1e5,
  nonseparable: { certificate: new Float64Array(0), rho: 1e-5, normBound: 1e5 },
} as const;
const heldBack = { dual: new Float64Array(0), isProved: true, smallest: 1e-3, uncertainty: 1e-12 };
const direction = { decoder: new Float64Array(0), isProved: true };
const leftBehind = new Uint8Array(0);
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
    ["yes/no", compatible, unseparable, /^The loss stays above .*cannot be left behind.*may pull P_F\(W\) off W\*/],
    ["no/yes", incompatible, separable, /which may differ from the least-squares decoder/],
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
      { margin: { ...bounded, status: "stalled", nonseparable: undefined } },
    ],
    ["a bound on the norm of decoders", { margin: bounded }],
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

test("a bound on the norm is no answer", () => {
  const { separable, finiteMinimiser } = give({ margin: bounded });
  expect(separable).toEqual({
    holds: "undecided",
    because: "no decoder of norm below 1.0e+5 separates; whether a larger one does is not known",
  });
  expect(finiteMinimiser?.holds).toBe("undecided");
});

describe("a theory for the supports and steps at hand", () => {
  const gradientDescent = { optimizer: "gradient-descent", schedule: "constant" } as const;

  test("every word follows every context", () => {
    const whole = give({ supports: "whole", margin: undefined });
    expect([whole.separable.holds, whole.finiteMinimiser?.holds]).toEqual(["yes", "yes"]);
    expect(whole.theory).toMatch(/W tends to W\*\.$/);
    expect(give({ supports: "whole", margin: undefined, finite: incompatible }).theory).toMatch(/minimiser in F\.$/);
  });

  test("single words have no data subspace that anything could be pulled out of", () => {
    expect(give({ supports: "single" }).theory).not.toContain("P_F");
    expect(give({ supports: "single", margin: unseparable }).theory).not.toContain("P_F");
  });

  test.each([
    [0.5, /^The loss falls.*\(Theorem 2\)\.$/],
    [1, /proved to fall for steps below 2\/L, and this is 1\/L; where W goes is proved for steps up to 1\/\(2L\)/],
    [1.9, /this is 1.9\/L/],
    [2, /^Nothing is promised of steps of 2\/L/],
    [20, /^Nothing is promised of steps of 20\/L/],
  ])("steps of %d / L", (stepSize, theory) => {
    expect(give({ steps: { ...gradientDescent, stepSize, sizes: { smoothness: 1 } } }).theory).toMatch(theory);
  });

  const stepsOf = (stepSize: number, lower = 3, upper = lower): Evidence["steps"] => ({
    ...gradientDescent,
    stepSize,
    sizes: { smoothness: 1, edge: { lower, upper } },
  });

  test.each([
    [2.9, 3, 3, /below the edge of stability, η_c = 3: P_F\(W\) is drawn to W\*/],
    [3.1, 3, 3, /above the edge of stability, η_c = 3: .*W\* repels P_F\(W\)/],
    [3.1, 3, 4, /can settle at W\* is not known: the edge of stability η_c is between 3 and 4\./],
    [2.9, 3, 4, /below the edge of stability, η_c is between 3 and 4:/],
    [4.1, 3, 4, /above the edge of stability/],
  ])("steps of %d / L where η_c lies between %d and %d", (stepSize, lower, upper, theory) => {
    const steps = stepsOf(stepSize, lower, upper);
    expect(give({ steps }).theory).toMatch(theory);
    expect(give({ steps, supports: "whole", margin: undefined }).theory).toMatch(theory);
    // there is no W* to settle at, or not all of the mass vanishes
    expect(give({ steps, finite: incompatible }).theory).not.toMatch(/edge|settle/);
    expect(give({ steps, margin: unseparable }).theory).not.toMatch(/edge|settle/);
  });

  test("no edge is no promise", () => {
    expect(give({ steps: stepsOf(3, Infinity), supports: "single" }).theory).toMatch(/^Nothing(?!.*edge)/);
  });

  test("other methods are said to be others", () => {
    const { theory } = give({ steps: { ...gradientDescent, optimizer: "adam" } });
    expect(theory).toMatch(/^Proved of gradient descent.*its norm need not go like log k/);
    expect(give({ steps: { ...gradientDescent, schedule: "inverse-sqrt" } }).theory).toMatch(/not for falling ones/);
  });

  test("what was measured against it is said first", () => {
    const rising = [10, 20, 40, 80, 100].map((step) => at(step, step / 1000, 3));
    expect(give({ trace: rising }).theory).toMatch(/^Against the theory, CE − H rose/);
    expect(give({ trace: rising, margin: unseparable }).theory).toMatch(/^The loss stays/);
    expect(give({ trace: rising, steps: stepsOf(1.9) }).theory).toMatch(/^Against the theory/);
    expect(give({ trace: rising, steps: stepsOf(2.1) }).theory).toMatch(/^Nothing is promised/);
    const falling = [10, 20, 40, 80, 100].map((step) => at(step, 1 / step, 3));
    expect(give({ trace: falling }).theory).toMatch(/^The loss falls/);
  });
});

describe("a finite minimiser", () => {
  const found = (change: Partial<Evidence>): string | undefined =>
    give({ margin: unseparable, ...change }).finiteMinimiser?.holds;
  const decided = (recession: object): Partial<Evidence> => ({
    margin: { ...unseparable, recession: { leftBehind, ...recession } },
  });

  test("is there where multipliers hold every word back, and is not where a direction leaves some behind", () => {
    expect(found(decided({ heldBack }))).toBe("yes");
    expect(found(decided({ heldBack, direction }))).toBe("no");
    expect(found({ heldBack })).toBe("yes");
  });

  test("is undecided where either is not proved", () => {
    const unproved = { ...heldBack, isProved: false, uncertainty: 1e-2 };
    expect(found(decided({ heldBack: unproved }))).toBe("undecided");
    expect(found(decided({ heldBack, direction: { ...direction, isProved: false } }))).toBe("undecided");
    expect(give({ margin: unseparable, heldBack: unproved }).finiteMinimiser!.because).toMatch(
      /1.0e-3 of the largest, and only known to 1e-2/,
    );
    expect(found({})).toBe("undecided");
  });

  test("excludes that the problem is separable, where the solver could not tell", () => {
    expect(give({ margin: bounded, heldBack }).separable.holds).toBe("no");
    expect(give({ heldBack }).separable.holds).toBe("yes");
  });

  test("is not asked for where the problem is separable", () => {
    expect(give({}).finiteMinimiser).toBeUndefined();
  });

  test("names what is left behind", () => {
    const because = give({ ...decided({ heldBack, direction }), leftBehind: "2 words: …" }).finiteMinimiser!.because;
    expect(because).toBe("the loss falls for ever along a direction that leaves behind 2 words: …");
  });
});

describe("what was measured", () => {
  test("is fitted over the last tenfold of steps, with the quality of the fit", () => {
    const steps = [100, 200, 400, 800, 1000];
    const trace = [at(0, 2, 0), at(90, 7, 3), ...steps.map((k) => at(k, 5 / k, 4 + 2 * Math.log(k)))];
    const { lossGapFit, normFit } = give({ trace }).measured!;
    requireRelative("exponent", lossGapFit!.slope, -1, 1e-12);
    requireRelative("growth", normFit!.slope, 2, 1e-12);
    requireRelative("quality", normFit!.quality, 1, 1e-12);
    expect(describeVerdict(give({ trace }))).toContainEqual({
      kind: "fit",
      name: "last tenfold",
      text: "CE − H is fitted by k^-1.00 (R² 1), ‖W‖ by 2.00 log k (R² 1)",
    });
    expect(give({ trace: trace.slice(0, 1) }).measured).not.toHaveProperty("normFit");
  });

  test("a fit that is none has a low quality", () => {
    const trace = [10, 20, 40, 80, 100].map((k, i) => at(k, 1, i % 2));
    expect(give({ trace }).measured!.normFit!.quality).toBeLessThan(0.1);
  });

  test("a gap of 0 has no exponent", () => {
    const trace = [10, 20, 40, 80, 100].map((k) => at(k, 0, Math.log(k)));
    const lines = describeVerdict(give({ trace }));
    expect(lines.find(({ name }) => name === "last tenfold")!.text).toBe("‖W‖ by 1.00 log k (R² 1)");
  });

  test("is said with its errors where these are proved, and with the limit that they belong to", () => {
    const limitErrors = { alignment: 0.002, margin: 0.5 };
    const figures = { alignment: 0.75, subspaceError: 0.5, margin: 0.125, limitErrors };
    const lines = describeVerdict(give({ trace: [at(10, 0.1, 3, figures)] }));
    expect(lines).toContainEqual({ kind: "figure", name: "cos(W, W_mm)", text: "0.75 ± 2e-3" });
    expect(lines).toContainEqual({ kind: "figure", name: "‖P_F(W) − W*‖", text: "0.5" });
    expect(lines).toContainEqual({ kind: "figure", name: "margin of W/‖W‖", text: "0.125" });
    expect(lines).toContainEqual({ kind: "figure", name: "1/‖W_mm‖, its limit", text: "0.25 ± 6e-3" });
  });

  test("a figure of a W* that is not known to be one says so", () => {
    const trace = [at(10, 0.1, 3, { subspaceError: 0.5 })];
    const line = (finite: Evidence["finite"]): string =>
      describeVerdict(give({ finite, trace })).find(({ name }) => name === "‖P_F(W) − W*‖")!.text;
    expect(line({ ...compatible, status: "undecided" })).toBe("0.5 (W* is undecided)");
    expect(line(incompatible)).toMatch(/^0.5 \(there is no W\*/);
  });
});
