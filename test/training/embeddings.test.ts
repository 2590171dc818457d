import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  EmbeddingPathPoint,
  EmbeddingPoint,
  EmbeddingsRun,
  NuclearMargin,
  ProblemInput,
  RunEstimate,
  TrainEmbeddingsOptions,
  TrainEmbeddingsResult,
} from "../../src/index.ts";
import { predictFactors } from "../../src/predictions/trained-embeddings.ts";
import { createProblem } from "../../src/problem/problem.ts";
import { predictionRows } from "../../src/results/prediction-facts.ts";
import { chooseMethod, isSpectral, OPTIMIZERS } from "../../src/training/methods/method.ts";
import { RandomStream } from "../../src/support/random.ts";
import { requireCloseInNorm, requireRelative, requireSameBits } from "../support/compare.ts";
import { descendFactors, logitsOf } from "../support/factor-descent.ts";
import { Lab } from "../support/lab.ts";
import { drawSupports, subsets, withSupports } from "../support/supports.ts";

const PAGE = "/test/training/embeddings.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const run = (given: ProblemInput, options: TrainEmbeddingsOptions): Promise<TrainEmbeddingsResult> =>
  lab.call(PAGE, "run", given, options);

const drawn = (V: number, m: number, k: number): ProblemInput => ({
  ...withSupports(V, drawSupports(1, V, m, k, true), 1),
  weights: Array.from({ length: m }, (_, j) => 1 + (j % 3)),
});

const normals = (seed: number, length: number): Float64Array => {
  const stream = new RandomStream(seed, 0);
  return Float64Array.from({ length }, () => 0.3 * stream.normal());
};

describe("goes as in float64", () => {
  const given = drawn(7, 9, 3);
  const dimension = 6;
  const initial = { decoder: normals(1, 7 * dimension), embeddings: normals(2, 9 * dimension) };
  const runs: Partial<TrainEmbeddingsOptions>[] = [
    ...OPTIMIZERS.filter((optimizer) => !isSpectral({ optimizer })).map((optimizer) => ({ optimizer, ridge: 1e-2 })),
    { optimizer: "gradient-descent", ridge: 1e-2, decay: "decoupled" },
    { optimizer: "adam", ridge: 1e-1, decay: "decoupled", schedule: "inverse-sqrt" },
    { optimizer: "momentum", ridge: 0 },
  ];
  const both = runs.flatMap((options) =>
    (["one-workgroup", "stepwise"] as const).map((execution) => ({ ...options, execution })),
  );
  test.each(both)("%o", async (options) => {
    const stepSize = options.optimizer === "gradient-descent" || options.optimizer === "momentum" ? 0.3 : 0.01;
    const { ridge = 0, decay = "coupled" } = options;
    const steps = 200;
    const found = await run(given, { ...options, dimension, initial, stepSize, steps });
    const expected = descendFactors(given, initial, {
      ...{ dimension, method: chooseMethod(options), stepSize, ridge, decay, steps },
    });
    expect([found.status, found.execution]).toEqual(["done", options.execution]);
    requireCloseInNorm("decoder", found.decoder, expected.decoder, 1e-5);
    requireCloseInNorm("embeddings", found.embeddings, expected.embeddings, 1e-5);
    requireRelative("loss gap", found.trace.at(-1)!.lossGap, expected.gap, 1e-4);
  });
});

