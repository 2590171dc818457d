import { jacobiRound } from "../../src/kernels/jacobi-round.ts";
import { jacobiRound as reference } from "../../src/reference/jacobi-round.ts";
import { requireClose } from "../support/compare.ts";
import { random, requireRotated, stacked, TOLERANCE, type Rows } from "../support/jacobi.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

/** The cosines of the other rounds stay what they are. */
const OTHER = 7;

function roundCase(name: string, matrices: readonly Rows[], round: number): KernelCase {
  const { arrays, shape } = stacked(matrices);
  const { order, length } = shape;
  const params = { matrices: matrices.length, order, length4: length / 4, round, ...TOLERANCE };
  const expected = reference(arrays, { ...params, ...shape });
  const rounds = order / 8 - 1;
  const pairs = order / 16;
  const cosines = new Float32Array(matrices.length * rounds * pairs).fill(OTHER);
  return {
    name,
    params,
    arrays: { ...arrays, cosines },
    check: (found) => {
      requireRotated(arrays, found, shape);
      const told = Float64Array.from(cosines);
      for (let n = 0; n < matrices.length; n++)
        told.set(expected.cosines.subarray(n * pairs, (n + 1) * pairs), (n * rounds + round) * pairs);
      // lengths and inner products of some tens of terms
      requireClose("cosines", found.cosines!, told, 1e-6);
      // rotations by the same angles but for rounding: vectors of like length leave them well determined
      requireClose("rows", found.rows!, expected.rows, 2e-5 * Math.sqrt(length));
    },
  };
}

kernelSuite(
  jacobiRound,
  [
    roundCase("two blocks", [random(1, 16, 7)], 0),
    roundCase("two matrices of four blocks, the first round", [random(2, 29, 20), random(3, 32, 17)], 0),
    roundCase("and the last", [random(2, 29, 20), random(3, 32, 17)], 2),
    roundCase("ten blocks", [random(4, 80, 33)], 5),
  ],
  [
    ["if (index >= params.matrices * pairs) {", "if (index > params.matrices * pairs) {"],
    ["let matrix = index / pairs;", "let matrix = 0u;"],
    ["pair_of(slot, params.round, last)", "pair_of(slot, 0u, last)"],
    ["(matrix * last + params.round) * pairs + slot", "(matrix * last) * pairs + slot"],
  ],
);
