import { afterAll, beforeAll, expect, test } from "vitest";
import { requireRelative } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

// A sum over the vocabulary is good to some 16 units of 2^-24, and so is the gap as a number, being its logarithm: 1e-6 of it where
// it is above 1.
test.each([32_000, 1_000_000])(
  "the loss gap over %d words is good to 1e-6 after two steps",
  { timeout: 300_000 },
  async (words) => {
    const given = {
      vocabularySize: words,
      embeddingDim: 3,
      embeddings: normals(7, 6),
      offsets: [0, 2, 5],
      tokens: [1, 4, 0, 2, words - 1],
      probabilities: [0.75, 0.25, 0.5, 0.25, 0.25],
    };
    const { found, expected } = await lab.call<Record<"found" | "expected", number>>(
      "/test/training/training.page.ts",
      "lossGapAfter",
      given,
      2,
    );
    console.info(`${words} words: off by ${(found / expected - 1).toExponential(1)}`);
    expect(expected).toBeGreaterThan(1);
    requireRelative("loss gap", found, expected, 1e-6);
  },
);