describe("a run of both factors", () => {
  const given = drawn(5, 6, 2);

  test.each([
    { optimizer: "momentum", ridge: 1e-3, execution: "stepwise" } as const,
    { optimizer: "adam", ridge: 1e-2, decay: "decoupled", schedule: "inverse-sqrt" } as const,
    { optimizer: "momentum", ridge: 1e-3 } as const,
  ])("that is continued has the same bits: %o", async (options) => {
    const all = { ...options, dimension: 3, steps: 70, stepSize: 0.05, seed: 4, scale: 0.5 };
    const { whole, parts } = await lab.call<{ whole: TrainEmbeddingsResult; parts: TrainEmbeddingsResult }>(
      PAGE,
      "continued",
      given,
      { ...all },
      33,
    );
    expect(parts.state.step).toBe(70);
    requireSameBits("decoder", parts.decoder, whole.decoder);
    requireSameBits("embeddings", parts.embeddings, whole.embeddings);
    for (const [name, array] of Object.entries(whole.state.arrays))
      requireSameBits(name, parts.state.arrays[name]!, array);
    expect(parts.trace.at(-1)).toEqual(whole.trace.at(-1));
  });

  test("is iterated over, paused and cancelled", async () => {
    type Watched = { points: EmbeddingPoint[]; paused: boolean; result: TrainEmbeddingsResult };
    const options = { steps: 100_000, record: [0, 10, 20, 30, 100_000], stepSize: 0.1 };
    const { points, paused, result } = await lab.call<Watched>(PAGE, "watched", given, options, {
      pauseAt: 10,
      cancelAt: 30,
    });
    expect(points.map(({ step }) => step)).toEqual([0, 10, 20, 30]);
    expect(paused).toBe(true);
    expect(result.status).toBe("cancelled");
    expect(result.state.step).toBeGreaterThanOrEqual(30);
    const gaps = points.map(({ lossGap }) => lossGap);
    expect([...gaps].sort((a, b) => b - a)).toEqual(gaps);
  });

  test("starts from the same draw for the same seed, small and balanced", async () => {
    const [one, same, other] = await Promise.all(
      [1, 1, 2].map((seed) => run(given, { seed, steps: 0, record: [0], dimension: 40 })),
    );
    requireSameBits("decoder", one!.decoder, same!.decoder);
    expect(other!.decoder).not.toEqual(one!.decoder);
    const [first] = one!.trace;
    // 0.1 √V and 0.1 √m, within four deviations of a χ of 200 and of 240
    requireRelative("‖W‖", first!.decoderNorm, 0.1 * Math.sqrt(5), 0.2);
    requireRelative("‖H‖", first!.embeddingNorm, 0.1 * Math.sqrt(6), 0.2);
  });

  test("starts at the problem's embeddings in their dimension, with the same drawn W", async () => {
    const dimension = 3;
    const embeddings = normals(5, 6 * dimension);
    const own = { ...given, embeddingDim: dimension, embeddings };
    const options = { steps: 0, record: [0], keep: [0], seed: 7, scale: 0.5 };
    const [found, drawn] = [
      await run(own, { ...options, initial: "given" }),
      await run(own, { ...options, dimension }),
    ];
    expect(found.dimension).toBe(dimension);
    requireCloseInNorm("embeddings", found.trace[0]!.factors!.embeddings, embeddings, 1e-14);
    requireRelative("‖H‖", found.trace[0]!.embeddingNorm, Math.hypot(...embeddings), 1e-6);
    requireSameBits("decoder", found.decoder, drawn.decoder);
    await expect(run(own, { initial: "given", dimension: 5 })).rejects.toThrow(
      "dimension: expected 3, that of the problem's embeddings, which the run starts from, found 5",
    );
  });

  test("keeps both factors at the steps asked for, and ends where it would", async () => {
    const options = { dimension: 3, steps: 40, record: [0, 7, 20, 40] };
    const kept = await run(given, { ...options, keep: [7, 40] });
    const plain = await run(given, options);
    expect(kept.trace.map(({ step, factors }) => [step, factors !== undefined])).toEqual([
      [0, false],
      [7, true],
      [20, false],
      [40, true],
    ]);
    const [, after7, , after40] = kept.trace;
    const { decoder, embeddings } = await run(given, { ...options, steps: 7, record: [] });
    expect(after7!.factors).toEqual({ decoder, embeddings });
    expect(after40!.factors).toEqual({ decoder: plain.decoder, embeddings: plain.embeddings });
    expect(kept.trace.map(({ factors: _, ...point }) => point)).toEqual(plain.trace);
  });

  test("that diverges says so", async () => {
    const { status } = await run(given, { stepSize: 1e6, steps: 300 });
    expect(status).toBe("diverged");
  });

  test.each<[TrainEmbeddingsOptions, string]>([
    [{ dimension: 0 }, "dimension: expected a whole number"],
    [{ ridge: -1 }, "ridge: expected a number from 0 to 1000000, found -1"],
    [{ decay: "l2" as never }, 'decay: expected "coupled" or "decoupled", found "l2"'],
    [{ decay: "decoupled", optimizer: "normalised" }, 'decay: expected "coupled" for the optimizer "normalised"'],
    [{ steps: 9, keep: [10] }, "keep: expected steps that are recorded, found 10"],
    [{ scale: 0 }, "scale: expected a number above 0 and up to 100, found 0"],
    [{ initial: { decoder: [1], embeddings: [2] } }, "initial.decoder: expected 5 × 5 = 25 values, found 1"],
    [{ initial: "zero" as never }, 'initial: expected "given", found "zero"'],
    [{ momentum: 0.5 }, 'momentum: the optimizer "gradient-descent" has no such constant'],
    [{ lambda: 3 } as never, "lambda"],
  ])("refuses %o in a sentence", async (options, sentence) => {
    await expect(run(given, options)).rejects.toThrow(sentence);
  });
});

