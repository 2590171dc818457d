import { inChunks, innerProduct, partialCount } from "../../src/kernels/inner-product.ts";
import { innerProduct as reference } from "../../src/reference/inner-product.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function productCase(length: number, partials = partialCount(length)): KernelCase {
  const a = normals(1, length);
  const b = normals(2, length);
  const params = inChunks(length, partials);
  const ofGroup = (values: Float32Array, g: number): Float32Array =>
    values.subarray(g * params.chunk, (g + 1) * params.chunk);
  const expected = Array.from({ length: partials }, (_, g) => reference(ofGroup(a, g), ofGroup(b, g)));
  const sizes = expected.map((_, g) => reference(ofGroup(a, g).map(Math.abs), ofGroup(b, g).map(Math.abs)));
  // a lane's sum has chunk / 64 terms, the tree six levels, each product one rounding
  const units = params.chunk / 64 + 7;
  return {
    name: `${length} terms in ${partials} partial sums`,
    params: { ...params },
    arrays: { a, b },
    check: ({ partials: found }) => requireClose("partials", found!, expected, (g) => units * F32_UNIT * sizes[g]!),
  };
}

kernelSuite(
  innerProduct,
  [
    productCase(1),
    productCase(63),
    productCase(64),
    productCase(65),
    productCase(5003),
    productCase(700, 13),
    productCase(8300, 130),
  ],
  [
    ["a[i] * b[i]", "a[i] * a[i]"],
    ["i < end", "i + 1u < end"],
    ["i += 64u", "i += 32u"],
    ["index * params.chunk + lane", "index * 64u + lane"],
    ["half /= 2u", "half /= 4u"],
    ["lane_sums[lane] += lane_sums[lane + half]", "lane_sums[lane] = lane_sums[lane + half]"],
    ["index < params.partials", "index <= params.partials"],
  ],
);
