import { transposeSource } from "../../shaders/transpose.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The transpose of a matrix [4 rows4, 4 columns4]. */
export const transpose = defineKernel({
  name: "transpose",
  params: { rows4: "u32", columns4: "u32" },
  bindings: {
    matrix: { type: "f32", access: "read", length: (p) => 16 * p.rows4 * p.columns4 },
    transposed: { type: "f32", access: "read_write", length: (p) => 16 * p.rows4 * p.columns4 },
  },
  operations: () => 0,
  source: transposeSource,
  workgroups: (p) => Math.ceil((p.rows4 * p.columns4) / 64),
});
