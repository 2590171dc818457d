import { absoluteSum } from "../../src/kernels/absolute-sum.ts";
import { partialCount } from "../../src/kernels/inner-product.ts";
import { absoluteSum as reference } from "../../src/reference/absolute-sum.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function sumCase(length: number, partials = partialCount(length)): KernelCase {
  const x = normals(1, length);
  const expected = Array.from({ length: partials }, (_, g) =>
    reference(x.filter((_x, i) => Math.floor(i / 64) % partials === g)),
  );
  // a lane's sum has ceil(n / (64 partials)) terms, the tree six levels
  const units = Math.ceil(length / (64 * partials)) + 6;
  return {
    name: `${length} terms in ${partials} partial sums`,
    params: { length, partials },
    arrays: { x },
    check: ({ partials: found }) => requireClose("partials", found!, expected, (g) => units * F32_UNIT * expected[g]!),
  };
}

kernelSuite(
  absoluteSum,
  [sumCase(1), sumCase(63), sumCase(65), sumCase(5003), sumCase(700, 13)],
  [
    ["abs(x[i])", "x[i]"],
    ["abs(x[i])", "x[i] * x[i]"],
    ["i < params.length", "i + 1u < params.length"],
    ["i += params.partials * 64u", "i += 64u"],
    ["index < params.partials", "index <= params.partials"],
  ],
);
