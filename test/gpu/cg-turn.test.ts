import { CG_SCALAR_COUNT, CG_SCALARS as AT } from "../../shaders/lib/cg-scalars.wgsl.ts";
import { cgTurn } from "../../src/kernels/cg-turn.ts";
import { cgTurn as reference, type CgNumbers } from "../../src/reference/cg-turn.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

const LIMITS = { residual: 2 ** -5, passes: 9 };

function turnCase(name: string, partialCount: number, size: number, numbers: Partial<CgNumbers> = {}): KernelCase {
  const before: CgNumbers = { residualSquared: 0.75, directionSquared: 2, factor: 5, passes: 3, ended: 0, ...numbers };
  const scalars = normals(1, CG_SCALAR_COUNT);
  const names = Object.keys(before) as (keyof CgNumbers)[];
  for (const key of names) scalars[AT[key]] = before[key];
  const partials = normals(2, partialCount).map(Math.abs);
  const scale = size / partials.reduce((sum, value) => sum + value, 0);
  partials.forEach((value, i) => (partials[i] = value * scale));
  const square = partials.reduce((sum, value) => sum + value, 0);
  const after = reference(before, square, LIMITS);
  const expected = Float64Array.from(scalars);
  for (const key of names) expected[AT[key]] = after[key];
  return {
    name,
    params: { partials: partialCount, residual_tolerance: LIMITS.residual, most_passes: LIMITS.passes },
    arrays: { partials, scalars },
    // sums of positive terms: at most 256 / 64 + 6 roundings, and a quotient of 2.5 units, squared
    check: (found) =>
      requireClose("scalars", found.scalars!, expected, (i) =>
        scalars[i] === expected[i] ? 0 : 40 * F32_UNIT * Math.abs(expected[i]!),
      ),
  };
}

kernelSuite(
  cgTurn,
  [
    turnCase("one partial sum", 1, 0.5),
    turnCase("a residual that has grown", 63, 1.5),
    turnCase("more partial sums than lanes", 256, 0.1),
    turnCase("a residual small enough", 3, 2 ** -10.5),
    turnCase("a residual whose square alone is small enough", 3, 2 ** -9),
    turnCase("the last pass allowed", 5, 0.5, { passes: 8 }),
    turnCase("a pass after the end", 5, 0.5, { passes: 9, factor: 0, ended: 1 }),
  ],
  [
    ["sum += partials[i];", "sum = partials[i];"],
    ["square / scalars[RESIDUAL_SQUARED]", "scalars[RESIDUAL_SQUARED] / square"],
    ["scalars[FACTOR] = factor;", ""],
    ["scalars[RESIDUAL_SQUARED] = square;", ""],
    ["factor * factor * scalars[DIRECTION_SQUARED]", "factor * scalars[DIRECTION_SQUARED]"],
    ["square + factor * factor", "factor * factor"],
    ["scalars[PASSES] += 1.0;", ""],
    ["sqrt(square) <= params.residual_tolerance || ", ""],
    ["sqrt(square) <= params.residual_tolerance", "square <= params.residual_tolerance"],
    [" || scalars[PASSES] >= params.most_passes", ""],
    ["scalars[FACTOR] = 0.0;", ""],
    ["scalars[ENDED] = 1.0;", ""],
    [" || scalars[ENDED] == 1.0", ""],
  ],
);
