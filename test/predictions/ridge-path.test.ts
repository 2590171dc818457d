import { expect, test } from "vitest";
import { norm } from "../../src/float64/vectors.ts";
import { predictPath } from "../../src/predictions/ridge-path.ts";
import { innerProduct } from "../../src/reference/inner-product.ts";
import { requireRelative } from "../support/compare.ts";
import { caseArray, caseLimits, caseProblem } from "../support/fixtures.ts";

// the smallest λ of the float64 paths in the fixtures
test.each(["plane", "one-hot", "wider", "mixed-supports", "wide"])(
  "R and the loss gap of the ridge path of %s",
  async (name) => {
    const limits = caseLimits(name);
    const [gap, scale] = predictPath(await caseProblem(name), limits);
    const { data: path, shape } = caseArray(name, "ridge_path");
    const { data: decoders } = caseArray(name, "ridge_decoders");
    const rows = shape[0]!;
    const [lambda, , lossGap] = path.subarray(shape[1]! * (rows - 1));
    const last = decoders.subarray((decoders.length / rows) * (rows - 1));
    const found = innerProduct(last, limits.margin.decoder) / norm(limits.margin.decoder) ** 2;
    expect(lambda).toBeLessThanOrEqual(scale!.holdsFrom!);
    // words that do not touch the margin still have a part of the mass: a per cent of R, and R log R of it
    requireRelative("R", found, scale!.at!(lambda!), 0.015);
    requireRelative("gap", lossGap!, gap!.at!(lambda!), 0.005);
  },
);

test("R + log R is log(1/λ) + C/‖W_mm‖², from large λ to the smallest", async () => {
  const [gap, scale] = predictPath(await caseProblem("plane"), caseLimits("plane"));
  const square = norm(caseLimits("plane").margin.decoder) ** 2;
  const constant = (lambda: number): number => Math.log(lambda) + scale!.at!(lambda) + Math.log(scale!.at!(lambda));
  for (const lambda of [1e3, 1, 1e-3, 1e-12, 1e-200]) {
    // log λ is some hundreds, of 16 digits
    expect(Math.abs(constant(lambda) - constant(1e-6)), `λ = ${lambda}`).toBeLessThan(1e-12);
    requireRelative("gap", gap!.at!(lambda) / (lambda * scale!.at!(lambda)), square, 1e-12);
  }
});
