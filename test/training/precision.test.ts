import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextGaps } from "../../src/float64/context-gap.ts";
import {
  checkInFloat64,
  createProblem,
  referenceDescent,
  referenceLoss,
  synthetic,
  type Evaluation,
  type Float64Check,
  type Problem,
  type TrainResult,
} from "../../src/index.ts";
import { F32_UNIT, requireClose, requireCloseInNorm, requireRelative } from "../support/compare.ts";
import { caseArray, caseBytes, caseProblem } from "../support/fixtures.ts";
import { normals } from "../support/draw.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());
const call = <T>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/training/training.page.ts", name, ...args);

/** W* + R W_mm and a random disturbance of relative size `deviation`: a gap of e^-R off the support and deviation² within. */
function nearSolution(name: string, reach: number, deviation: number): Float64Array {
  const finite = caseArray(name, "log_odds_decoder").data;
  const direction = caseArray(name, "max_margin_decoder").data;
  const noise = normals(17, finite.length);
  return finite.map((w, i) => w + reach * direction[i]! + deviation * noise[i]!);
}

/** Asked for are 1e-2 at a gap of 1e-10; measured on a software adapter are 4e-6 at 1e-12. */
const GAP_TOLERANCE = 1e-4;

const SEPARABLE = ["plane", "wide", "wider", "square", "narrow-separable", "mixed-supports"];

describe.each(SEPARABLE)("close to the solution of %s", (name) => {
  test.each([
    [12, 1e-3],
    [16, 3e-5],
    [24, 3e-6],
    [26, 1e-9],
  ])("reach %d, deviation %d: the gap is followed to 1e-4 relative", async (reach, deviation) => {
    const problem = await caseProblem(name);
    const initial = nearSolution(name, reach, deviation);
    const expected = referenceLoss(problem, initial);
    const found = await call<Evaluation>("evaluateAt", caseBytes(name), initial);
    expect(expected.lossGap).toBeGreaterThan(1e-13);
    requireRelative("gap", found.lossGap, expected.lossGap, GAP_TOLERANCE);
    // Log-ratios t = sqrt(2 gap) come from support logits in pairs, whose conversion, product and sum leave 2^-46 of the
    // largest logit.
    const { embeddings, embeddingDim } = problem;
    const largestLogit = Math.max(
      ...Array.from(problem.tokens, (z, k) => {
        const j = problem.offsets.findLastIndex((start) => start <= k);
        let logit = 0;
        for (let i = 0; i < embeddingDim; i++)
          logit += initial[z * embeddingDim + i]! * embeddings[j * embeddingDim + i]!;
        return Math.abs(logit);
      }),
    );
    const ofPairs = (2 ** -46 * largestLogit) / Math.sqrt(2 * expected.inSupportGap);
    requireRelative("in-support gap", found.inSupportGap, expected.inSupportGap, 1e-5 + 2 * ofPairs);
    requireRelative("off-support gap", found.offSupportGap, expected.offSupportGap, 1e-4);
    requireCloseInNorm("gradient", found.gradient, expected.gradient, 1e-5 + ofPairs);

    const recorded = [1, 10, 100, 300];
    const { safeStep } = {
      safeStep: (await call<TrainResult>("trainOn", caseBytes(name), { steps: 0, record: [] })).stepSize,
    };
    const descent = referenceDescent(problem, { stepSize: safeStep, recorded, initial });
    const run = await call<TrainResult>("trainOn", caseBytes(name), {
      steps: 300,
      record: recorded,
      initial,
      stepSize: safeStep,
    });
    descent.trace.forEach((point, i) =>
      requireRelative(
        `gap ${point.lossGap} after ${point.step} steps`,
        run.trace[i]!.lossGap,
        point.lossGap,
        GAP_TOLERANCE,
      ),
    );
  });
});

test("a shift common to all words changes the norm alone", async () => {
  const problem = await caseProblem("wide");
  const decoder = caseArray("wide", "probe_decoder").data;
  const shifted = decoder.map((w, i) => w + 1000 * Math.sin(i % 60));
  const expected = referenceLoss(problem, decoder);
  const found = await call<Evaluation>("evaluateAt", caseBytes("wide"), shifted);
  // the shift itself leaves 1e3 · 2^-53 in each entry
  requireRelative("gap", found.lossGap, expected.lossGap, 1e-6);
  requireCloseInNorm("gradient", found.gradient, expected.gradient, 1e-6);
  requireRelative("norm", found.norm, Math.sqrt(shifted.reduce((sum, w) => sum + w * w, 0)), 1e-12);
});

