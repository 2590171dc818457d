import { singularClip } from "../../src/kernels/singular-clip.ts";
import { singularClip as reference } from "../../src/reference/singular-clip.ts";
import { F32_UNIT, requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function clipCase(name: string, count: number, length4: number, limit: number): KernelCase {
  const length = 4 * length4;
  // rows of lengths from nothing to twice their root mean square
  const rows = normals(count, count * length).map((x, i) => (2 * x * Math.floor(i / length)) / count);
  const expected = reference(rows, { count, length, limit });
  // sums of squares in float32, and a root
  const relative = (Math.ceil(length4 / 64) + 16) * F32_UNIT;
  return {
    name,
    params: { count, length4, limit },
    arrays: { rows },
    check: ({ clipped, lengths }) => {
      requireClose("lengths", lengths!, expected.lengths, (i) => relative * expected.lengths[i]!);
      requireClose("clipped", clipped!, expected.clipped, (i) => 2 * relative * Math.abs(rows[i]!));
    },
  };
}

kernelSuite(
  singularClip,
  [clipCase("short rows", 5, 1, 1), clipCase("rows past a workgroup", 9, 70, 12), clipCase("nothing cut", 3, 4, 1e3)],
  [
    ["dot(rows[start + k], rows[start + k])", "rows[start + k].x"],
    ["length > params.limit)", "true)"],
    ["params.limit / length", "1.0"],
    ["if (row >= params.count) {", "if (row > params.count) {"],
    ["lengths[row] = length;", "lengths[row] = total;"],
    ["clipped[start + k] = factor", "clipped[k] = factor"],
  ],
);
