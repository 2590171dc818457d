import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createProblem,
  paper1Plane,
  referenceDescent,
  referenceLoss,
  synthetic,
  type Method,
  type Optimizer,
  type Problem,
  type Schedule,
  type TrainOptions,
  type TrainResult,
} from "../../src/index.ts";
import { F32_UNIT, requireClose, requireCloseInNorm, requireRelative, requireSameBits } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { caseBytes, caseNumber } from "../support/fixtures.ts";
import { Lab } from "../support/lab.ts";
import { isSpectral, OPTIMIZERS } from "../../src/training/methods/method.ts";
import { SCHEDULES } from "../../src/training/methods/schedule.ts";
import type { Engine, goOn } from "./training.page.ts";

type GoneOn = Awaited<ReturnType<typeof goOn>>;

/** Constants other than the default, under one of the schedules. */
const OTHER_CONSTANTS: Partial<Record<Schedule, Partial<Record<Optimizer, Partial<Method>>>>> = {
  "inverse-sqrt": {
    momentum: { momentum: 0.5 },
    adam: { betas: [0.5, 0.999], epsilon: 1e-3 },
    "signed-momentum": { momentum: 0.5 },
  },
};

/**
 * Steps along signs, so short that no gradient passes through 0 within what rounding leaves of it: from there on the
 * trajectories of two precisions part.
 */
const STEP_SIZES: Partial<Record<Optimizer, { readonly stepSize: number }>> = {
  sign: { stepSize: 1e-3 },
  "signed-momentum": { stepSize: 1e-3 },
  "max-steepest": { stepSize: 1e-5 },
};

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());
const call = <T>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/training/training.page.ts", name, ...args);
const trainOn = (problem: Problem, options: TrainOptions): Promise<TrainResult> =>
  call<TrainResult>("trainOn", problem, options);

const PROBLEMS: readonly [string, Problem][] = [
  ["the plane", paper1Plane({ seed: 2 })],
  [
    "uneven weights and supports",
    synthetic({
      contextCount: 33,
      embeddingDim: 41,
      vocabularySize: 13,
      supportSize: { min: 1, max: 13 },
      weights: { law: "dirichlet", concentration: 1 },
      seed: 11,
    }),
  ],
  [
    "more contexts than dimensions",
    synthetic({ contextCount: 40, embeddingDim: 17, vocabularySize: 9, supportSize: 3, seed: 12 }),
  ],
];

/** Every optimiser under every schedule; those along polar factors further down, which rounding moves further. */
const METHODS = OPTIMIZERS.filter((optimizer) => !isSpectral({ optimizer })).flatMap((optimizer) =>
  SCHEDULES.map((schedule): Partial<Method> & { readonly stepSize?: number } => ({
    ...{ optimizer, schedule, ...OTHER_CONSTANTS[schedule]?.[optimizer] },
    ...STEP_SIZES[optimizer],
  })),
);

