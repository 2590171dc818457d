import { CG_SCALAR_COUNT, CG_SCALARS as AT } from "../../shaders/lib/cg-scalars.wgsl.ts";
import { cgLength } from "../../src/kernels/cg-length.ts";
import { cgLength as reference } from "../../src/reference/cg-length.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

type Numbers = Parameters<typeof reference>[1];

function lengthCase(name: string, contexts: number, numbers: Partial<Numbers>, scale = 1): KernelCase {
  const given: Numbers = { ridge: 0.25, residualSquared: 0.5, directionSquared: 3, ended: 0, ...numbers };
  const scalars = normals(1, CG_SCALAR_COUNT);
  for (const key of Object.keys(given) as (keyof Numbers)[]) scalars[AT[key]] = given[key];
  const energies = normals(2, contexts, scale).map(Math.abs);
  const expected = Float64Array.from(scalars);
  expected[AT.step] = reference(energies, given);
  return {
    name,
    params: { contexts },
    arrays: { energies, scalars },
    // positive sums round once a term; then a product, a sum, and a quotient of 2.5 units
    check: (found) =>
      requireClose("scalars", found.scalars!, expected, (i) =>
        i === (AT.step as number) ? (contexts + 10) * F32_UNIT * Math.abs(expected[i]!) : 0,
      ),
  };
}

kernelSuite(
  cgLength,
  [
    lengthCase("one context", 1, {}),
    lengthCase("a ridge that hardly counts", 200, { ridge: 2 ** -20 }),
    lengthCase("a ridge that counts alone", 64, { ridge: 2 }, 2 ** -30),
    lengthCase("after the end", 65, { ended: 1 }),
    lengthCase("no curvature at all", 3, { ridge: 0 }, 0),
  ],
  [
    ["sum += energies[j];", "sum = energies[j];"],
    ["total + scalars[RIDGE]", "total - scalars[RIDGE]"],
    ["scalars[RIDGE] * scalars[DIRECTION_SQUARED]", "scalars[RIDGE]"],
    ["scalars[RIDGE] * scalars[DIRECTION_SQUARED]", "scalars[DIRECTION_SQUARED]"],
    ["scalars[RESIDUAL_SQUARED] / curvature", "1.0 / curvature"],
    ["scalars[ENDED] == 0.0 && ", ""],
    [" && curvature > 0.0", ""],
    ["scalars[STEP] = step", "scalars[FACTOR] = step"],
  ],
);
