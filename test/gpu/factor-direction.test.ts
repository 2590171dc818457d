import { factorDirection } from "../../src/kernels/factor-direction.ts";
import { factorDirection as reference } from "../../src/reference/factor-direction.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function directionCase(length: number, decay: number, scale: number, ridge: number): KernelCase {
  const arrays = { gradient: normals(1, length), factors: normals(2, length, 10), direction: normals(3, length) };
  const numbers = { decay: Math.fround(decay), scale: Math.fround(scale), ridge: Math.fround(ridge) };
  const sizes = reference(
    {
      gradient: arrays.gradient.map(Math.abs),
      factors: arrays.factors.map(Math.abs),
      direction: arrays.direction.map(Math.abs),
    },
    numbers,
  );
  return {
    name: `${length} values, decay ${decay}, scale ${scale}, ridge ${ridge}`,
    params: { length, ...numbers },
    arrays,
    // three products and two sums
    check: ({ direction }) =>
      requireClose("direction", direction!, reference(arrays, numbers), (i) => 5 * F32_UNIT * sizes[i]!),
  };
}

kernelSuite(
  factorDirection,
  [directionCase(4, 0, 1, 0), directionCase(1032, 0.9, 1, 1e-3), directionCase(12, 0, 2 ** 40, 0.5)],
  [
    ["params.decay * direction[i]", "params.decay"],
    ["params.scale * (", "("],
    ["params.ridge * factors[i]", "factors[i]"],
    ["4u * i >= params.length", "4u * i > params.length"],
  ],
);
