import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProblemInput, TrainOptions, TrainResult } from "../../src/index.ts";
import { requireSameBits } from "../support/compare.ts";
import { Lab } from "../support/lab.ts";
import { drawInput } from "../support/problems.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

const small = drawInput({ contexts: 6, dim: 5, words: 7, support: [2, 3], seed: 3 });
/** Decoders of more words than a point carries, so that each is read back by itself. */
const large = drawInput({ contexts: 20, dim: 80, words: 30, support: [2, 3], seed: 4 });

const run = (given: ProblemInput, options: TrainOptions): Promise<TrainResult> =>
  lab.call("/test/training/training.page.ts", "trainOn", given, options);

describe.each([
  ["one-workgroup", small],
  ["stepwise", small],
  ["one-workgroup", large],
  ["stepwise", large],
] as const)("a run that keeps decoders, %s", (execution, given) => {
  const start = { execution, initial: "lecun", seed: 5 } as const;
  const record = [0, 7, 20, 300];

  test("has that of a run of so many steps at each step asked for, at no other, and else the same", async () => {
    const [kept, plain] = [
      await run(given, { ...start, steps: 300, record, keep: [300, 0, 7] }),
      await run(given, { ...start, steps: 300, record }),
    ];
    expect(kept.execution).toBe(execution);
    expect(kept.trace.map(({ step }) => step)).toEqual(record);
    expect(kept.trace.map((point) => "decoder" in point)).toEqual([true, true, false, true]);
    for (const { step, decoder } of kept.trace)
      if (decoder) requireSameBits(`W_${step}`, decoder, (await run(given, { ...start, steps: step })).decoder);
    expect(kept.trace.map(({ decoder: _, ...point }) => point)).toEqual(plain.trace);
    // the state carries a checksum of all that is in it
    expect(kept.state).toEqual(plain.state);
  });

  test("has them also where it goes on from a state", async () => {
    const { state, decoder } = await run(given, { ...start, steps: 137 });
    const { trace } = await run(given, { from: state, steps: 300, record: [137, 300], keep: [137, 300] });
    requireSameBits("W_137", trace[0]!.decoder!, decoder);
    requireSameBits("W_300", trace[1]!.decoder!, (await run(given, { ...start, steps: 300 })).decoder);
  });
});

test.each([
  [{ steps: 9, record: [3], keep: [3, 4] }, "keep: expected steps that are recorded, found 4"],
  [{ steps: 9, keep: [0] }, "keep: expected steps that are recorded, found 0"],
])("steps that are not recorded are refused: %j", async (options, sentence) => {
  await expect(run(small, options)).rejects.toThrow(sentence);
});
