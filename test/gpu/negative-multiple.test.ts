import { negativeMultiple } from "../../src/kernels/negative-multiple.ts";
import { negativeMultiple as reference } from "../../src/reference/negative-multiple.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function scaleCase(length: number, factor: number): KernelCase {
  const scalars = normals(1, factor + 2);
  const high = normals(2, length);
  const expected = reference(high, scalars[factor]!);
  return {
    name: `${length} elements by number ${factor}`,
    params: { length, factor },
    arrays: { scalars, high, low: normals(3, length) },
    // one product, rounded in any direction
    check: (found) => {
      requireClose("high", found.high!, expected, (i) => 2 * F32_UNIT * Math.abs(expected[i]!));
      requireClose("low", found.low!, new Float64Array(length), 0);
    },
  };
}

kernelSuite(
  negativeMultiple,
  [scaleCase(1, 0), scaleCase(63, 2), scaleCase(64, 1), scaleCase(130, 5)],
  [
    ["-scalars[params.factor] * high[i]", "scalars[params.factor] * high[i]"],
    ["scalars[params.factor]", "scalars[0]"],
    ["low[i] = 0.0", "low[i] = low[i] * scalars[params.factor]"],
    ["if (i >= params.length) {", "if (i > params.length) {"],
    ["if (i >= params.length) {", "if (i + 1u >= params.length) {"],
  ],
);
