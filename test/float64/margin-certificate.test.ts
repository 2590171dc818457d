import { describe, expect, test } from "vitest";
import { createProblem, type Problem } from "../../src/problem/problem.ts";
import { RandomStream } from "../../src/support/random.ts";
import { perpendicularPart } from "../../src/float64/perpendicular-part.ts";
import {
  dualBound,
  dualDecoder,
  primalBound,
  repairDual,
  supportMask,
  wordMargins,
  type DualBound,
  type PrimalBound,
} from "../../src/float64/margin-certificate.ts";
import { requireClose, requireCloseInNorm, requireRelative } from "../support/compare.ts";
import { caseArray, caseNumber, caseProblem, CASES } from "../support/fixtures.ts";
import { decoderFigures, dualFigures, orthonormalCase, uniformInput } from "../support/margin.ts";

interface Certificate {
  readonly bound: DualBound;
  readonly found: PrimalBound | undefined;
}

function certify(problem: Problem, given: Float64Array): Certificate {
  const mask = supportMask(problem);
  const dual = given.slice();
  repairDual(problem, mask, dual);
  const decoder = dualDecoder(problem, dual);
  const bound = dualBound(problem, mask, dual, decoder);
  return { bound, found: primalBound(problem, mask, decoder, bound.dual) };
}

const ORTHONORMAL = orthonormalCase([[0], [0, 1], [1, 2, 4], [0, 2, 3, 4], [3], [0, 1, 2, 3, 4], [2, 3]], 5);

test("a large decoder that separates by what its equalities are off by is none", () => {
  // w_0 = w_1 ≥ w_2 + 1 and w_1 = w_2 ≤ w_0 − 1 exclude each other
  const problem = createProblem(
    uniformInput(
      [[1], [-1]],
      [
        [0, 1],
        [1, 2],
      ],
      3,
    ),
  );
  const decoder = Float64Array.of(1 + 1e-13, 1 + 5e-14, 1);
  expect(primalBound(problem, supportMask(problem), decoder, new Float64Array(6))).toBeUndefined();
});

describe("orthonormal contexts, whose solution is a formula", () => {
  const problem = createProblem(ORTHONORMAL.input);

  test("their own dual proves both bounds to rounding, on the right sides", () => {
    const { bound, found } = certify(problem, ORTHONORMAL.dual);
    expect(bound.lowerBound).toBeLessThan(ORTHONORMAL.norm);
    expect(found!.upperBound).toBeGreaterThan(ORTHONORMAL.norm);
    requireRelative("bounds", bound.lowerBound, found!.upperBound, 1e-12);
    requireClose("dual", bound.dual, ORTHONORMAL.dual, 1e-12);
    // W e_j = β_j: the decoder is the dual transposed
    const transposed = Float64Array.from({ length: 35 }, (_, i) => ORTHONORMAL.dual[(i % 7) * 5 + Math.floor(i / 7)]!);
    requireClose("decoder", found!.decoder, transposed, 1e-12);
  });

  test("the margins of half the solution are a half", () => {
    const mask = supportMask(problem);
    const half = dualDecoder(problem, ORTHONORMAL.dual).map((w) => w / 2);
    wordMargins(problem, mask, half).forEach((margin, i) =>
      requireClose("margin", [margin], [mask[i] ? 0 : 0.5], 1e-15),
    );
  });

  test("a multiple of it proves as much", () => {
    for (const scale of [1e-9, 0.1, 7, 1e9]) {
      const { bound, found } = certify(
        problem,
        ORTHONORMAL.dual.map((b) => scale * b),
      );
      requireRelative("lower bound", bound.lowerBound, ORTHONORMAL.norm, 1e-12);
      requireRelative("upper bound", found!.upperBound, ORTHONORMAL.norm, 1e-12);
    }
  });

  test("no dual at all proves nothing", () => {
    const { bound, found } = certify(problem, new Float64Array(35));
    expect(bound.lowerBound).toBe(0);
    expect(found).toBeUndefined();
  });

  test("multipliers of the wrong sign prove nothing", () => {
    const { bound } = certify(
      problem,
      ORTHONORMAL.dual.map((b) => -b),
    );
    expect(bound.lowerBound).toBe(0);
  });
});

test("any dual, repaired, is feasible and stays as it is when repaired again", () => {
  const problem = createProblem(ORTHONORMAL.input);
  const stream = new RandomStream(1, 0);
  const dual = Float64Array.from({ length: 35 }, () => 100 * stream.normal());
  const mask = supportMask(problem);
  repairDual(problem, mask, dual);
  const { largestSum, largestOff, total } = dualFigures(problem, dual);
  expect(largestSum).toBeLessThan(1e-12);
  expect(largestOff).toBeLessThanOrEqual(0);
  expect(total).toBeGreaterThan(100);
  const again = dual.slice();
  repairDual(problem, mask, again);
  requireClose("dual", again, dual, 1e-12);
});

const SEPARABLE = CASES.filter((name) => caseNumber(name, "separable") === 1);
const NONSEPARABLE = CASES.filter((name) => !SEPARABLE.includes(name));

