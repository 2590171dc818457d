import { quinticFactor } from "../../src/kernels/quintic-factor.ts";
import { quinticFactor as reference } from "../../src/reference/quintic-factor.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

const WEIGHTS = { identity: 1.875, gram: -1.25, square: 0.375 };

function factorCase(size: number): KernelCase {
  const [gram, square] = [normals(1, size ** 2), normals(2, size ** 2)];
  const expected = reference(gram, square, size, WEIGHTS);
  // two products and two sums, each rounded once
  const sizes = reference(gram.map(Math.abs), square.map(Math.abs), size, { ...WEIGHTS, gram: 1.25 });
  return {
    name: `${size} rows`,
    params: { size, identity: WEIGHTS.identity, gram_weight: WEIGHTS.gram, square_weight: WEIGHTS.square },
    arrays: { gram, square },
    check: ({ factor }) => requireClose("factor", factor!, expected, (i) => 3 * F32_UNIT * sizes[i]!),
  };
}

kernelSuite(
  quinticFactor,
  [factorCase(1), factorCase(4), factorCase(12), factorCase(37)],
  [
    ["params.gram_weight * gram[i]", "params.gram_weight * square[i]"],
    ["params.square_weight * square[i]", "0.0"],
    ["i % (params.size + 1u)", "i % params.size"],
    ["select(0.0, params.identity,", "select(0.0, 1.0,"],
    ["i >= params.size * params.size", "i >= params.size * params.size - 1u"],
  ],
);
