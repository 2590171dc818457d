import { describe, expect, test } from "vitest";
import { DECODER_NORMS, marginOf, type DecoderNorm } from "../../src/index.ts";
import { dualDecoder } from "../../src/float64/margin-certificate.ts";
import { NormCertificate } from "../../src/float64/norm-certificate.ts";
import { NormSplitting } from "../../src/float64/norm-splitting.ts";
import { createProblem, type Problem } from "../../src/problem/problem.ts";
import { finished } from "../../src/support/host-spells.ts";
import { normals } from "../support/draw.ts";
import { caseArray, caseProblem } from "../support/fixtures.ts";
import { decoderFigures, dualFigures, orthonormalCase } from "../support/margin.ts";
import { dualNormOf, normOf } from "../support/norms.ts";
import { PLANE, PLANE_NORMS } from "../support/plane.ts";
import { drawProblem } from "../support/problems.ts";

const ITERATIONS = 4096;
/** Problems solved by other methods, see test/fixtures/README.md. */
const SOLVED = Array.from({ length: 10 }, (_, i) => `norms/random-${i + 1}`);

/** What so many iterations from zero come to, certified every 64. */
function solve(problem: Problem, norm: DecoderNorm, gap: number): NormCertificate {
  const [splitting, certificate] = [new NormSplitting(problem, norm), new NormCertificate(problem, norm)];
  while (certificate.relativeGap > gap && splitting.iterations < ITERATIONS) {
    for (let k = 0; k < 64; k++) finished(splitting.step());
    finished(certificate.offerDual(splitting.dual));
    finished(certificate.offerDecoder(splitting.decoder));
  }
  return certificate;
}

/**
 * The bounds, from the arrays alone: W meets the constraints and has the upper one as its norm, β is in the cone and its dual norm has the
 * lower one as its reciprocal. Norms here and there are sums of some hundred terms, and singular values good to 1e-11.
 */
function requireBounds(problem: Problem, { norm, dual, decoder, lowerBound, upperBound }: NormCertificate): void {
  const { spread, margin } = decoderFigures(problem, decoder!);
  expect(spread).toBeLessThanOrEqual(1e-11);
  expect(margin).toBeGreaterThanOrEqual(1 - 1e-11);
  const d = problem.embeddingDim;
  expect(Math.abs(normOf(norm, decoder!, d) / upperBound - 1)).toBeLessThanOrEqual(1e-9);
  const { largestSum, largestOff, total } = dualFigures(problem, dual);
  expect(largestSum).toBeLessThanOrEqual(1e-14);
  expect(largestOff).toBeLessThanOrEqual(0);
  expect(Math.abs(total - 1)).toBeLessThanOrEqual(1e-12);
  expect(Math.abs(lowerBound * dualNormOf(norm, dualDecoder(problem, dual), d) - 1)).toBeLessThanOrEqual(1e-9);
}