const TRAINING_PAGE = "/test/training/training.page.ts";

describe("what a run of both factors costs", () => {
  const given = drawn(7, 9, 3);

  test.each<Omit<EmbeddingsRun, "model">>([
    {},
    { initial: "given" },
    { execution: "stepwise" },
    { execution: "stepwise", dimension: 6, decay: "decoupled", ridge: 1e-2 },
    { dimension: 3, schedule: "inverse-sqrt" },
    { optimizer: "normalised" },
    ...(["one-workgroup", "stepwise"] as const).flatMap((execution) => [
      { execution, optimizer: "momentum" as const },
      { execution, optimizer: "momentum" as const, momentum: 0 },
      { execution, optimizer: "adam" as const, dimension: 33 },
    ]),
  ])("is the memory that was announced, which it gives back: %j", async (options) => {
    const choice = { ...options, model: "embeddings" };
    type Need = Record<"totalBytes" | "largestBufferBytes", number>;
    const need = await lab.call<Need>(TRAINING_PAGE, "memoryOf", given, choice);
    type Used = Record<"total" | "largest" | "alive" | "reported", number>;
    const used = await lab.call<Used>(TRAINING_PAGE, "allocatedIn", given, choice);
    expect(used.alive).toBe(0);
    expect(used.largest).toBe(need.largestBufferBytes);
    expect(used.reported).toBe(need.totalBytes);
    expect(used.total).toBe(used.reported);
  });

  test("is the time of its own kernels", async () => {
    const estimateOf = (options: Partial<EmbeddingsRun>): Promise<{ estimate: RunEstimate; memoryBytes: number }> =>
      lab.call(TRAINING_PAGE, "estimateOf", given, { ...options, model: "embeddings" });
    const widths = { "one-workgroup": 100 * 7, stepwise: 4000 * 7 };
    for (const execution of ["one-workgroup", "stepwise"] as const) {
      const { estimate, memoryBytes } = await estimateOf({ execution });
      expect(estimate.execution).toBe(execution);
      expect(estimate.memory.totalBytes).toBe(memoryBytes);
      expect(estimate.msPerStep).toBeGreaterThan(0);
      // so much wider takes longer on any device, whatever else there is in a step
      const wide = await estimateOf({ execution, dimension: widths[execution] });
      expect(wide.estimate.msPerStep / estimate.msPerStep).toBeGreaterThan(2);
    }
  });
});

interface Towards {
  readonly result: TrainEmbeddingsResult;
  readonly margin: NuclearMargin;
  readonly times: Float64Array;
}

const towards = (given: ProblemInput, options: TrainEmbeddingsOptions, threshold = 1): Promise<Towards> =>
  lab.call(PAGE, "towards", given, options, threshold);

describe("laws of gradient descent on both factors", () => {
  const pairs = subsets([0, 1, 2, 3, 4], 2);

  test("2ηk(R − 1)(CE − H)/‖L_mm‖_* tends to 1, and ‖W‖² = ‖H‖² to ‖L‖_*", async () => {
    const given = withSupports(5, pairs, 5);
    const options = { dimension: 5, steps: 100_000, stepSize: 1, scale: 0.01, record: [1000, 100_000] };
    const { result, margin } = await towards(given, options);
    const logits = logitsOf(result, 5);
    const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    const R = inner(logits, margin.logits) / inner(margin.logits, margin.logits);
    const { lossGap, decoderNorm, embeddingNorm, alignmentCorrected, subspaceError } = result.trace[1]!;
    requireRelative("the law", (2 * 100_000 * (R - 1) * lossGap) / margin.upperBound, 1, 0.03);
    const predictions = predictFactors(createProblem(given), margin, { ...result, ridge: 0 });
    const [gap, size] = predictionRows(predictions, result.trace);
    requireRelative("the predicted gap", gap!.ratio!, 1, 0.03);
    requireRelative("the predicted norm", size!.ratio!, 1, 0.01);
    expect(gap!.holdsFrom).toBeLessThan(100_000);
    // but for the constant that the start leaves of their difference
    requireRelative("‖W‖²", decoderNorm ** 2, R * margin.upperBound, 0.01);
    requireRelative("‖H‖²", embeddingNorm ** 2, decoderNorm ** 2, 1e-3);
    expect(alignmentCorrected).toBeGreaterThan(result.trace[0]!.alignmentCorrected!);
    expect(alignmentCorrected).toBeGreaterThan(0.999);
    expect(subspaceError).toBeLessThan(1e-5);
  });

  test("modes emerge in the order of their singular values, when linear growth says so", async () => {
    // two vocabularies, the pairs of each: what separates them does not touch what is learned within them
    const supports = [...subsets([0, 1, 2], 2), ...subsets([3, 4, 5], 2)];
    const given = { ...withSupports(6, supports), weights: [2, 2, 2, 1, 1, 1] };
    const stepSize = 0.1;
    const record = Array.from({ length: 400 }, (_, i) => 10 * (i + 1));
    const options = { dimension: 6, steps: 4000, stepSize, scale: 1e-6, record };
    const { result, times } = await towards(given, options, 0.01);
    for (const [i, time] of times.entries()) {
      const before = result.trace.findIndex(({ modes }) => modes![i]! >= 0.01);
      expect(before).toBeGreaterThan(0);
      requireRelative(`mode ${i}`, result.trace[before]!.step * stepSize, time, 0.05);
    }
  });
});

