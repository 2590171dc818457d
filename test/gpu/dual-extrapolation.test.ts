import { dualExtrapolation } from "../../src/kernels/dual-extrapolation.ts";
import { dualExtrapolation as reference } from "../../src/reference/dual-extrapolation.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function extrapolationCase(length: number, factor: number): KernelCase {
  const moved = normals(1, length);
  const x = normals(2, length);
  const expected = reference(moved, x, factor);
  return {
    name: `${length} values, factor ${factor}`,
    params: { length },
    arrays: { moved, state: Float32Array.of(3, factor), x, y: normals(3, length) },
    check: (found) => {
      requireClose("x", found.x!, moved, 0);
      // the difference, its product and the sum are rounded
      requireClose("y", found.y!, expected, (i) => 3 * F32_UNIT * (2 * Math.abs(moved[i]!) + Math.abs(x[i]!)));
    },
  };
}

kernelSuite(
  dualExtrapolation,
  [extrapolationCase(4, 0), extrapolationCase(520, 0.75), extrapolationCase(256, 0.5)],
  [
    ["state[1] *", "state[0] *"],
    ["(next - x[i])", "(next + x[i])"],
    ["x[i] = next;", "x[i] = y[i];"],
    ["4u * i >= params.length", "4u * i > params.length"],
    ["4u * i >= params.length", "i >= params.length"],
    ["group_index(group, groups) * 64u", "group_index(group, groups) * 32u"],
  ],
);