describe.each(DECODER_NORMS)("the least %s norm", (norm) => {
  test("of the plane is the one known", () => {
    const problem = createProblem(PLANE);
    const found = solve(problem, norm, 1e-8);
    requireBounds(problem, found);
    expect(found.relativeGap).toBeLessThanOrEqual(1e-8);
    // known to eight digits
    expect(Math.abs(found.upperBound - PLANE_NORMS[norm])).toBeLessThanOrEqual(1e-7);
  });

  test("of ten random problems lies between bounds that meet", () => {
    for (let seed = 0; seed < 10; seed++) {
      const problem = drawProblem({ contexts: 8, words: 6, dim: 10, support: [1, 3], seed });
      const found = solve(problem, norm, 1e-6);
      requireBounds(problem, found);
      expect(found.relativeGap).toBeLessThanOrEqual(1e-6);
      expect(Math.abs(marginOf(problem, found.decoder!, norm) * found.upperBound - 1)).toBeLessThanOrEqual(1e-9);
    }
  });

  test("of ten problems is what other methods find", async () => {
    for (const name of SOLVED) {
      const problem = await caseProblem(name);
      const known = caseArray(name, "least_norms").data[DECODER_NORMS.indexOf(norm)]!;
      const { lowerBound, upperBound } = solve(problem, norm, 1e-7);
      // 1e-7 from the gap, 1e-8 from theirs
      for (const bound of [lowerBound, upperBound]) expect(Math.abs(bound / known - 1)).toBeLessThanOrEqual(2e-7);
    }
  });

  test("is bounded by any arrays", () => {
    const problem = createProblem(PLANE);
    for (let seed = 0; seed < 20; seed++) {
      const certificate = new NormCertificate(problem, norm);
      finished(certificate.offerDual(Float64Array.from(normals(seed, 15))));
      finished(certificate.offerDecoder(normals(seed, 10)));
      expect(certificate.lowerBound).toBeLessThanOrEqual(PLANE_NORMS[norm] + 1e-7);
      expect(certificate.upperBound).toBeGreaterThanOrEqual(PLANE_NORMS[norm] - 1e-7);
    }
  });

  test("of contexts that share no direction is that of logits", () => {
    const { input, norm: frobenius } = orthonormalCase([[0, 2], [1], [3]], 4);
    const found = solve(createProblem(input), norm, 1e-9);
    requireBounds(createProblem(input), found);
    expect(found.relativeGap).toBeLessThanOrEqual(1e-9);
    // centred supports; logits of ±½
    if (norm !== "spectral")
      expect(Math.abs(found.upperBound / (norm === "max" ? 0.5 : frobenius) - 1)).toBeLessThanOrEqual(2e-9);
  });
});

test("a problem with more words than dimensions, wide and tall, begun from its answer, has it at once", () => {
  const problem = drawProblem({ contexts: 6, words: 14, dim: 5, support: [2, 2], seed: 1 });
  for (const norm of DECODER_NORMS) {
    const known = solve(problem, norm, 1e-7);
    requireBounds(problem, known);
    const splitting = new NormSplitting(problem, norm);
    const dual = known.dual.map((b) => b * known.lowerBound);
    finished(splitting.start(known.decoder!, dual, dualDecoder(problem, dual)));
    finished(splitting.step());
    const again = new NormCertificate(problem, norm);
    finished(again.offerDual(splitting.dual));
    finished(again.offerDecoder(splitting.decoder));
    expect(again.relativeGap).toBeLessThanOrEqual(1e-4);
  }
});

describe("the margin of a decoder", () => {
  // logits 3, 1, 0 and −4, 0, 2: the second context's word 2 leads by 2, the first's by 2
  const problem = createProblem({
    ...{ vocabularySize: 3, embeddingDim: 2, embeddings: [1, 0, 0, 2] },
    ...{ offsets: [0, 1, 2], tokens: [0, 2], probabilities: [1, 1] },
  });
  const decoder = [3, -2, 1, 0, 0, 1];

  test("is its least lead over its norm, however large it is", () => {
    const singular = Math.sqrt((15 + Math.sqrt(15 ** 2 - 4 * (10 * 5 - 36))) / 2);
    for (const [norm, size] of [
      ["frobenius", Math.sqrt(15)],
      ["max", 3],
      ["spectral", singular],
    ] as const)
      for (const scale of [1, 1e-200, 1e200]) {
        const scaled = decoder.map((w) => scale * w);
        expect(Math.abs(marginOf(problem, scaled, norm) * (size / 2) - 1)).toBeLessThanOrEqual(1e-10);
      }
    expect(
      marginOf(
        problem,
        decoder.map((w) => -w),
        "max",
      ),
    ).toBe(-2);
  });

  test("is NaN for zeros, and refused for another shape or norm", () => {
    expect(marginOf(problem, new Float64Array(6), "spectral")).toBeNaN();
    expect(() => marginOf(problem, [1, 2], "max")).toThrow("decoder: expected 3 × 2 = 6 values, found 2");
    expect(() => marginOf(problem, decoder, "nuclear" as DecoderNorm)).toThrow('norm: expected "frobenius" or "max"');
  });
});
