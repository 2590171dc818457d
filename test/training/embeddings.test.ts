import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EmbeddingPoint, ProblemInput, TrainEmbeddingsOptions, TrainEmbeddingsResult } from "../../src/index.ts";
import { chooseMethod, OPTIMIZERS } from "../../src/training/methods/method.ts";
import { RandomStream } from "../../src/support/random.ts";
import { requireCloseInNorm, requireRelative, requireSameBits } from "../support/compare.ts";
import { descendFactors } from "../support/factor-descent.ts";
import { Lab } from "../support/lab.ts";
import { drawSupports, withSupports } from "../support/supports.ts";

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
    ...OPTIMIZERS.map((optimizer) => ({ optimizer, ridge: 1e-2 })),
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

  test("that diverges says so", async () => {
    const { status } = await run(given, { stepSize: 1e6, steps: 300 });
    expect(status).toBe("diverged");
  });

  test.each<[TrainEmbeddingsOptions, string]>([
    [{ dimension: 0 }, "dimension: expected a whole number"],
    [{ ridge: -1 }, "ridge: expected a number from 0 to 1000000, found -1"],
    [{ decay: "l2" as never }, 'decay: expected "coupled" or "decoupled", found "l2"'],
    [{ decay: "decoupled", optimizer: "normalised" }, 'decay: expected "coupled" for the optimizer "normalised"'],
    [{ scale: 0 }, "scale: expected a number above 0 and up to 100, found 0"],
    [{ initial: { decoder: [1], embeddings: [2] } }, "initial.decoder: expected 5 × 5 = 25 values, found 1"],
    [{ momentum: 0.5 }, 'momentum: the optimizer "gradient-descent" has no such constant'],
    [{ lambda: 3 } as never, "lambda"],
  ])("refuses %o in a sentence", async (options, sentence) => {
    await expect(run(given, options)).rejects.toThrow(sentence);
  });
});
