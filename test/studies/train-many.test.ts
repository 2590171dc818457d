import { afterAll, beforeAll, expect, test } from "vitest";
import {
  referenceDescent,
  referenceLoss,
  type ManyResult,
  type Problem,
  type TrainManyOptions,
} from "../../src/index.ts";
import { F32_UNIT, requireCloseInNorm, requireRelative } from "../support/compare.ts";
import { Lab } from "../support/lab.ts";
import { drawn } from "./train-many.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());
const call = <T>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/studies/train-many.page.ts", name, ...args);

const METHODS: readonly TrainManyOptions[] = [
  { stepSize: 0.3 },
  { optimizer: "momentum", stepSize: 0.03, schedule: "inverse-sqrt" },
  { optimizer: "normalised", stepSize: 0.1, schedule: "inverse-sqrt" },
  { optimizer: "adam", stepSize: 0.01 },
];

test.each(METHODS)("%j: every run goes as in float64", async (options) => {
  const count = 6;
  const found = await call<ManyResult[]>("trainDrawn", count, { ...options, steps: 300 });
  expect(found.map(({ index }) => index)).toEqual([...Array(count).keys()]);
  const problems = drawn(count);
  found.forEach(({ status, decoder, norm, lossGap, inSupportGap, offSupportGap }, i) => {
    expect(status).toBe("done");
    const { decoder: expected } = referenceDescent(problems[i]!, {
      ...(options as { stepSize: number }),
      recorded: [300],
    });
    // float32 sums over d and m terms; their errors do not grow
    requireCloseInNorm(`decoder ${i}`, decoder, expected, (9 + 7 + 16) * F32_UNIT);
    expect(norm).toBeCloseTo(Math.hypot(...decoder), 12);
    // the logarithms of two versions of one engine
    const gaps = referenceLoss(problems[i]!, decoder);
    requireRelative("loss gap", lossGap, gaps.lossGap, 1e-13);
    requireRelative("in-support gap", inSupportGap, gaps.inSupportGap, 1e-13);
    requireRelative("off-support gap", offSupportGap, gaps.offSupportGap, 1e-13);
  });
});

const RANDOM = { count: 5, seed: 3, contextCount: 6, embeddingDim: 7, vocabularySize: 8, supportSize: 3 };

test("problems that are drawn on the device are trained as those that are given", async () => {
  const [drawnThere, given] = await call<ManyResult[][]>("trainRandom", RANDOM, { steps: 100 });
  expect(drawnThere!.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  expect(drawnThere).toEqual(given);
  expect(new Set(drawnThere!.map(({ lossGap }) => lossGap)).size).toBe(5);
});

test.each([
  [{ vocabularySize: 33 }, "vocabularySize: expected at most 32 words, found 33"],
  [{ supportSize: 9 }, "supportSize: expected at most vocabularySize = 8, found 9"],
])("random problems with %j are refused", async (change, message) => {
  await expect(call("refuseRandom", { ...RANDOM, ...change })).rejects.toThrow(message);
});

test("problems that the device draws otherwise than its counters say are refused", async () => {
  await expect(call("drawWrongly", RANDOM)).rejects.toThrow(
    /^random-problems: expected what the counters of problem 0/,
  );
});

test("the safe step is each problem's own", async () => {
  const found = await call<ManyResult[]>("trainDrawn", 4, { steps: 1 });
  // the first step from zero is η ∇CE(0), and η within 2e-4 of 1/L, but for rounding
  found.forEach(({ norm }, i) => {
    const problem = drawn(4)[i]!;
    const { gradient } = referenceLoss(problem, new Float64Array(5 * 9));
    const stepSize = norm / Math.hypot(...gradient);
    expect(stepSize * smoothness(problem)).toBeLessThanOrEqual(1 + 20 * F32_UNIT);
    expect(stepSize * smoothness(problem)).toBeGreaterThan(1 - 3e-4);
  });
});

/** L = ½ λ_max(Σ_j π_j h_j h_jᵀ), by 2,000 power iterations. */
function smoothness({ embeddings, weights, embeddingDim: d }: Problem): number {
  let [x, eigenvalue] = [Float64Array.from({ length: d }, (_, i) => 1 + i / d), 0];
  for (let k = 0; k < 2000; k++) {
    const next = new Float64Array(d);
    weights.forEach((weight, j) => {
      const h = Array.from(embeddings.subarray(j * d, (j + 1) * d));
      const score = weight * h.reduce((sum, value, i) => sum + value * x[i]!, 0);
      h.forEach((value, i) => (next[i]! += score * value));
    });
    eigenvalue = Math.hypot(...next);
    x = next.map((value) => value / eigenvalue);
  }
  return eigenvalue / 2;
}

test("a run that leaves what numbers hold says so, and the others end well", async () => {
  const found = await call<ManyResult[]>("trainDrawn", 3, {
    optimizer: "momentum",
    momentum: 0.99,
    steps: 20,
    stepSize: 1e18,
  });
  for (const { status, lossGap } of found) {
    expect(status).toBe("diverged");
    expect(lossGap).toBeNaN();
  }
});

test("cancelled between two submissions, the runs end where they are", async () => {
  const { results, calls } = await call<{ results: ManyResult[]; calls: number }>("cancelMany", 8);
  const afterOneStep = await call<ManyResult[]>("trainDrawn", 8, { steps: 1 });
  expect(calls).toBe(1);
  expect(results).toEqual(afterOneStep.map((result) => ({ ...result, status: "cancelled" })));
});

test.each([
  [{ steps: -1 }, "steps: expected a whole number from 0 to 1000000000, found -1"],
  [{ stepSize: 0 }, 'stepSize: expected "safe" or a number from 1e-37 to 1e18, found 0'],
  [{ record: "log" }, /^record: no such option/],
  [{ optimizer: "adam", stepSize: "safe" }, /^stepSize: /],
])("%j is refused", async (options, message) => {
  await expect(call("trainDrawn", 2, options)).rejects.toThrow(message);
});

test("problems of other shapes and too many words are refused", async () => {
  await expect(call("trainMisfits", 6)).rejects.toThrow(
    "problems[1]: expected V = 5, d = 9, m = 7 as the first has, found V = 6, d = 9, m = 7",
  );
  await expect(call("trainMisfits", 40)).rejects.toThrow("problems: expected at most 32 words, found 40");
});

test("embeddings that have no safe step are refused", async () => {
  await expect(call("trainZeros")).rejects.toThrow("embeddings: expected some to differ from zero, found none");
});