test("products that leave float32 are computed, a decoder that does is refused", async () => {
  const huge = {
    vocabularySize: 3,
    embeddingDim: 500,
    embeddings: new Float64Array(500).fill(1e18),
    offsets: [0, 1],
    tokens: [1],
    probabilities: [1],
  };
  const decoder = Float64Array.from({ length: 1500 }, (_, i) => (i < 500 ? 9e17 : -9e17));
  // word 1 is 500 · 2 · 9e35 below word 0; the sum of 500 products rounds to 500 · 2^-53
  const found = await call<Evaluation>("evaluateAt", huge, decoder);
  requireRelative("loss gap", found.lossGap, 9e38, 1e-13);
  requireRelative("gradient", found.gradient[0]!, 1e18, 1e-13);
  await expect(call("evaluateAt", huge, decoder.with(3, 9e20))).rejects.toThrow(
    "decoder: expected finite numbers below 1e18 in size, found 900000000000000000000 at row 0, column 3",
  );
});

const ONE_CONTEXT = {
  vocabularySize: 3,
  embeddingDim: 2,
  embeddings: Float64Array.of(1, 0.5),
  offsets: [0, 2],
  tokens: [0, 1],
  probabilities: [0.25, 0.75],
};

test.each([1, 1e3, 1e6, 1e9, 1e12, 9e17])("logits of -%d: words 1 and 2 have half the mass each", async (size) => {
  const found = await call<Evaluation>("evaluateAt", ONE_CONTEXT, Float64Array.of(-size, 0, 0, 0, 0, 0));
  const total = 2 + Math.exp(-size);
  const residual = [Math.exp(-size) / total - 0.25, 1 / total - 0.75, 1 / total];
  // on the GPU, up to 1e4, the logits, their origin and their sum round to 2^-24 each, and exp to some 2^-21
  const allowed = 1e-6 + (size <= 1e4 ? 4 * F32_UNIT * size : 0);
  requireCloseInNorm("gradient", found.gradient, Float64Array.from(residual.flatMap((r) => [r, r / 2])), allowed);
  // KL(p ‖ q) with log q_0 = −size − log total
  const gap = 0.25 * (Math.log(0.25) + size) + 0.75 * Math.log(0.75) + Math.log(total);
  requireRelative("loss gap", found.lossGap, gap, 1e-6);
});

test("logits near 1e17 that differ by less than float64 tells are refused, equal rows are not", async () => {
  const decoder = Float64Array.of(1e17, 3e17, 1e17 + 64, 3e17, -9e17, 0);
  await expect(call("evaluateAt", ONE_CONTEXT, decoder)).rejects.toThrow(
    /^decoder: expected logits whose differences float64 can tell, found \S+ and \S+ for words \d and \d in context 0$/,
  );
});

test("a run does not start where float32 logits have lost their digits", async () => {
  const initial = Float64Array.of(-1e6, 0, 0, 0, 0, 0);
  await expect(call("trainOn", ONE_CONTEXT, { steps: 1, initial })).rejects.toThrow(
    /^initial: expected logits of at most 1e\+5 in size, found up to 1\.1e\+6$/,
  );
  expect((await call<TrainResult>("trainOn", ONE_CONTEXT, { steps: 1, initial: initial.with(0, -1e4) })).status).toBe(
    "done",
  );
});

/** Problems of the same kinds as the solved ones, drawn here. */
const DRAWN: readonly [string, Parameters<typeof synthetic>[0]][] = [
  [
    "uneven weights and supports",
    {
      contextCount: 33,
      embeddingDim: 41,
      vocabularySize: 13,
      supportSize: { min: 1, max: 13 },
      weights: { law: "dirichlet", concentration: 1 },
      seed: 11,
    },
  ],
  [
    "more contexts than dimensions",
    { contextCount: 90, embeddingDim: 17, vocabularySize: 9, supportSize: 3, seed: 12 },
  ],
  [
    "one next word each, orthonormal",
    { contextCount: 20, embeddingDim: 23, vocabularySize: 30, supportSize: 1, embedding: "orthonormal", seed: 13 },
  ],
  [
    "unit sphere, Zipf",
    {
      contextCount: 32,
      embeddingDim: 33,
      vocabularySize: 35,
      supportSize: 5,
      embedding: "unit-sphere",
      probability: { law: "zipf", exponent: 1 },
      weights: { law: "zipf", exponent: 1 },
      seed: 14,
    },
  ],
  [
    "rare words",
    {
      contextCount: 31,
      embeddingDim: 40,
      vocabularySize: 12,
      supportSize: 6,
      probability: { law: "dirichlet", concentration: 0.1 },
      seed: 15,
    },
  ],
  ["two words, one context", { contextCount: 1, embeddingDim: 1, vocabularySize: 2, supportSize: 1, seed: 16 }],
];

