import { describe, expect, test } from "vitest";
import { inSpanDrift } from "../../src/float64/in-span-drift.ts";
import { norm } from "../../src/float64/vectors.ts";
import { flowTime } from "../../src/predictions/flow-time.ts";
import { predictDescent, type DescentLimits } from "../../src/predictions/gradient-descent.ts";
import { createProblem } from "../../src/problem/problem.ts";
import { innerProduct } from "../../src/reference/inner-product.ts";
import { finished } from "../../src/support/host-spells.ts";
import { chooseMethod } from "../../src/training/methods/method.ts";
import { referenceDescent } from "../../src/training/reference-descent.ts";
import { requireRelative } from "../support/compare.ts";
import { caseLimits, caseNumber, caseProblem, caseTrace } from "../support/fixtures.ts";

const descent = (stepSize: number): Parameters<typeof predictDescent>[2] => ({ ...chooseMethod({}), stepSize });

/** The predictions for a case run with its own step size, by their figures. */
async function predictionsOf(name: string): Promise<Map<string, Awaited<ReturnType<typeof predictDescent>>[number]>> {
  const rows = await predictDescent(await caseProblem(name), caseLimits(name), descent(caseNumber(name, "gd_step")));
  return new Map(rows.map((row) => [row.figure, row]));
}

describe("the laws of gradient descent", () => {
  test("hold of the plane after 1e5 steps in float64", async () => {
    const problem = await caseProblem("plane");
    const [last, stepSize] = [100_000, caseNumber("plane", "gd_step")];
    const { trace, decoder } = referenceDescent(problem, { stepSize, recorded: [last / 10, last] });
    const [before, after] = trace as [(typeof trace)[number], (typeof trace)[number]];
    const predicted = await predictionsOf("plane");
    const at = (figure: string): number => predicted.get(figure)!.at!(last);
    // 0.9915, 0.9786 and 0.0097 in NumPy
    expect(Math.abs(after.lossGap / at("lossGap") - 1)).toBeLessThan(0.03);
    expect(Math.abs((after.norm - before.norm) / at("normGrowth") - 1)).toBeLessThan(0.05);
    const { decoder: margin } = caseLimits("plane").margin;
    const scale = (w: Float64Array): number => innerProduct(w, margin) / norm(margin) ** 2;
    expect(Math.abs(scale(decoder) - at("marginProjection") / norm(margin) ** 2)).toBeLessThan(0.02);
    for (const { holdsFrom } of predicted.values()) expect(holdsFrom).toBeLessThan(last);
  });

  // from the table of the float64 runs in the fixtures, after 1e4 steps
  test.each(["plane", "wider", "one-hot"])(
    "are near %s after 1e4 steps, where they are expected to hold",
    async (name) => {
      const point = caseTrace(name).at(-1)!;
      const predicted = await predictionsOf(name);
      const measured = {
        lossGap: point.gap,
        marginProjection: point.alignment * point.norm * caseLimits(name).margin.norm,
        ...(name !== "one-hot" && { subspaceError: point.subspaceError }),
      };
      const held = Object.entries(measured).filter(([figure]) => predicted.get(figure)!.holdsFrom! <= point.step);
      expect(held.length).toBeGreaterThan(1);
      for (const [figure, value] of held)
        expect(Math.abs(value / predicted.get(figure)!.at!(point.step) - 1), figure).toBeLessThan(0.1);
    },
  );

  test("a word that can only be left behind: one context and two words, solved by hand", async () => {
    // W_mm = ± h/(2‖h‖²), α = ‖W_mm‖² = 1/(2‖h‖²); the lead x of the word seen has x' = 2‖h‖²/(1 + e^x), so that e^x + x = 2‖h‖² t + 1
    const h = [3, 4];
    const problem = createProblem({
      ...{ vocabularySize: 2, embeddingDim: 2, embeddings: h },
      ...{ offsets: [0, 1], tokens: [0], probabilities: [1] },
    });
    const decoder = Float64Array.of(3 / 50, 4 / 50, -3 / 50, -4 / 50);
    const margin = { decoder, dual: Float64Array.of(1 / 50, -1 / 50), norm: norm(decoder), relativeGap: 0 };
    const finite = { status: "compatible", decoder: new Float64Array(4) } as const;
    const [gap, growth, projection, subspace] = await predictDescent(problem, { finite, margin }, descent(0.01));
    const t = 0.01 * 1e6;
    requireRelative("gap", gap!.at!(1e6), 1 / (50 * t), 1e-15);
    // x = ⟨W, W_mm⟩/‖W_mm‖²
    requireRelative("lead", projection!.at!(1e6) * 50, Math.log(50 * t), 1e-14);
    requireRelative("growth", growth!.at!(1e6), Math.log(10) / Math.sqrt(50), 1e-14);
    expect(subspace!.reason).toMatch(/^Nothing is predicted/);
    // a = 1/50 and π = 1: 0.005 of mass at t = 4
    expect(gap!.holdsFrom).toBe(400);
  });
});