describe.each([
  ...PROBLEMS.map(([name, problem]) => [name, problem, "one-workgroup"] as const),
  [`${PROBLEMS[1]![0]}, stepwise`, PROBLEMS[1]![1], "stepwise"] as const,
])("on %s", (_, problem, execution) => {
  const steps = execution === "stepwise" ? 100 : 300;
  test.each(METHODS)(`${steps} steps of %j as in float64`, async (method) => {
    const initial = normals(9, problem.vocabularySize * problem.embeddingDim, 0.5);
    const recorded = [0, 1, 2, 10, 100, 300].filter((step) => step <= steps);
    const found = await trainOn(problem, { ...method, steps, record: recorded, initial, execution });
    expect(found.status).toBe("done");
    expect(found.execution).toBe(execution);
    expect([found.optimizer, found.schedule]).toEqual([
      method.optimizer ?? "gradient-descent",
      method.schedule ?? "constant",
    ]);
    const expected = referenceDescent(problem, { ...method, stepSize: found.stepSize, recorded, initial });
    // A loss and a gradient are float32 sums over d and m terms, then over the words or contexts; their errors do not grow
    // from step to step as long as steps are too short to oscillate, and these are.
    const { contextCount, embeddingDim } = problem;
    // Steps of one length are rounded to one side, by half a unit of what they have come to.
    const sameLength = method.optimizer !== undefined && method.optimizer in STEP_SIZES ? steps / 2 : 0;
    const allowed = (contextCount + embeddingDim + 16 + sameLength) * F32_UNIT;
    expect(found.trace.map(({ step }) => step)).toEqual(recorded);
    expected.trace.forEach((point, i) => {
      requireRelative(`gap after ${point.step} steps`, found.trace[i]!.lossGap, point.lossGap, allowed);
      requireRelative(`norm after ${point.step} steps`, found.trace[i]!.norm, point.norm, allowed);
    });
    // of what the steps have moved, not of where they began
    const path = (decoder: Float64Array): Float64Array => decoder.map((w, i) => w - initial[i]!);
    requireCloseInNorm("path", path(found.decoder), path(expected.decoder), allowed);
  });

  /** Here trajectories part, in float64 too: rounding grows while steps of a fixed length swing to and fro. */
  test.each<Schedule>(["constant", "inverse-sqrt"])(
    "a single normalised step, %s, far into the oscillation",
    async (schedule) => {
      const options = { optimizer: "normalised", schedule, stepSize: 0.5, record: [], execution } as const;
      const [after, before] = await call<[TrainResult, TrainResult]>("lastStep", problem, 700, options);
      const stepSize = schedule === "constant" ? 0.5 : 0.5 / Math.sqrt(700);
      const { decoder } = referenceDescent(problem, {
        optimizer: "normalised",
        stepSize,
        recorded: [1],
        initial: before.decoder,
      });
      const step = (to: Float64Array): Float64Array => to.map((w, i) => w - before.decoder[i]!);
      requireRelative("length", Math.hypot(...step(after.decoder)), stepSize, 1e-6);
      requireCloseInNorm("step", step(after.decoder), step(decoder), 1e-5);
    },
  );
});

/** Here rounding decides signs: steps are compared where it cannot. */
test.each(
  (["one-workgroup", "stepwise"] as const).flatMap((execution) => [
    { optimizer: "sign", execution } as const,
    { optimizer: "signed-momentum", momentum: 0, execution } as const,
    { optimizer: "max-steepest", execution } as const,
  ]),
)("a single step of %j, far into the oscillation", async (options) => {
  const problem = PROBLEMS[1]![1];
  const [after, before] = await call<[TrainResult, TrainResult]>("lastStep", problem, 700, { ...options, record: [] });
  const { gradient } = referenceLoss(problem, before.decoder);
  const length =
    options.optimizer === "max-steepest" ? before.stepSize * gradient.reduce((sum, g) => sum + Math.abs(g), 0) : 0.01;
  const largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  const told = Array.from(gradient.keys()).filter((i) => Math.abs(gradient[i]!) > 1e-5 * largest);
  expect(told.length).toBeGreaterThan(0.9 * gradient.length);
  for (const i of told)
    requireClose(`entry ${i}`, [after.decoder[i]! - before.decoder[i]!], [-length * Math.sign(gradient[i]!)], 1e-6);
});

const plane = caseBytes("plane");

test.each(METHODS)("%j goes on from a state with the same bits", async (method) => {
  const [whole, ended] = await call<[TrainResult, TrainResult]>("continueRun", plane, 37, 150, method);
  const { arrays, ...facts } = ended.state;
  const { arrays: expected, ...expectedFacts } = whole.state;
  expect(facts).toEqual(expectedFacts);
  expect(facts).toMatchObject({ ...method, step: 150 });
  expect(Object.keys(arrays)).toEqual(Object.keys(expected));
  for (const [name, array] of Object.entries(expected)) requireSameBits(name, arrays[name]!, array);
  expect(ended.trace).toEqual(whole.trace.filter(({ step }) => step > 37));
  expect(ended.trace.length).toBeGreaterThan(3);
});

const MANY_CONTEXTS = synthetic({
  contextCount: 70,
  embeddingDim: 12,
  vocabularySize: 9,
  supportSize: 3,
  seed: 12,
});
/** Every way in which steps reach the device; those of one workgroup are taken on coefficients where contexts are few. */
const ENGINES: readonly (readonly [string, Engine, Problem])[] = [
  ["of coefficients in one workgroup", { execution: "one-workgroup" }, PROBLEMS[1]![1]],
  ["in one workgroup", { execution: "one-workgroup" }, MANY_CONTEXTS],
  ["in segments", { execution: "stepwise" }, MANY_CONTEXTS],
  ["in blocks of contexts", { execution: "stepwise", contextsAtOnce: 64 }, MANY_CONTEXTS],
];

