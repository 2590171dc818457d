import { expect, test } from "vitest";
import { canRunInFloat64, whyNotInFloat64 } from "../../demo/float64/run.ts";
import { createProblem } from "../../src/problem/problem.ts";
import { bothViolated, paper1Plane, paper1Synthetic, synthetic } from "../../src/problem/synthetic.ts";
import { findLimitsInFloat64 } from "../../src/results/find-limits-in-float64.ts";
import { OPTIMIZERS, isSpectral } from "../../src/training/methods/method.ts";
import { trainInFloat64 } from "../../src/training/train-in-float64.ts";

const plane = paper1Plane();
/** The secant at 40 begins at 4. */
const record = [4, 25, 40];

test.each(OPTIMIZERS.filter((optimizer) => !isSpectral({ optimizer })))(
  "%s goes on from a state with the same bits and figures",
  async (optimizer) => {
    const towards = await findLimitsInFloat64(plane);
    const options = { optimizer, schedule: "inverse-sqrt", stepSize: 0.1, towards } as const;
    const whole = await trainInFloat64(plane, { ...options, initial: "lecun", seed: 3, steps: 40, record });
    const { state } = await trainInFloat64(plane, { ...options, initial: "lecun", seed: 3, steps: 20, record: [4] });
    const kept = structuredClone(state);
    const onwards = await trainInFloat64(plane, { from: state, towards, steps: 40, record: [25, 40] });
    expect(onwards.decoder).toEqual(whole.decoder);
    expect(onwards.trace).toEqual(whole.trace.slice(1));
    expect(onwards.trace.at(-1)!.secantAlignment).toBeGreaterThanOrEqual(-1);
    // the state is the caller's
    expect(state).toEqual(kept);
  },
);

test("a run that outgrows what can be computed with has diverged, as on the GPU", async () => {
  const { vocabularySize, embeddingDim, offsets, tokens, probabilities } = plane;
  const rows = { vocabularySize, embeddingDim, offsets, tokens, probabilities };
  const large = createProblem({ ...rows, embeddings: plane.embeddings.map((h) => 1e3 * h) });
  const { status, trace, state } = await trainInFloat64(large, { stepSize: 1e18, steps: 9, record: [0, 3, 9] });
  expect([status, trace.map(({ step }) => step), state.step]).toEqual(["diverged", [0], 3]);
});

test("what it does not do is refused in a sentence", async () => {
  await expect(trainInFloat64(plane, { optimizer: "spectral" })).rejects.toThrow(
    'optimizer: expected another one for a run in float64 on the host, found "spectral"',
  );
  const { state } = await trainInFloat64(plane, { steps: 1 });
  await expect(trainInFloat64(paper1Synthetic(), { from: state })).rejects.toThrow(
    "from: expected a state of 10 × 60 = 600 numbers, found one of 10",
  );
  const gradient = { optimizer: "gradient-descent" } as const;
  expect(whyNotInFloat64(plane, "fixed", gradient)).toBeUndefined();
  expect(whyNotInFloat64(plane, "trained", gradient)).toBe("Trained embeddings need WebGPU.");
  expect(whyNotInFloat64(plane, "fixed", { optimizer: "spectral" })).toBe("The optimiser spectral needs WebGPU.");
  const large = synthetic({
    ...{ contextCount: 100, embeddingDim: 100, vocabularySize: 50 },
    supportSize: { min: 2, max: 2 },
  });
  expect([plane, paper1Synthetic(), large].map(canRunInFloat64)).toEqual([true, true, false]);
  expect(whyNotInFloat64(large, "fixed", gradient)).toBe("A problem of this size needs WebGPU.");
});

test("limits that are not there say why", async () => {
  const violated = await findLimitsInFloat64(bothViolated());
  expect([violated.finite?.status, violated.margin?.status]).toEqual(["incompatible", "infeasible-certified"]);
  const large = synthetic({
    ...{ contextCount: 30, embeddingDim: 30, vocabularySize: 30 },
    supportSize: { min: 2, max: 3 },
  });
  const { finite, margin, missing } = await findLimitsInFloat64(large);
  expect([finite?.status, margin]).toEqual(["compatible", undefined]);
  expect(missing).toMatch(/^W_mm is not computed without a GPU/);
  const everyWord = createProblem({
    ...{ vocabularySize: 2, embeddingDim: 1, embeddings: [1], offsets: [0, 2], tokens: [0, 1] },
    probabilities: [0.5, 0.5],
  });
  expect(await findLimitsInFloat64(everyWord)).toMatchObject({
    finite: { status: "compatible" },
    missing: "Every context is followed by every word: there is no margin to maximise.",
  });
  expect(await findLimitsInFloat64(plane, AbortSignal.abort())).toEqual({});
});