test.each(DRAWN)("%s: 1,000 steps as in float64", async (_, options) => {
  const problem = synthetic(options);
  const recorded = [1, 10, 100, 1000];
  const found = await call<TrainResult>("trainOn", problem, { steps: 1000, record: recorded });
  const expected = referenceDescent(problem, { stepSize: found.stepSize, recorded });
  expected.trace.forEach((point, i) => {
    requireRelative(`gap after ${point.step} steps`, found.trace[i]!.lossGap, point.lossGap, 1e-4);
    requireRelative(`norm after ${point.step} steps`, found.trace[i]!.norm, point.norm, 1e-5);
  });
  requireCloseInNorm("decoder", found.decoder, expected.decoder, 1e-4);
});

describe("each context's gap is within its bound", () => {
  const requireWithinBounds = async (
    given: Uint8Array | Problem,
    problem: Problem,
    decoder: Float64Array,
  ): Promise<Float64Check> => {
    const found = await call<Evaluation>("evaluateAt", given, decoder);
    expect(found.gaps).toBeInstanceOf(Float32Array);
    const gapOf = contextGaps(problem, decoder);
    const expected = Array.from({ length: problem.contextCount }, (_, j) => gapOf(j));
    requireClose(
      "gaps",
      Array.from(expected, (_, j) => found.gaps[2 * j]! + found.gaps[2 * j + 1]!),
      expected.map(({ inSupportGap, offSupportGap }) => inSupportGap + offSupportGap),
      (j) => expected[j]!.bound,
    );
    // a third of the contexts, and their sum
    const { contextCount: m, vocabularySize: V, embeddingDim: d } = problem;
    const mostOperations = 2 * Math.ceil(m / 3) * V * d;
    const check = checkInFloat64(problem, decoder, found, { mostOperations });
    expect(check.status).toBe("agrees");
    expect(checkInFloat64(problem, decoder, { ...found, lossGap: 1.001 * found.lossGap }).status).toBe("disagrees");
    return check;
  };

  test.each(SEPARABLE)("close to the solution of %s", async (name) => {
    const problem = await caseProblem(name);
    for (const [reach, deviation] of [
      [12, 1e-3],
      [26, 1e-9],
    ] as const)
      await requireWithinBounds(caseBytes(name), problem, nearSolution(name, reach, deviation));
  });

  test.each(DRAWN)("%s, logits of all sizes", async (_, options) => {
    const problem = synthetic(options);
    const noise = normals(18, problem.vocabularySize * problem.embeddingDim);
    for (const scale of [0, 0.01, 1, 30])
      await requireWithinBounds(
        problem,
        problem,
        Float64Array.from(noise, (w) => scale * w),
      );
  });

  test("but for logits that take float64, whose check has nothing to compare", async () => {
    const decoder = Float64Array.of(-1e6, 0, 0, 0, 0, 0);
    const found = await call<Evaluation>("evaluateAt", ONE_CONTEXT, decoder);
    expect(found.gaps).toBeInstanceOf(Float64Array);
    expect(found.gaps[0]! + found.gaps[1]!).toBe(found.lossGap);
    expect(checkInFloat64(createProblem(ONE_CONTEXT), decoder, found).status).toBe("computed-in-float64");
  });
});

test("a step size that lets the loss overflow ends as diverged", async () => {
  // steps of this size alone go to and fro within 1e18; with momentum ‖W‖² goes past the largest float32
  const options = { steps: 1000, stepSize: 1e18, optimizer: "momentum", momentum: 0.99 };
  const result = await call<TrainResult>("trainOn", caseBytes("plane"), options);
  expect(result.status).toBe("diverged");
  expect(result.trace.at(-1)!.step).toBeLessThan(1000);
  for (const point of result.trace) expect(Number.isFinite(point.lossGap)).toBe(true);
});

describe("a vocabulary whose logits are not on the device all at once", () => {
  const options = {
    contextCount: 150,
    embeddingDim: 20,
    vocabularySize: 14,
    supportSize: { min: 1, max: 6 },
    seed: 15,
  };
  const problem = synthetic(options);
  const blocksOf = (
    atOnce: number,
    method: object,
  ): Promise<{ blocks: number; lossGap: number; decoder: Float64Array }> =>
    call("descendInBlocks", problem, atOnce, method, 0.05, 30);

  test.each([{}, { optimizer: "momentum", momentum: 0.5 }, { optimizer: "adam" }] as const)(
    "%j goes as in float64, block after block",
    async (method) => {
      // 64, 64 and 24 padded contexts, of which 22 are there
      const found = await blocksOf(64, method);
      expect(found.blocks).toBe(3);
      const expected = referenceDescent(problem, { ...method, stepSize: 0.05, recorded: [30] });
      const allowed = (150 + 20 + 16) * F32_UNIT;
      requireCloseInNorm("decoder", found.decoder, expected.decoder, allowed);
      requireRelative("loss gap", found.lossGap, referenceLoss(problem, found.decoder).lossGap, allowed);
    },
  );
});
