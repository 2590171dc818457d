import { CG_SCALAR_COUNT, CG_SCALARS as AT } from "../../shaders/lib/cg-scalars.wgsl.ts";
import { cgDirection } from "../../src/kernels/cg-direction.ts";
import { cgDirection as reference } from "../../src/reference/cg-direction.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function directionCase(length: number, factor: number): KernelCase {
  const scalars = normals(1, CG_SCALAR_COUNT);
  scalars[AT.factor] = factor;
  const [r, p] = [normals(2, length), normals(3, length)];
  const expected = reference(r, p, scalars[AT.factor]!);
  return {
    name: `${length} elements, factor ${factor}`,
    params: { length },
    arrays: { scalars, r, p },
    // a product and a sum
    check: (found) =>
      requireClose("p", found.p!, expected, (i) => 2 * F32_UNIT * (Math.abs(r[i]!) + 2 * Math.abs(factor * p[i]!))),
  };
}

kernelSuite(
  cgDirection,
  [directionCase(1, 0.25), directionCase(63, 3), directionCase(64, 0), directionCase(197, 1e-3)],
  [
    ["scalars[FACTOR] * p[i]", "p[i]"],
    ["r[i] + scalars[FACTOR]", "r[i] - scalars[FACTOR]"],
    ["scalars[FACTOR]", "scalars[STEP]"],
    ["r[i] + ", ""],
    ["if (i >= params.length) {", "if (i > params.length) {"],
  ],
);
