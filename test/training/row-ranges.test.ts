import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { synthetic, type LogOdds, type MaxMargin } from "../../src/index.ts";
import type { MeasuredGradient } from "../../src/maps/gradient.ts";
import type { Optimizer } from "../../src/training/methods/method.ts";
import { requireSameBits } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { Lab } from "../support/lab.ts";
import type { descend } from "./row-ranges.page.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());
const call = <T>(name: string, ...args: unknown[]): Promise<T> =>
  lab.call<T>("/test/training/row-ranges.page.ts", name, ...args);

const [words, dim, contexts] = [1200, 128, 70];
const problem = synthetic({
  ...{ vocabularySize: words, embeddingDim: dim, contextCount: contexts },
  ...{ supportSize: 4, seed: 3 },
});
/** Logits [V, m] fit, a decoder [V, d] does not: it takes two ranges of 640 words at most. Limits need not be multiples of four. */
const MOST_BOUND = 350_003;

test("the decoder is larger than what is bound, and the logits are not", () => {
  expect(4 * words * dim).toBeGreaterThan(MOST_BOUND);
  expect(4 * words * (contexts + 2)).toBeLessThan(MOST_BOUND);
});

/** One for each kernel that reaches the whole decoder. */
const METHODS: readonly Optimizer[] = ["gradient-descent", "normalised", "adam", "max-steepest"];

describe.each([
  // past the first segment
  ["in segments", contexts + 2, 33],
  ["in blocks of contexts", 64, 2],
])("steps %s of a decoder larger than what the device binds", (_, contextsAtOnce, steps) => {
  test.each(METHODS)("by %s have the same bits", async (optimizer) => {
    const after = (mostBound: number | null): ReturnType<typeof descend> =>
      call("descend", problem, { optimizer }, contextsAtOnce, steps, mostBound);
    const [whole, inRanges] = [await after(null), await after(MOST_BOUND)];
    requireSameBits("decoder", inRanges.decoder, whole.decoder);
    expect(whole.norm).toBeGreaterThan(0);
    expect([inRanges.lossGap, inRanges.norm]).toEqual([whole.lossGap, whole.norm]);
  });
});

test("its loss and gradient have the same bits", async () => {
  const decoder = Float64Array.from(normals(5, words * dim));
  const at = (mostBound: number | null): Promise<MeasuredGradient> => call("gradientAt", problem, decoder, mostBound);
  const [whole, inRanges] = [await at(null), await at(MOST_BOUND)];
  expect(whole.lossGap).toBeGreaterThan(0);
  expect(inRanges).toEqual(whole);
});

test("W* and W_mm have the same bits", async () => {
  const found = (mostBound: number | null): Promise<[LogOdds, MaxMargin]> => call("solve", problem, mostBound);
  const [[finite, margin], [finiteInRanges, marginInRanges]] = [await found(null), await found(MOST_BOUND)];
  expect(finite.status).toBe("compatible");
  requireSameBits("W*", finiteInRanges.decoder, finite.decoder);
  expect(margin.iterations).toBeGreaterThan(0);
  requireSameBits("W_mm", marginInRanges.decoder!, margin.decoder!);
});

test("what needs all of it at once is refused in a sentence", async () => {
  await expect(call("descend", problem, { optimizer: "muon" }, contexts + 2, 1, MOST_BOUND)).rejects.toMatchObject({
    code: "GPU_UNAVAILABLE",
    reason: "limits",
    message: expect.stringMatching(
      /^[a-z-]+ needs 614400 bytes of \w+ at once; this device binds up to 350000: pass largestBufferBytes to openGpu, where the adapter has more\.$/,
    ) as string,
  });
});
