import { describe, expect, test } from "vitest";
import { contextGaps } from "../../src/float64/context-gap.ts";
import { checkInFloat64, type Float64Check } from "../../src/float64/gap-check.ts";
import { describeCheck } from "../../src/results/float64-check.ts";
import { formatFigure } from "../../src/results/format-figure.ts";
import { createProblem, paper1Synthetic, referenceDescent, referenceLoss, synthetic } from "../../src/index.ts";
import { softLabelGrad } from "../../src/reference/soft-label-grad.ts";
import { requireClose, requireRelative } from "../support/compare.ts";
import { normals } from "../support/draw.ts";

const paper = paper1Synthetic({ seed: 1 });
/** 2 · 50 · 10 · 60 multiply-adds a check, 1,200 a context. */
const trained = referenceDescent(paper, { stepSize: 0.5, recorded: [300] }).decoder;
const { lossGap, gaps } = referenceLoss(paper, trained);
const inFloat32 = (values: ArrayLike<number>): Float32Array => Float32Array.from(values);

describe("the gaps of single contexts", () => {
  const wide = synthetic({
    contextCount: 30,
    embeddingDim: 5,
    vocabularySize: 40,
    supportSize: { min: 1, max: 40 },
    seed: 2,
  });
  test.each([
    ["a trained decoder", paper, trained],
    ["zero", paper, new Float64Array(600)],
    ["logits up to 40", wide, normals(3, 200).map((w) => 8 * w)],
    ["logits up to 4,000", wide, normals(3, 200).map((w) => 800 * w)],
  ])("are those of all contexts at once, at %s", (_, problem, decoder) => {
    const gapOf = contextGaps(problem, decoder);
    const expected = referenceLoss(problem, decoder).gaps;
    const found = Array.from({ length: problem.contextCount }, (_, j) => gapOf(j));
    // the same operations, one context after another
    requireClose(
      "gaps",
      found.flatMap(({ inSupportGap, offSupportGap }) => [inSupportGap, offSupportGap]),
      expected,
      0,
    );
    for (const { bound } of found) expect(bound).toBeGreaterThan(0);
  });

  test("have a bound that covers float32 products off the support", () => {
    const single = synthetic({ contextCount: 20, embeddingDim: 30, vocabularySize: 50, supportSize: 1, seed: 4 });
    const decoder = Float64Array.from(normals(5, 1500));
    const gapOf = contextGaps(single, decoder);
    let largest = 0;
    for (let j = 0; j < 20; j++) {
      const next = single.tokens[j]!;
      const logits = Float64Array.from({ length: 50 }, (_, v) => {
        let logit = 0;
        const round = v === next ? Number : Math.fround;
        for (let i = 0; i < 30; i++)
          logit = round(logit + round(round(decoder[v * 30 + i]!) * round(single.embeddings[j * 30 + i]!)));
        return logit;
      });
      const row = { offsets: [0, 1], tokens: [next], probabilities: [1], weights: [single.weights[j]!] };
      const inFloat32 = softLabelGrad(row, [logits[next]!], logits, { words: 50, stride: 1 }).gaps[1]!;
      const { offSupportGap, bound } = gapOf(j);
      const difference = Math.abs(inFloat32 - offSupportGap);
      expect(difference).toBeLessThanOrEqual(bound);
      largest = Math.max(largest, difference / bound);
    }
    // roundings of either sign add up to a tenth or less of what they could
    expect(largest).toBeGreaterThan(1e-3);
  });
});

