import { residualJoinSource } from "../../shaders/residual-join.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** R = B + A on the supports, in place of B. */
export const residualJoin = defineKernel({
  name: "residual-join",
  params: { contexts: "u32", words: "u32", stride: "u32", nnz: "u32" },
  bindings: {
    offsets: { type: "u32", access: "read", length: (p) => p.contexts + 1 },
    entries: { type: "u32", access: "read", length: (p) => 4 * p.nnz },
    in_residual: { type: "f32", access: "read", length: (p) => p.nnz },
    residual: { type: "f32", access: "read_write", length: (p) => p.words * p.stride },
  },
  operations: (p) => p.nnz,
  source: residualJoinSource,
  workgroups: (p) => Math.ceil(p.contexts / 64),
});
