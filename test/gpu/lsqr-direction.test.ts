import { LSQR_SCALAR_COUNT, LSQR_SCALARS as AT } from "../../shaders/lib/lsqr-scalars.wgsl.ts";
import { lsqrDirection } from "../../src/kernels/lsqr-direction.ts";
import { lsqrDirection as reference } from "../../src/reference/lsqr-direction.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function directionCase(length: number, numbers: { rightInverse: number; step: number; back: number }): KernelCase {
  const scalars = normals(1, LSQR_SCALAR_COUNT);
  scalars[AT.rightInverse] = numbers.rightInverse;
  scalars[AT.step] = numbers.step;
  scalars[AT.back] = numbers.back;
  const vectors = { v: normals(2, length), x: normals(3, length), w: normals(4, length) };
  const [rightInverse, step, back] = [AT.rightInverse, AT.step, AT.back].map((place) => scalars[place]!) as [
    number,
    number,
    number,
  ];
  const expected = reference(vectors, { rightInverse, step, back });
  // a product and a sum, or two products and a sum, each rounded once
  const allowed = {
    v: (i: number) => 2 * F32_UNIT * Math.abs(expected.v[i]!),
    x: (i: number) => 4 * F32_UNIT * (Math.abs(vectors.x[i]!) + Math.abs(step * vectors.w[i]!)),
    w: (i: number) => 4 * F32_UNIT * (Math.abs(expected.v[i]!) + Math.abs(back * vectors.w[i]!)),
  };
  return {
    name: `${length} elements, step ${numbers.step}, back ${numbers.back}`,
    params: { length },
    arrays: { scalars, ...vectors },
    check: (found) => {
      for (const name of ["v", "x", "w"] as const) requireClose(name, found[name]!, expected[name], allowed[name]);
    },
  };
}

kernelSuite(
  lsqrDirection,
  [
    directionCase(1, { rightInverse: 0.25, step: 0.5, back: -0.75 }),
    directionCase(63, { rightInverse: 3, step: -0.5, back: 0.3 }),
    directionCase(64, { rightInverse: 0.1, step: 0, back: 0 }),
    directionCase(197, { rightInverse: 1, step: 1e-4, back: 2 }),
  ],
  [
    ["scalars[RIGHT_INVERSE] * v[i]", "v[i]"],
    ["v[i] = unit", "w[i] = unit"],
    ["scalars[STEP] * direction", "scalars[STEP] * unit"],
    ["x[i] += ", "x[i] = "],
    ["unit - scalars[BACK] * direction", "unit + scalars[BACK] * direction"],
    ["unit - scalars[BACK] * direction", "unit - scalars[STEP] * direction"],
    ["if (i >= params.length) {", "if (i > params.length) {"],
  ],
);
