import { unitMatrixSource } from "../../shaders/unit-matrix.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** A matrix divided by its Frobenius norm, whose square is the sum of `parts`; zero where that is below 2^-100. */
export const unitMatrix = defineKernel({
  name: "unit-matrix",
  params: { length: "u32", terms: "u32" },
  bindings: {
    matrix: { type: "f32", access: "read", length: (p) => p.length },
    parts: { type: "f32", access: "read", length: (p) => p.terms },
    unit: { type: "f32", access: "read_write", length: (p) => p.length },
  },
  operations: (p) => 3 * p.length,
  source: unitMatrixSource,
  workgroups: (p) => Math.ceil(p.length / 64),
});
