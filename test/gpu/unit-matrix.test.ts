import { partialCount } from "../../src/kernels/inner-product.ts";
import { unitMatrix } from "../../src/kernels/unit-matrix.ts";
import { unitMatrix as reference } from "../../src/reference/unit-matrix.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function unitCase(name: string, length: number, parts: Float32Array): KernelCase {
  const matrix = normals(1, length);
  const expected = reference(
    matrix,
    parts.reduce((sum, part) => sum + part, 0),
  );
  return {
    name,
    params: { length, terms: parts.length },
    arrays: { matrix, parts },
    // a root and a quotient, for which WGSL allows 4.5 and 2.5 units of the last place, and a sum of few terms a lane
    check: ({ unit }) => requireClose("unit", unit!, expected, (i) => 24 * F32_UNIT * Math.abs(expected[i]!)),
  };
}

const squares = (count: number): Float32Array => normals(2, count).map((x) => x * x);

kernelSuite(
  unitMatrix,
  [
    unitCase("one part", 5, squares(1)),
    unitCase("two workgroups", 70, squares(partialCount(3000))),
    unitCase("many parts", 200, squares(195)),
    unitCase("the largest norm", 8, Float32Array.of(2 ** 121)),
    unitCase("the least norm", 8, Float32Array.of(2 ** -100)),
    unitCase("a norm below it", 8, Float32Array.of(2 ** -101)),
    unitCase("a norm of zero", 66, new Float32Array(3)),
  ],
  [
    ["i < params.terms", "i + 1u < params.terms"],
    ["i += 64u", "i += 128u"],
    ["matrix[i] / sqrt(total)", "matrix[i] / total"],
    ["total >= 0x1p-100", "total > 0.0"],
    ["total >= 0x1p-100", "total > 0x1p-100"],
    ["i >= params.length", "i + 1u >= params.length"],
    ["let total = lane_sums[0]", "let total = lane_sums[lane]"],
  ],
);
