import { transpose } from "../../src/kernels/transpose.ts";
import { transpose as reference } from "../../src/reference/transpose.ts";
import { requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function transposeCase(rows: number, columns: number): KernelCase {
  const matrix = normals(rows, rows * columns);
  const shape = { rows, columns };
  return {
    name: `${rows} × ${columns}`,
    params: shape,
    arrays: { matrix },
    check: ({ transposed }) => requireClose("transposed", transposed!, reference(matrix, shape), 0),
  };
}

kernelSuite(
  transpose,
  [transposeCase(1, 5), transposeCase(16, 16), transposeCase(33, 50), transposeCase(70, 3)],
  [
    ["(params.columns + 15u) / 16u", "(params.rows + 15u) / 16u"],
    ["tile[lane.x * 17u + lane.y]", "tile[lane.y * 17u + lane.x]"],
    ["new_column < params.rows) {", "true) {"],
  ],
);
