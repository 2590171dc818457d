import { jacobiSweeps } from "../../src/kernels/jacobi-sweeps.ts";
import { jacobiSweeps as reference } from "../../src/reference/jacobi-sweeps.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";
import {
  graded,
  identities,
  lengths,
  random,
  requireRotated,
  stacked,
  TOLERANCE,
  type Rows,
} from "../support/jacobi.ts";
import { requireClose } from "../support/compare.ts";

function sweepsCase(name: string, matrices: readonly Rows[], sweeps = 12): KernelCase {
  const { arrays, shape } = stacked(matrices);
  const params = { matrices: matrices.length, order: shape.order, length4: shape.length / 4, sweeps, ...TOLERANCE };
  const expected = reference(arrays, { ...params, ...shape });
  const isEnded = expected.cosines.every((cosine) => cosine <= TOLERANCE.tolerance);
  return {
    name,
    params,
    arrays,
    check: (found) => {
      requireRotated(arrays, found, shape);
      if (!isEnded) {
        // before its end the largest cosine has a digit or two in common with that of float64
        requireClose("cosines", found.cosines!, expected.cosines, (i) => 0.05 * expected.cosines[i]!);
        return;
      }
      requireClose("cosines", found.cosines!, new Float64Array(matrices.length), TOLERANCE.tolerance);
      const [values, exact] = [lengths(found.rows!, shape), lengths(expected.rows, shape)];
      const largest = Math.max(...exact);
      requireClose("singular values", values, exact, 2e-6 * largest);
    },
  };
}

kernelSuite(
  jacobiSweeps,
  [
    sweepsCase("two blocks, not all of them full", [random(1, 11, 7)]),
    sweepsCase("four blocks, some equal vectors", [[...random(2, 14, 20), ...random(2, 14, 20)]]),
    sweepsCase("matrices of ranks 16, 9, 1 and 0", [random(3, 16, 40), random(4, 9, 40), random(5, 1, 40), []]),
    sweepsCase("lengths over six orders of magnitude", [graded(5, 20, 24)]),
    sweepsCase("one sweep", [random(6, 32, 33)], 1),
    sweepsCase("orthogonal from the first", [identities(1, 16)]),
  ],
  [
    ["ac = fma(a, c, ac);", "ac = fma(a, d, ac);"],
    ["select(-1.0, 1.0, cotangent >= 0.0)", "1.0"],
    ["let sq = sin_of[down];", "let sq = -sin_of[down];"],
    ["min(square_p, square_q) > params.floor", "false"],
    ["for (var half = 0u; half < 2u; half++)", "for (var half = 0u; half < 1u; half++)"],
    ["round < 15u", "round < 14u"],
    ["slot < block_count / 2u", "slot < 1u"],
    ["if (largest <= params.tolerance) {\n      break;", "if (true) {\n      break;"],
    ["if (matrix >= params.matrices) {", "if (matrix > params.matrices) {"],
    ["if (p < q &&", "if (p + 1u == q &&"],
    ["let start = matrix * params.order;", "let start = 0u;"],
  ],
);
