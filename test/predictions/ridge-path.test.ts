import { expect, test } from "vitest";
import { norm } from "../../src/float64/vectors.ts";
import { SupportSpan } from "../../src/float64/support-span.ts";
import { predictPath } from "../../src/predictions/ridge-path.ts";
import { synthetic } from "../../src/problem/synthetic.ts";
import { innerProduct } from "../../src/reference/inner-product.ts";
import { requireRelative } from "../support/compare.ts";
import { caseArray, caseLimits, caseProblem } from "../support/fixtures.ts";

// the two smallest λ of the float64 paths in the fixtures, 1e-5 and 1e-6
test.each(["plane", "one-hot", "wider", "mixed-supports", "wide"])(
  "R and the loss gap of the ridge path of %s, up to what falls with λ",
  async (name) => {
    const limits = caseLimits(name);
    const [gap, scale] = predictPath(await caseProblem(name), limits);
    const { data: path, shape } = caseArray(name, "ridge_path");
    const { data: decoders } = caseArray(name, "ridge_decoders");
    const [rows, columns] = [shape[0]!, shape[1]!];
    const size = decoders.length / rows;
    const [before, last] = [rows - 2, rows - 1].map((row) => {
      const [lambda, , lossGap] = path.subarray(columns * row);
      const decoder = decoders.subarray(size * row, size * (row + 1));
      const found = innerProduct(decoder, limits.margin.decoder) / norm(limits.margin.decoder) ** 2;
      expect(lambda).toBeLessThanOrEqual(scale!.holdsFrom!);
      return { scale: Math.abs(found / scale!.at!(lambda!) - 1), gap: Math.abs(lossGap! / gap!.at!(lambda!) - 1) };
    });
    expect(path[columns * (rows - 1)]).toBeCloseTo(1e-6, 12);
    for (const figure of ["scale", "gap"] as const) {
      expect(last![figure], figure).toBeLessThan(1e-3);
      // of order λ, or λ times a power of log(1/λ), a tenth or an eighth from one to the next; 1e-6 is what U is solved to
      expect(last![figure], `order of ${figure}`).toBeLessThan(before![figure] / 5 + 1e-6);
    }
  },
);

test("what the leading order leaves out falls with the square of R, from large λ to small ones", async () => {
  const [, scale] = predictPath(await caseProblem("mixed-supports"), caseLimits("mixed-supports"));
  const constant = (lambda: number): number => Math.log(lambda) + scale!.at!(lambda) + Math.log(scale!.at!(lambda));
  const [first, second, third] = [1e-10, 1e-20, 1e-40].map(constant) as [number, number, number];
  expect(Math.abs(second - first)).toBeGreaterThan(1e-5);
  expect(Math.abs(third - second)).toBeLessThan(Math.abs(second - first) / 3);
  expect(scale!.at!(1e3)).toBeGreaterThan(0);
  expect(scale!.at!(1e3)).toBeLessThan(1);
});

test("of a problem too large for a basis of F, R + log R is log(1/λ) + C/‖W_mm‖², from large λ to the smallest", () => {
  const problem = synthetic({ vocabularySize: 200, contextCount: 200, embeddingDim: 50, supportSize: 5, seed: 1 });
  expect(SupportSpan.isFor(problem)).toBe(false);
  const decoder = new Float64Array(200 * 50).fill(0.02);
  const dual = new Float64Array(200 * 200).fill(-1e-4);
  const limits = {
    finite: { status: "compatible", decoder: new Float64Array(200 * 50) },
    margin: { decoder, dual, norm: norm(decoder), relativeGap: 1e-9 },
  } as const;
  const [gap, scale] = predictPath(problem, limits);
  const constant = (lambda: number): number => Math.log(lambda) + scale!.at!(lambda) + Math.log(scale!.at!(lambda));
  for (const lambda of [1e3, 1, 1e-3, 1e-12, 1e-200]) {
    // log λ is some hundreds, of 16 digits
    expect(Math.abs(constant(lambda) - constant(1e-6)), `λ = ${lambda}`).toBeLessThan(1e-12);
    requireRelative("gap", gap!.at!(lambda) / (lambda * scale!.at!(lambda)), norm(decoder) ** 2, 1e-12);
  }
});
