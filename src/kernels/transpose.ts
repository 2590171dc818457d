import { transposeSource } from "../../shaders/transpose.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The transpose of a matrix [rows, columns]. */
export const transpose = defineKernel({
  name: "transpose",
  params: { rows: "u32", columns: "u32" },
  bindings: {
    matrix: { type: "f32", access: "read", length: (p) => p.rows * p.columns },
    transposed: { type: "f32", access: "read_write", length: (p) => p.rows * p.columns },
  },
  operations: () => 0,
  source: transposeSource,
  workgroups: (p) => Math.ceil(p.rows / 16) * Math.ceil(p.columns / 16),
});
