import { CG_SCALAR_COUNT, CG_SCALARS as AT } from "../../shaders/lib/cg-scalars.wgsl.ts";
import { cgMove } from "../../src/kernels/cg-move.ts";
import { partialCount } from "../../src/kernels/inner-product.ts";
import { cgMove as reference } from "../../src/reference/cg-move.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function moveCase(length: number, ridge: number, step: number, partials = partialCount(length)): KernelCase {
  const scalars = normals(1, CG_SCALAR_COUNT);
  scalars[AT.ridge] = ridge;
  scalars[AT.step] = step;
  const numbers = { ridge: scalars[AT.ridge]!, step: scalars[AT.step]! };
  const [p, curved, x, r] = [2, 3, 4, 5].map((seed) => normals(seed, length)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const expected = reference({ p, curved, x, r }, numbers);
  const restError = (i: number): number =>
    6 * F32_UNIT * (Math.abs(r[i]!) + Math.abs(step * curved[i]!) + Math.abs(step * ridge * p[i]!));
  return {
    name: `${length} elements, lambda ${ridge}, step ${step}, ${partials} partial sums`,
    params: { length, partials },
    arrays: { scalars, p, curved, x, r },
    check: (found) => {
      requireClose("x", found.x!, expected.x, (i) => 4 * F32_UNIT * (Math.abs(x[i]!) + Math.abs(step * p[i]!)));
      requireClose("r", found.r!, expected.r, restError);
      const total = found.partials!.reduce((sum, value) => sum + value, 0);
      // each lane sums a stride, and a square errs by twice what its root does
      const terms = Math.ceil(length / (64 * partials)) + 8;
      const inherited = expected.r.reduce(
        (sum, value, i) => sum + (2 * Math.abs(value) + restError(i)) * restError(i),
        0,
      );
      requireClose(
        "‖r‖²",
        [total],
        [expected.residualSquared],
        terms * F32_UNIT * expected.residualSquared + inherited,
      );
    },
  };
}

kernelSuite(
  cgMove,
  [
    moveCase(1, 0.5, 0.25),
    moveCase(64, 2 ** -20, 40),
    moveCase(197, 3, -0.5, 2),
    moveCase(3000, 0.125, 0.7),
    moveCase(130, 1, 0),
  ],
  [
    ["step * p[i]", "p[i]"],
    ["x[i] += ", "x[i] = "],
    ["r[i] - step * (", "r[i] + step * ("],
    ["scalars[RIDGE] * p[i]", "p[i]"],
    ["curved[i] + scalars[RIDGE] * p[i]", "scalars[RIDGE] * p[i]"],
    ["r[i] = rest;", ""],
    ["sum += rest * rest", "sum += rest"],
    ["i < params.length", "i + 1u < params.length"],
    ["if (lane == 0u && index < params.partials) {", "if (lane == 0u) {"],
  ],
);
