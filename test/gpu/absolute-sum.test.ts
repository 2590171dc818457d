import { absoluteSum } from "../../src/kernels/absolute-sum.ts";
import { inChunks, partialCount } from "../../src/kernels/inner-product.ts";
import { absoluteSum as reference } from "../../src/reference/absolute-sum.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function sumCase(length: number, partials = partialCount(length)): KernelCase {
  const x = normals(1, length);
  const params = inChunks(length, partials);
  const expected = Array.from({ length: partials }, (_, g) =>
    reference(x.subarray(g * params.chunk, (g + 1) * params.chunk)),
  );
  // a lane's sum has chunk / 64 terms, the tree six levels
  const units = params.chunk / 64 + 6;
  return {
    name: `${length} terms in ${partials} partial sums`,
    params: { ...params },
    arrays: { x },
    check: ({ partials: found }) => requireClose("partials", found!, expected, (g) => units * F32_UNIT * expected[g]!),
  };
}

kernelSuite(
  absoluteSum,
  [sumCase(1), sumCase(63), sumCase(65), sumCase(5003), sumCase(700, 13), sumCase(8300, 130)],
  [
    ["abs(x[i])", "x[i]"],
    ["abs(x[i])", "x[i] * x[i]"],
    ["i < end", "i + 1u < end"],
    ["i += 64u", "i += 32u"],
    ["params.length - params.first * params.chunk", "params.length + 64u"],
    ["index < params.partials", "index <= params.partials"],
  ],
);
