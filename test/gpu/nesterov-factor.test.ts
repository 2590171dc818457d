import { nesterovFactor } from "../../src/kernels/nesterov-factor.ts";
import { nesterovFactor as reference } from "../../src/reference/nesterov-factor.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

/** `last` makes the sum what it is to be: the other overlaps cancel in pairs. */
function momentumCase(name: string, contexts: number, last: number, t: number): KernelCase {
  const overlap = normals(1, contexts).map((x, j, all) => (j % 2 ? -all[j - 1]! : x));
  overlap.fill(0, contexts - 1 - ((contexts - 1) % 2));
  overlap[contexts - 1] = last;
  const expected = reference(overlap, t);
  return {
    name,
    params: { contexts },
    arrays: { overlap, state: Float32Array.of(t, 0.5) },
    check: ({ state }) => requireClose("state", state!, expected, (i) => 8 * F32_UNIT * expected[i]!),
  };
}

kernelSuite(
  nesterovFactor,
  [
    momentumCase("the first step", 1, -1, 1),
    momentumCase("a later step", 50, -3, 7.25),
    momentumCase("far on", 65, -1e-3, 4000),
    momentumCase("a sum of zero goes on", 64, 0, 3),
    momentumCase("a restart", 1, 1, 9),
    momentumCase("a restart because of the last of many", 195, 1e-3, 9),
  ],
  [
    ["total > 0.0", "total < 0.0"],
    ["total > 0.0", "total >= 0.0"],
    ["j < params.contexts", "j + 1u < params.contexts"],
    ["j += 64u", "j += 128u"],
    ["4.0 * t * t", "t * t"],
    ["(t - 1.0) / next", "(t - 1.0) / t"],
    ["state[0] = 1.0;", "state[0] = 2.0;"],
    ["state[1] = 0.0;", "state[1] = 0.5;"],
  ],
);
