import { sumSource } from "../../shaders/sum.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Column sums of terms [rows, columns], written to sums[first …]. */
export const sum = defineKernel({
  name: "sum",
  params: { rows: "u32", columns: "u32", first: "u32" },
  bindings: {
    terms: { type: "f32", access: "read", length: (p) => p.rows * p.columns },
    sums: { type: "f32", access: "read_write", length: (p) => p.first + p.columns },
  },
  operations: (p) => p.rows * p.columns,
  source: sumSource,
  workgroups: (p) => p.columns,
});
