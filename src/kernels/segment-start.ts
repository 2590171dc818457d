import { segmentStartSource } from "../../shaders/segment-start.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Logits where a segment of steps begins, less their context's: `ratios` [nnz] on the supports, `relative` [words, stride] off them. */
export const segmentStart = defineKernel({
  name: "segment-start",
  params: { contexts: "u32", words: "u32", stride: "u32", nnz: "u32", zero: "u32" },
  bindings: {
    offsets: { type: "u32", access: "read", length: (p) => p.contexts + 1 },
    entries: { type: "u32", access: "read", length: (p) => p.nnz * 4 },
    support_logits: { type: "f32", access: "read", length: (p) => p.nnz * 2 },
    logits: { type: "f32", access: "read", length: (p) => p.words * p.stride },
    relative: { type: "f32", access: "read_write", length: (p) => p.words * p.stride },
    ratios: { type: "f32", access: "read_write", length: (p) => p.nnz },
  },
  operations: (p) => 2 * p.words * p.contexts + 30 * p.nnz,
  source: segmentStartSource,
  workgroups: (p) => Math.ceil(p.contexts / 64),
});