// by least squares and eigenvalues of the dense matrices in NumPy 2.4.6
test.each([
  ["plane", 832.3504069305685, 0.0025248873690364884],
  ["wider", 72.0123669221734, 0.002081461590818206],
  ["mixed-supports", 1334.6110718721106, 0.0003197472890229389],
])("what pulls P_F off W* on %s, and its least curvature", async (name, length, leastCurvature) => {
  const { margin } = caseLimits(name);
  const found = finished(inSpanDrift(await caseProblem(name), margin.dual))!;
  // residuals of 1e-10 times a condition of some thousands
  requireRelative("length", found.length, length, 1e-6);
  requireRelative("curvature", found.leastCurvature, leastCurvature, 1e-6);
});

test("time passes with the sum of the step sizes", () => {
  const sum = (k: number, size: (i: number) => number): number =>
    Array.from({ length: k }, (_, i) => size(i + 1)).reduce((total, x) => total + x, 0);
  const falling = flowTime(chooseMethod({ schedule: "inverse-sqrt" }), 0.5)!;
  const fast = flowTime(chooseMethod({ schedule: "inverse" }), 0.5)!;
  for (const k of [1, 10, 1000]) {
    requireRelative(
      `step ${k}`,
      falling(k),
      sum(k, (i) => 0.5 / Math.sqrt(i)),
      0.05 / k ** 1.5,
    );
    requireRelative(
      `step ${k}`,
      fast(k),
      sum(k, (i) => 0.5 / i),
      0.1 / k ** 2,
    );
  }
  const heavy = flowTime(chooseMethod({ optimizer: "momentum", momentum: 0.75 }), 0.5)!;
  expect(heavy(10)).toBe(20);
  expect(flowTime(chooseMethod({ optimizer: "adam" }), 0.5)).toBeUndefined();
});

test("a prediction that was stopped says so, and is not called too large", async () => {
  const rows = await predictDescent(await caseProblem("plane"), caseLimits("plane"), descent(1), AbortSignal.abort());
  expect(rows.map(({ at }) => at !== undefined)).toEqual([true, true, true, false]);
  expect(rows[3]!.reason).toMatch(/^It was stopped before/);
});

test("where an assumption fails there is no prediction, and the reason", async () => {
  const problem = await caseProblem("plane");
  const { finite, margin } = caseLimits("plane");
  const reasons = async (limits: object, run = descent(1)): Promise<(string | undefined)[]> =>
    (await predictDescent(problem, limits as DescentLimits, run)).map(({ reason }) => reason);
  const only = (reason: RegExp): unknown[] => Array.from({ length: 4 }, (): unknown => expect.stringMatching(reason));
  expect(await reasons({ finite })).toEqual(only(/separable/));
  expect(await reasons({ finite, margin: { ...margin, relativeGap: 0.1 } })).toEqual(only(/relative gap of 1e-1/));
  expect(await reasons({ finite: { ...finite, status: "incompatible" }, margin })).toEqual(only(/compatible/));
  const edge = { lower: 2, upper: 2.1 };
  expect(await reasons({ finite, margin, stepSizes: { edge } }, descent(2.05))).toEqual(only(/edge of stability/));
  expect(await reasons({ finite, margin, stepSizes: { edge } }, descent(1.9))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(await reasons({ finite, margin }, { ...chooseMethod({ optimizer: "adam" }), stepSize: 1 })).toEqual(
    only(/adam/),
  );
});