describe.each(ENGINES)("the state of steps %s", (_, engine, problem) => {
  // past the first segment, and within the second
  const [first, last] = [37, 60];

  test.each(METHODS)("of %j is all that they hand on, and nothing that they do not need", async (method) => {
    const { whole, continued, forgotten } = await call<GoneOn>("goOn", problem, engine, method, first, last);
    requireSameBits("decoder", continued, whole);
    expect(Object.keys(forgotten).length).toBeGreaterThan(0);
    for (const [name, decoder] of Object.entries(forgotten))
      expect([name, ...decoder], `without ${name}`).not.toEqual([name, ...whole]);
  });
});

describe("steps along polar factors", () => {
  const SPECTRAL: readonly Partial<Method>[] = [
    { optimizer: "spectral", schedule: "inverse" },
    { optimizer: "spectral-steepest" },
    { optimizer: "muon", momentum: 0.5 },
  ];
  /** As wide as the gradient is, and higher than it is wide; the gradient has a singular value of zero. */
  const SHAPES: readonly [string, Problem][] = [
    ["fewer words than dimensions", PROBLEMS[1]![1]],
    [
      "more words than dimensions",
      synthetic({ contextCount: 30, embeddingDim: 6, vocabularySize: 21, supportSize: 2, seed: 4 }),
    ],
  ];
  const both = SHAPES.flatMap(([name, problem]) => SPECTRAL.map((method) => ({ name, problem, method })));

  test.each(both)("$method on $name go as in float64", async ({ problem, method }) => {
    const recorded = [1, 2, 20];
    const found = await trainOn(problem, { ...method, steps: 20, record: recorded });
    expect([found.status, found.execution]).toEqual(["done", "stepwise"]);
    const expected = referenceDescent(problem, { ...method, stepSize: found.stepSize, recorded });
    // What rounding moves small singular values by, 1e-7 of the largest, the iterations multiply by up to 6,638.
    requireCloseInNorm("decoder", found.decoder, expected.decoder, 1e-3);
    expected.trace.forEach(({ lossGap }, i) => requireRelative("gap", found.trace[i]!.lossGap, lossGap, 1e-3));
  });

  test.each(SPECTRAL)("%j goes on from a state with the same bits", async (method) => {
    const [whole, ended] = await call<[TrainResult, TrainResult]>("continueRun", plane, 37, 60, method);
    expect(Object.keys(ended.state.arrays)).toEqual(Object.keys(whole.state.arrays));
    for (const [name, array] of Object.entries(whole.state.arrays))
      requireSameBits(name, ended.state.arrays[name]!, array);
    expect(ended.trace).toEqual(whole.trace.filter(({ step }) => step > 37));
  });

  test.each(ENGINES.slice(2))("the state of steps %s is all that they hand on", async (_, engine, problem) => {
    const { whole, continued, forgotten } = await call<GoneOn>("goOn", problem, engine, { optimizer: "muon" }, 37, 60);
    requireSameBits("decoder", continued, whole);
    for (const [name, decoder] of Object.entries(forgotten))
      expect([name, ...decoder], `without ${name}`).not.toEqual([name, ...whole]);
  });
});

test("the safe step of momentum is (1 − β)/L", async () => {
  const { stepSize } = await call<TrainResult>("trainOn", plane, { steps: 0, optimizer: "momentum", momentum: 0.75 });
  requireRelative("step size", stepSize, caseNumber("plane", "gd_step") / 4, 1e-8);
});

/** One context and one next word: the gradient falls to nothing along a line, CE = log(1 + e^(w₂ − w₁)). */
const LINE = createProblem({
  vocabularySize: 2,
  embeddingDim: 1,
  embeddings: [1],
  offsets: [0, 1],
  tokens: [0],
  probabilities: [1],
});

