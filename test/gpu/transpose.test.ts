import { transpose } from "../../src/kernels/transpose.ts";
import { transpose as reference } from "../../src/reference/transpose.ts";
import { requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { kernelSuite, type KernelCase } from "../support/kernel-suite.ts";

function transposeCase(rows: number, columns: number): KernelCase {
  const matrix = normals(rows, rows * columns);
  return {
    name: `${rows} × ${columns}`,
    params: { rows4: rows / 4, columns4: columns / 4 },
    arrays: { matrix },
    check: ({ transposed }) => requireClose("transposed", transposed!, reference(matrix, { rows, columns }), 0),
  };
}

kernelSuite(
  transpose,
  [transposeCase(4, 4), transposeCase(12, 20), transposeCase(80, 36)],
  [
    ["4u * column4 * params.rows4 + row4", "4u * column4 * params.columns4 + row4"],
    ["vec4f(a.y, b.y, c.y, d.y)", "b"],
    ["block >= params.rows4 * params.columns4", "block > params.rows4 * params.columns4"],
    ["block % params.columns4", "block % params.rows4"],
  ],
);
