import { segmentResidualSource } from "../../shaders/segment-residual.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The residual of every context, in place of the `change` of its logits [words, stride] since the segment began. */
export const segmentResidual = defineKernel({
  name: "segment-residual",
  params: { contexts: "u32", words: "u32", stride: "u32", nnz: "u32", zero: "u32" },
  bindings: {
    offsets: { type: "u32", access: "read", length: (p) => p.contexts + 1 },
    entries: { type: "u32", access: "read", length: (p) => p.nnz * 4 },
    weights: { type: "f32", access: "read", length: (p) => p.contexts },
    ratios: { type: "f32", access: "read", length: (p) => p.nnz },
    relative: { type: "f32", access: "read", length: (p) => p.words * p.stride },
    change: { type: "f32", access: "read_write", length: (p) => p.words * p.stride },
    shifts: { type: "f32", access: "read_write", length: (p) => p.nnz },
  },
  operations: (p) => 12 * p.words * p.contexts + 60 * p.nnz,
  source: segmentResidualSource,
  workgroups: (p) => Math.ceil(p.stride / 128),
});