describe("the float64 check", () => {
  const compared = (found: number): Extract<Float64Check, { relativeBound: number }> =>
    checkInFloat64(paper, trained, { lossGap: found }) as never;

  test("agrees with the right figure and what rounding explains, and with no other", () => {
    const right = compared(lossGap);
    expect(right.status).toBe("agrees");
    expect(right.relativeDifference).toBeLessThan(1e-14);
    // d = 60 with logits of some 5 in size: 62 · 2^-24 · Σ |W_vi h_i| for what is off the support
    expect(right.relativeBound).toBeGreaterThan(1e-6);
    expect(right.relativeBound).toBeLessThan(2e-4);
    const within = 0.99 * right.relativeBound;
    for (const sign of [-1, 1]) expect(compared(lossGap * (1 + sign * within)).status).toBe("agrees");
    const beyond = 1.01 * right.relativeBound;
    for (const wrong of [1 + beyond, 1 - beyond, 1.001, 0.999, 0, NaN, Infinity])
      expect(compared(lossGap * wrong).status).toBe("disagrees");
  });

  test("names the figures", () => {
    const figure = formatFigure(lossGap);
    expect(describeCheck(compared(lossGap * (1 + 1e-6)))).toMatch(
      new RegExp(
        `^agrees: loss gap ${figure} on the CPU, relative difference 1\\.0e-6 where rounding explains \\S+e-5$`,
      ),
    );
    expect(describeCheck(compared(2 * lossGap))).toMatch(
      new RegExp(
        `^DISAGREES: loss gap ${figure} on the CPU, relative difference 1\\.0e\\+0 where rounding explains \\S+e-5; do not trust this adapter's figures$`,
      ),
    );
  });

  test("does not blame an adapter for what products of 2,048 terms cost", () => {
    const d = 2048;
    const problem = createProblem({
      vocabularySize: 3,
      embeddingDim: d,
      embeddings: Float64Array.from({ length: d }, (_, i) => (i % 2 ? -1 : 1)),
      offsets: [0, 1],
      tokens: [0],
      probabilities: [1],
    });
    // Σ |W_1i h_i| = 2,048 around a logit of 0: (d + 2) 2^-24 of that, half of which is off the support
    const decoder = Float64Array.from({ length: 3 * d }, (_, i) => (i >= d && i < 2 * d ? 1 : 0));
    const check = checkInFloat64(problem, decoder, { lossGap: Math.log(3) }) as { relativeBound: number };
    const product = (2050 * 2 ** -24 * (2048 * (1 + 1 / 3))) / 3;
    const least = product / Math.log(3);
    expect(check.relativeBound).toBeGreaterThan(least);
    // the mean row, of one third each, lets the other two words have a third of that
    expect(check.relativeBound).toBeLessThan(4 * least);
  });

  test("says so where the figure is float64 work of the host", () => {
    const check = checkInFloat64(paper, trained, { lossGap, gaps });
    expect(check).toEqual({ status: "computed-in-float64", lossGap });
    expect(describeCheck(check)).toBe(
      "computed in float64 on the CPU, because logits are too large for float32: there is nothing to compare",
    );
  });

  test("is skipped, with the reason, where it costs too much and contexts are not known", () => {
    const check = checkInFloat64(paper, trained, { lossGap }, { mostOperations: 59_999 });
    expect(describeCheck(check)).toBe("skipped: it takes 6.0e+4 multiply-adds, more than 6e+4");
    expect(checkInFloat64(paper, trained, { lossGap }, { mostOperations: 60_000 }).status).toBe("agrees");
  });
});

describe("a sample of the contexts", () => {
  const right = inFloat32(gaps);
  const total = right.reduce((sum, part) => sum + part, 0);
  const check = (found: { lossGap: number; gaps: Float32Array }, contexts = 20): Float64Check =>
    checkInFloat64(paper, trained, found, { mostOperations: contexts * 1200 });

  test("is as large as the operations allow, and agrees with right figures", () => {
    const found = check({ lossGap: total, gaps: right });
    expect(found).toMatchObject({
      status: "agrees",
      relativeDifference: 0,
      sampled: { contexts: 20, of: 50, wrong: 0 },
    });
    // 1 − 0.05^(1/20) = 0.139
    expect(describeCheck(found)).toMatch(
      /^agrees on 20 of 50 contexts, drawn at random \(relative difference up to \d\.\de-8\), and the sum over all contexts is the loss gap; errors in 14% of the contexts or more would have shown with a probability of 95%$/,
    );
    expect(check({ lossGap: total, gaps: right }, 0.5)).toMatchObject({ status: "agrees", sampled: { contexts: 1 } });
    expect(check({ lossGap: total, gaps: right }, 50)).not.toHaveProperty("sampled");
  });

  test("finds a context that is off by a per mille, if it is drawn", () => {
    const statuses = Array.from({ length: 50 }, (_, j) => {
      const wrong = right.slice();
      for (const part of [2 * j, 2 * j + 1]) wrong[part]! *= 1.001;
      const sum = wrong.reduce((sum, part) => sum + part, 0);
      const found = check({ lossGap: sum, gaps: wrong });
      if (found.status === "disagrees") {
        expect(found).toMatchObject({ sampled: { wrong: 1 } });
        expect(describeCheck(found)).toBe(
          "DISAGREES: of 20 of 50 contexts, drawn at random, 1 are off by more than rounding, relative difference up to 1.0e-3; do not trust this adapter's figures",
        );
      }
      return found.status;
    });
    expect(statuses.filter((status) => status === "disagrees")).toHaveLength(20);
    expect(statuses.filter((status) => status === "agrees")).toHaveLength(30);
  });

  test("finds contexts that are not numbers, and a total that is not their sum", () => {
    expect(check({ lossGap: total, gaps: right.map(() => NaN) }).status).toBe("disagrees");
    // 50 / 64 + 8 roundings
    const roundings = (50 / 64 + 8) * 2 ** -24;
    expect(check({ lossGap: total * (1 + 0.9 * roundings), gaps: right }).status).toBe("agrees");
    for (const wrong of [total * (1 + 1.1 * roundings), total * (1 - 1.1 * roundings), 2 * total, NaN])
      expect(check({ lossGap: wrong, gaps: right })).toMatchObject({ status: "disagrees", sampled: { wrong: 0 } });
    expect(describeCheck(check({ lossGap: 2 * total, gaps: right }))).toBe(
      "DISAGREES: the loss gap is not the sum over its contexts, relative difference 1.0e+0 where rounding explains 5.2e-7; do not trust this adapter's figures",
    );
  });

  test("is of the same contexts each time", () => {
    const [first, second] = [check({ lossGap: total, gaps: right }), check({ lossGap: total, gaps: right })];
    expect(first).toEqual(second);
    requireRelative("sum of float32 gaps", total, lossGap, 2 ** -24);
  });
});