describe("a smoothed problem", () => {
  const given = withSupports(5, subsets([0, 1, 2, 3, 4], 2), 3);
  const [V, m] = [5, 10];

  test("rests at log((1 − ε) p + ε/V), centred, which is L_in and much of S̃ of the problem before", async () => {
    const smoothing = 1e-6;
    const minimiser = new Float64Array(m * V).fill(Math.log(smoothing / V));
    for (let j = 0; j < m; j++)
      for (let k = given.offsets[j]!; k < given.offsets[j + 1]!; k++)
        minimiser[j * V + given.tokens[k]!] = Math.log((1 - smoothing) * given.probabilities[k]! + smoothing / V);
    for (let j = 0; j < m; j++) {
      const row = minimiser.subarray(j * V, (j + 1) * V);
      const mean = row.reduce((a, b) => a + b) / V;
      row.forEach((value, v) => (row[v] = value - mean));
    }
    const identity = Float64Array.from({ length: V * V }, (_, i) => (i % (V + 1) === 0 ? 1 : 0));
    const options = { dimension: V, steps: 2000, stepSize: 0.1, record: [0, 2000] };
    const initial = { decoder: identity, embeddings: minimiser };
    const { result, margin } = await lab.call<{ result: TrainEmbeddingsResult; margin: NuclearMargin }>(
      ...[PAGE, "runSmoothed", given, smoothing, { ...options, initial }],
    );
    requireCloseInNorm("L", logitsOf(result, V), minimiser, 1e-6);
    const [first, last] = result.trace;
    expect(first!.lossGap).toBeLessThan(1e-9);
    expect(last!.lossGap).toBeLessThan(1e-9);
    for (const { proxyAlignment } of [first!, last!]) {
      expect(proxyAlignment).toBeGreaterThan(0.9999);
      expect(proxyAlignment).toBeLessThan(1);
    }
    // L_in and P_F are those of the supports before: of the smoothed problem P_F L would be L itself
    expect(last!.subspaceError).toBeLessThan(1e-4);
    expect(margin.proxy.logits).toHaveLength(m * V);
    // of the problem before, three words of five get what ε gave them for nothing
    const before = await run(given, { ...options, initial });
    requireRelative("the gap before", before.trace[0]!.lossGap, (3 / V) * smoothing, 1e-3);
  });

  test("is not measured towards a problem of other sizes", async () => {
    const other = withSupports(4, subsets([0, 1, 2, 3], 2));
    await expect(lab.call(PAGE, "runTowardsOther", given, other)).rejects.toThrow(
      "towards: expected a problem of 10 contexts and 5 words, found one of 6 contexts and 4 words",
    );
  });
});

test("AdamW's decay ends elsewhere than the ridge of the same λ", async () => {
  const given = withSupports(5, subsets([0, 1, 2, 3, 4], 2), 5);
  const options = { optimizer: "adam", dimension: 5, steps: 30_000, stepSize: 3e-3, ridge: 1e-2, scale: 0.5 } as const;
  const [coupled, decoupled] = await Promise.all(
    (["coupled", "decoupled"] as const).map((decay) => towards(given, { ...options, decay, record: [30_000] })),
  );
  const [one, other] = [coupled!.result.trace[0]!, decoupled!.result.trace[0]!];
  const { points } = await lab.call<{ points: EmbeddingPathPoint[] }>(
    "/test/solvers/embedding-path.page.ts",
    "path",
    given,
    { lambdas: [options.ridge] },
  );
  const size = (one.decoderNorm ** 2 + one.embeddingNorm ** 2) / 2;
  requireRelative("½(‖W‖² + ‖H‖²) of the ridge", size, points[0]!.nuclearNormBound, 0.01);
  expect(Math.abs(other.lossGap / one.lossGap - 1)).toBeGreaterThan(0.5);
});