describe("down to gradients that float32 does not hold", () => {
  test.each<Partial<Method>>([
    { optimizer: "normalised" },
    { optimizer: "adam", betas: [0, 0], epsilon: 0 },
    { optimizer: "adam", betas: [0.5, 0.6], epsilon: 0 },
  ])("%j goes as in float64 and comes to rest", async (method) => {
    const recorded = Array.from({ length: 1000 }, (_, i) => i + 1);
    const { status, trace } = await trainOn(LINE, { ...method, stepSize: 1, steps: 1000, record: recorded });
    expect(status).toBe("done");
    expect(trace.length).toBe(1000);
    const expected = referenceDescent(LINE, { ...method, stepSize: 1, recorded });
    const resolved = expected.trace.filter(({ lossGap }) => lossGap > 1e-25);
    expect(resolved.length).toBeGreaterThan(20);
    // the gap is e^−r with r = w₁ − w₂ up to 58, of which float32 logits keep 58 · 2^-24, and so do up to 250 steps
    resolved.forEach((point, i) => {
      requireRelative(`norm after ${point.step} steps`, trace[i]!.norm, point.norm, 1e-6);
      requireRelative(`gap after ${point.step} steps`, trace[i]!.lossGap, point.lossGap, 1e-4);
    });
    // 2^-63 is the least whose square float32 holds for sure, 2^60 the scale of gradients
    const last = trace.at(-1)!;
    expect(last.lossGap).toBeLessThan(2 ** -122);
    expect(trace.at(-200)!.norm).toBe(last.norm);
  });
});

describe("options that do not fit the optimizer are refused", () => {
  const state = {
    model: "decoder",
    step: 0,
    optimizer: "adam",
    schedule: "constant",
    betas: [0.9, 0.99],
    epsilon: 1e-8,
    stepSize: 0.01,
    arrays: { decoder: new Float32Array(4) },
  };
  test.each([
    [{ optimizer: "sgd" }, `optimizer: expected ${OPTIMIZERS.map((name) => `"${name}"`).join(" or ")}, found "sgd"`],
    [{ schedule: "linear" }, 'schedule: expected "constant" or "inverse-sqrt" or "inverse", found "linear"'],
    [{ momentum: 0.9 }, 'momentum: the optimizer "gradient-descent" has no such constant'],
    [{ optimizer: "momentum", betas: [0.9, 0.99] }, 'betas: the optimizer "momentum" has no such constant'],
    [{ optimizer: "normalised", epsilon: 1e-8 }, 'epsilon: the optimizer "normalised" has no such constant'],
    [{ optimizer: "momentum", momentum: 1 }, "momentum: expected a number from 0 to 0.9999, found 1"],
    [{ optimizer: "momentum", momentum: "0.5" }, 'momentum: expected a number from 0 to 0.9999, found "0.5"'],
    [{ optimizer: "adam", betas: [0.9, NaN] }, "betas[1]: expected a number from 0 to 0.9999, found NaN"],
    [{ optimizer: "adam", betas: [0.9] }, "betas: expected two numbers, found an array of 1"],
    [{ optimizer: "adam", epsilon: -1e-8 }, "epsilon: expected a number from 0 to 1, found -1e-8"],
    [
      { optimizer: "normalised", stepSize: "safe" },
      'stepSize: expected a number for the optimizer "normalised", whose steps do not shrink with the gradient, found "safe"',
    ],
    [
      { optimizer: "adam", stepSize: "safe" },
      'stepSize: expected a number for the optimizer "adam", whose steps do not shrink with the gradient, found "safe"',
    ],
    [
      { optimizer: "muon", execution: "one-workgroup" },
      'optimizer: expected another one for a run in one workgroup, found "muon"',
    ],
    [
      { optimizer: "momentum", from: state },
      'optimizer: expected "adam", as the state has that the run goes on from, found "momentum"',
    ],
    [
      { schedule: "inverse-sqrt", from: state },
      'schedule: expected "constant", as the state has that the run goes on from, found "inverse-sqrt"',
    ],
    [
      { betas: [0.9, 0.999], from: state },
      "betas: expected 0.9,0.99, as the state has that the run goes on from, found 0.9,0.999",
    ],
  ])("%j", async (options, message) => {
    await expect(call("trainOn", plane, options)).rejects.toThrow(expect.objectContaining({ code: "OPTION", message }));
  });
});
