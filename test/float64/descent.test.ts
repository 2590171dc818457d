import { describe, expect, test } from "vitest";
import { paper1Synthetic, synthetic } from "../../src/problem/synthetic.ts";
import { RandomStream } from "../../src/support/random.ts";
import { referenceLoss } from "../../src/float64/loss.ts";
import { referenceDescent } from "../../src/training/reference-descent.ts";
import { caseArray, caseNumber, caseProblem, CASES, caseTrace } from "../support/fixtures.ts";
import { requireClose, requireCloseInNorm, requireRelative } from "../support/compare.ts";

/** A thousand roundings of float64. */
const CLOSE = 1e-13;

describe.each(CASES)("the float64 loss on %s", (name) => {
  test("agrees with the solved case", async () => {
    const problem = await caseProblem(name);
    requireClose("entropy", [problem.entropy], [caseNumber(name, "entropy")], CLOSE);
    for (const point of ["probe", "far"]) {
      const found = referenceLoss(problem, caseArray(name, `${point}_decoder`).data);
      requireRelative("gap", found.lossGap, caseNumber(name, `${point}_gap`), CLOSE);
      requireRelative("parts", found.inSupportGap + found.offSupportGap, found.lossGap, CLOSE);
      requireCloseInNorm("gradient", found.gradient, caseArray(name, `${point}_gradient`).data, CLOSE);
    }
  });

  test("descends as the solved case did", async () => {
    const problem = await caseProblem(name);
    const operations = problem.contextCount * problem.vocabularySize * problem.embeddingDim;
    const trace = caseTrace(name).filter(({ step }) => step * operations <= 1e8 && step <= 100);
    expect(trace.length).toBeGreaterThan(1);
    const found = referenceDescent(problem, {
      stepSize: caseNumber(name, "gd_step"),
      recorded: trace.map(({ step }) => step),
    });
    // 100 steps, each of which may add a few hundred roundings
    requireClose(
      "gaps",
      found.trace.map(({ lossGap }) => lossGap),
      trace.map(({ gap }) => gap),
      1e-11,
    );
    requireClose(
      "norms",
      found.trace.map(({ norm }) => norm),
      trace.map(({ norm }) => norm),
      1e-10,
    );
  });
});

test("the gradient is that of the loss, by central differences", () => {
  const problem = synthetic({
    contextCount: 7,
    embeddingDim: 5,
    vocabularySize: 6,
    supportSize: { min: 1, max: 6 },
    seed: 3,
  });
  const stream = new RandomStream(5, 0);
  const decoder = Float64Array.from({ length: 30 }, () => stream.normal());
  const { gradient } = referenceLoss(problem, decoder);
  const h = 1e-5;
  const differences = decoder.map((w, i) => {
    const gapAt = (x: number): number => referenceLoss(problem, decoder.with(i, x)).lossGap;
    return (gapAt(w + h) - gapAt(w - h)) / (2 * h);
  });
  // h² / 6 times a third derivative of order one, and 1e-16 / h of rounding
  requireClose("gradient", gradient, differences, 1e-9);
});

test("the gap of a decoder that matches the log-odds is what its off-support mass makes it", () => {
  const problem = paper1Synthetic({ seed: 4 });
  const zero = referenceLoss(problem, new Float64Array(600));
  // at zero every word has probability 1/10: six in support, four off
  requireRelative("off-support gap", zero.offSupportGap, Math.log(10 / 6), 1e-14);
  requireRelative("in-support gap", zero.inSupportGap, Math.log(6) - problem.entropy, 1e-13);
});
