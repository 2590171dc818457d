import { describe, expect, test } from "vitest";
import { chooseMethod, ownSafeStep, stepOf, type EntrywiseStep } from "../../src/training/methods/method.ts";
import { paper1Synthetic, synthetic } from "../../src/problem/synthetic.ts";
import { entrywiseStep } from "../../src/reference/entrywise-step.ts";
import { referenceLoss } from "../../src/float64/loss.ts";
import { referenceDescent } from "../../src/training/reference-descent.ts";
import { requireClose, requireCloseInNorm, requireRelative } from "../support/compare.ts";

test("three steps of Adam by hand", () => {
  const { along } = stepOf(chooseMethod({ optimizer: "adam", betas: [0.5, 0.75], epsilon: 0.5 }));
  const rule = (along as EntrywiseStep).mirror(1);
  const [decoder, ...moments] = [Float64Array.of(1), new Float64Array(1), new Float64Array(1)] as const;
  const reached = [2, -1, 4].map((g, i) => {
    entrywiseStep(decoder, moments, [g], 0.5, rule(i + 1));
    return decoder[0]!;
  });
  // moments 1, 0, 2 and 1, 1, 4.75; corrections 1/2, 3/4, 7/8 and 1/4, 7/16, 37/64
  const last = 0.6 - (0.5 * (16 / 7)) / (Math.sqrt(4.75 / (37 / 64)) + 0.5);
  requireClose("decoder", reached, [0.6, 0.6, last], 1e-15);
});

test.each([
  [{ optimizer: "sign" }, [0.5, 1, 0.5, 0.5]],
  // averages 1, 0, 2, 1
  [{ optimizer: "signed-momentum", momentum: 0.5 }, [0.5, 0.5, 0, -0.5]],
] as const)("four steps of %j by hand", (given, expected) => {
  const rule = (stepOf(chooseMethod(given)).along as EntrywiseStep).mirror(1);
  const [decoder, average] = [Float64Array.of(1), new Float64Array(1)];
  const reached = [2, -1, 4, 0].map((g, i) => {
    entrywiseStep(decoder, [average], [g], 0.5, rule(i + 1));
    return decoder[0]!;
  });
  requireClose("decoder", reached, expected, 0);
});

describe("steps in float64", () => {
  const problem = paper1Synthetic({ seed: 3 });
  const zero = new Float64Array(600);
  const after = (steps: number, options: object): Float64Array =>
    referenceDescent(problem, { stepSize: 0.1, recorded: [steps], ...options }).decoder;
  const gradientAt = (decoder: Float64Array): Float64Array => referenceLoss(problem, decoder).gradient;

  test("normalised ones have the length of the step size, along the gradient", () => {
    const moved = after(1, { optimizer: "normalised" });
    requireRelative("length", Math.hypot(...moved), 0.1, 1e-14);
    const gradient = gradientAt(zero);
    const factor = -0.1 / Math.hypot(...gradient);
    requireCloseInNorm(
      "direction",
      moved,
      gradient.map((g) => factor * g),
      1e-14,
    );
  });

  test("momentum is the heavy ball", () => {
    const [before, now, next] = [2, 3, 4].map((steps) => after(steps, { optimizer: "momentum" })) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const gradient = gradientAt(now);
    const expected = now.map((w, i) => w - 0.1 * gradient[i]! + 0.9 * (w - before[i]!));
    requireCloseInNorm("decoder", next, expected, 1e-13);
  });

  test.each([
    ["the root of their number", "inverse-sqrt", Math.sqrt(7)],
    ["their number", "inverse", 7],
  ])("falling ones are divided by %s", (_, schedule, divisor) => {
    const [now, next] = [6, 7].map((steps) => after(steps, { schedule })) as [Float64Array, Float64Array];
    const gradient = gradientAt(now);
    requireCloseInNorm(
      "decoder",
      next,
      now.map((w, i) => w - (0.1 / divisor) * gradient[i]!),
      1e-14,
    );
  });
});

const UNEVEN = synthetic({ contextCount: 20, embeddingDim: 9, vocabularySize: 6, supportSize: 2, seed: 5 });
test.each([
  ["max-steepest", UNEVEN],
  ["spectral-steepest", UNEVEN],
  ["max-steepest", paper1Synthetic({ seed: 3 })],
] as const)("%s with its safe step never raises the loss", (optimizer, problem) => {
  const method = chooseMethod({ optimizer });
  const recorded = Array.from({ length: 200 }, (_step, k) => k);
  const { trace } = referenceDescent(problem, { ...method, stepSize: ownSafeStep(method, problem)!, recorded });
  for (const [k, { lossGap }] of trace.entries())
    if (k > 0) expect(lossGap).toBeLessThanOrEqual(trace[k - 1]!.lossGap * (1 + 1e-14));
  expect(trace.at(-1)!.lossGap).toBeLessThan(0.5 * trace[0]!.lossGap);
});

test("a method is what is asked for, or what the state has", () => {
  expect(chooseMethod({})).toEqual({ optimizer: "gradient-descent", schedule: "constant" });
  const adam = chooseMethod({ optimizer: "adam", betas: [0.5, 0.25], schedule: "inverse-sqrt" });
  expect(adam).toEqual({ optimizer: "adam", schedule: "inverse-sqrt", betas: [0.5, 0.25], epsilon: 1e-8 });
  expect(chooseMethod({}, adam)).toEqual(adam);
  expect(chooseMethod({ optimizer: "adam", betas: [0.5, 0.25] }, adam)).toEqual(adam);
});
