import { describe, expect, it } from "vitest";
import { MarginNewton } from "../../src/float64/margin-newton.ts";
import { invertPositive } from "../../src/float64/invert-positive.ts";
import { solvePositive } from "../../src/float64/solve-positive.ts";
import { timesTransposed } from "../../src/float64/products.ts";
import { RandomStream } from "../../src/support/random.ts";
import { finished } from "../../src/support/host-spells.ts";
import { caseArray, caseProblem } from "../support/fixtures.ts";
import { requireCloseInNorm } from "../support/compare.ts";
import { anisotropic } from "../support/anisotropic.ts";
import { decoderFigures, dualFigures } from "../support/margin.ts";
import type { Problem } from "../../src/index.ts";

/** Multipliers and their decoder after so many sets. */
function solved(problem: Problem, sets: number): MarginNewton {
  const newton = new MarginNewton(problem);
  for (let k = 0; k < sets; k++) finished(newton.advance());
  return newton;
}

describe("the method of multipliers", () => {
  it.each(["plane", "square", "wide", "narrow-separable"])("finds the solved case %s", async (name) => {
    const newton = solved(await caseProblem(name), 14);
    requireCloseInNorm("decoder", newton.decoder, caseArray(name, "max_margin_decoder").data, 1e-6);
  });

  it("meets the conditions of optimality where embeddings are anisotropic", () => {
    const sizes = { contextCount: 60, embeddingDim: 40, vocabularySize: 20, supportSize: 3 };
    const problem = anisotropic(sizes);
    const { decoder, dual, steps } = solved(problem, 10);
    const { spread, margin } = decoderFigures(problem, decoder);
    // the penalty is 2e7 by then, and what is missed is multiplied by no more
    expect(spread).toBeLessThan(1e-9);
    expect(margin).toBeGreaterThan(1 - 1e-9);
    const { largestSum, largestOff, value } = dualFigures(problem, dual);
    expect(largestOff).toBeLessThanOrEqual(0);
    // V roundings of what a row is projected from, σ Wĥ_j, over ‖h_j‖, which is √40/2 at least
    expect(largestSum).toBeLessThan((20 * 2 ** -53 * 1000 * 3 ** 9 * Math.hypot(...decoder)) / (Math.sqrt(40) / 2));
    // P ≥ D where both are feasible
    const primal = decoder.reduce((sum, w) => sum + w * w, 0) / 2;
    expect(value).toBeGreaterThan(primal * (1 - 1e-9));
    expect(value).toBeLessThan(primal * (1 + 1e-9));
    expect(steps).toBeLessThan(100);
  });
});

it.each([1, 2, 3, 8, 13])("inverts a positive definite matrix of %d rows, and solves", (n) => {
  const stream = new RandomStream(3, n);
  const factor = Float64Array.from({ length: n * n }, () => stream.normal());
  const matrix = finished(timesTransposed(factor, factor, n));
  for (let i = 0; i < n; i++) matrix[i * n + i]! += 1;
  const inverse = finished(invertPositive(matrix, n));
  const identity = Float64Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0));
  requireCloseInNorm("A A⁻¹", finished(timesTransposed(matrix, inverse, n)), identity, 1e-12);
  const right = Float64Array.from({ length: n }, () => stream.normal());
  const solution = finished(solvePositive(matrix.slice(), right));
  requireCloseInNorm("A x", finished(timesTransposed(matrix, solution, n)), right, 1e-12);
});
