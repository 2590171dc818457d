import { sum } from "../../src/kernels/sum.ts";
import { sum as reference } from "../../src/reference/sum.ts";
import { F32_UNIT, requireClose, requireSameBits } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function sumCase(rows: number, columns: number, first: number): KernelCase {
  const terms = normals(rows, rows * columns);
  const expected = reference(terms, rows, columns);
  const sizes = reference(terms.map(Math.abs), rows, columns);
  const before = normals(5, first + columns);
  return {
    name: `${rows} × ${columns} from place ${first}`,
    params: { rows, columns, first },
    arrays: { terms, sums: before },
    check: ({ sums }) => {
      requireSameBits("what stands before", sums!.slice(0, first), before.slice(0, first));
      // ceil(rows / 64) terms a lane, six levels of the tree
      requireClose("sums", sums!.slice(first), expected, (c) => (Math.ceil(rows / 64) + 6) * F32_UNIT * sizes[c]!);
    },
  };
}

kernelSuite(
  sum,
  [sumCase(1, 1, 0), sumCase(63, 2, 0), sumCase(64, 1, 2), sumCase(65, 2, 1), sumCase(4099, 3, 0)],
  [
    ["i * params.columns + column", "column * params.rows + i"],
    ["i < params.rows", "i + 1u < params.rows"],
    ["sums[params.first + column]", "sums[column]"],
    ["i += 64u", "i += 32u"],
    ["lane_sums[lane] = value", "lane_sums[lane] = value + f32(lane) * 1e-3"],
  ],
);