describe.each(SEPARABLE)("the bounds on %s", (name) => {
  const norm = Math.sqrt(2 * caseNumber(name, "max_margin_value"));
  // the solved cases are certified to 1e-12 themselves
  const known = 1e-11;

  test("meet at the solved dual", async () => {
    const problem = await caseProblem(name);
    const { bound, found } = certify(problem, caseArray(name, "max_margin_dual").data);
    requireRelative("lower bound", bound.lowerBound, norm, 1e-9);
    requireRelative("upper bound", found!.upperBound, norm, 1e-6);
    const { margin, spread } = decoderFigures(problem, found!.decoder);
    expect(margin).toBeGreaterThan(1 - 1e-8);
    expect(spread).toBeLessThan(1e-8);
  });

  test("never claim more than is true, whatever the dual", async () => {
    const problem = await caseProblem(name);
    const solved = caseArray(name, "max_margin_dual").data;
    const size = Math.sqrt(solved.reduce((sum, b) => sum + b * b, 0) / solved.length);
    const stream = new RandomStream(7, 0);
    let upperBounds = 0;
    for (const noise of [1e-6, 1e-3, 0.1, 1, 100]) {
      const { bound, found } = certify(
        problem,
        solved.map((b) => b + noise * size * stream.normal()),
      );
      expect(bound.lowerBound).toBeGreaterThan(0);
      expect(bound.lowerBound).toBeLessThanOrEqual(norm * (1 + known));
      const { value, largestSum, largestOff } = dualFigures(problem, bound.dual);
      expect(largestOff).toBeLessThanOrEqual(0);
      expect(largestSum).toBeLessThan(1e-12 * size * problem.vocabularySize * (1 + noise));
      requireRelative("D", bound.lowerBound ** 2 / 2, value, 1e-9);
      if (!found) continue;
      upperBounds++;
      expect(found.upperBound).toBeGreaterThanOrEqual(norm * (1 - known));
      expect(found.upperBound).toBeGreaterThanOrEqual(Math.hypot(...found.decoder) * (1 - 1e-14));
      const { margin, spread } = decoderFigures(problem, found.decoder);
      expect(margin).toBeGreaterThan(1 - 1e-7);
      expect(spread).toBeLessThan(1e-7);
    }
    expect(upperBounds).toBeGreaterThan(1);
  });

  test("the projection off F is that of the solved case", async () => {
    const problem = await caseProblem(name);
    for (const point of ["probe", "far"]) {
      const decoder = caseArray(name, `${point}_decoder`).data;
      const projection = caseArray(name, `${point}_projection`).data;
      const expected = decoder.map((w, i) => w - projection[i]!);
      const found = perpendicularPart(problem, decoder, 2000);
      requireCloseInNorm("perpendicular part", found.decoder, expected, 1e-9);
      expect(perpendicularPart(problem, found.decoder, 2000).iterations).toBeLessThan(20);
    }
  });
});

describe.each(NONSEPARABLE)("not separable: %s", (name) => {
  test("the solved ray proves that no decoder of moderate norm separates; no upper bound is ever claimed", async () => {
    const problem = await caseProblem(name);
    const ray = caseArray(name, "nonseparable_certificate").data;
    const { bound, found } = certify(problem, ray);
    expect(bound.lowerBound).toBeGreaterThan(1e6);
    expect(found).toBeUndefined();
    const stream = new RandomStream(3, 0);
    for (const noise of [1e-3, 0.1, 1])
      expect(
        certify(
          problem,
          ray.map((b) => b + noise * stream.normal()),
        ).found,
      ).toBeUndefined();
  });
});

test("a projection that was broken off says what is left", async () => {
  const problem = await caseProblem("wide");
  const decoder = caseArray("wide", "probe_decoder").data;
  const { residual, iterations } = perpendicularPart(problem, decoder, 3);
  expect(iterations).toBe(3);
  expect(residual).toBeGreaterThan(1e-3);
  expect(perpendicularPart(problem, decoder, 2000).residual).toBeLessThan(1e-10);
});

test("a decoder that did not get to F⊥ proves nothing", async () => {
  const problem = await caseProblem("wide");
  const mask = supportMask(problem);
  const dual = caseArray("wide", "max_margin_dual").data;
  const stream = new RandomStream(5, 0);
  const decoder = dualDecoder(problem, dual).map((w) => w + 1e-4 * stream.normal());
  expect(primalBound(problem, mask, decoder, dual, 2)).toBeUndefined();
  expect(primalBound(problem, mask, decoder, dual)).toBeDefined();
});

test("what rounding hides is not claimed", () => {
  // e_0 - e_1 in all three: 1 + 2^-60 - 1 is 0 in float64, and 2^-60 in truth
  const problem = createProblem(uniformInput([[1], [2 ** -60], [1]], [[0], [0], [1]], 2));
  const mask = supportMask(problem);
  const dual = Float64Array.of(1, -1, 1, -1, -1, 1);
  const decoder = dualDecoder(problem, dual);
  expect([...decoder]).toEqual([0, 0]);
  const { lowerBound } = dualBound(problem, mask, dual, decoder);
  expect(lowerBound).toBeGreaterThan(1e12);
  expect(lowerBound).toBeLessThanOrEqual((3 * 2 ** 60) / Math.SQRT2);
});
