import { SUPPORT_ADJOINT_GROUPS, supportAdjointSource } from "../../shaders/support-adjoint.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The in-support half of a gradient step on `in` [rows, 4 columns4], which decays first, from the sparse residual sorted by word. */
export const supportAdjoint = defineKernel({
  name: "support-adjoint",
  params: {
    rows: "u32",
    columns4: "u32",
    entries: "u32",
    contexts: "u32",
    zero: "u32",
    step_size: "f32",
    decay: "f32",
  },
  rows: { count: "rows" },
  bindings: {
    word_offsets: { type: "u32", access: "read", length: (p) => p.rows + 1, perRow: () => 1 },
    word_entries: { type: "u32", access: "read", length: (p) => p.entries },
    word_contexts: { type: "u32", access: "read", length: (p) => p.entries },
    in_residual: { type: "f32", access: "read", length: (p) => p.entries },
    embeddings: { type: "f32", access: "read", length: (p) => p.contexts * p.columns4 * 4 },
    in_high: {
      type: "f32",
      access: "read_write",
      length: (p) => p.rows * p.columns4 * 4,
      perRow: (p) => p.columns4 * 4,
    },
    in_low: {
      type: "f32",
      access: "read_write",
      length: (p) => p.rows * p.columns4 * 4,
      perRow: (p) => p.columns4 * 4,
    },
  },
  operations: (p) => 4 * p.columns4 * (2 * p.entries + 36 * p.rows),
  source: supportAdjointSource,
  workgroups: (p) => Math.ceil((p.rows * Math.ceil(p.columns4 / SUPPORT_ADJOINT_GROUPS)) / 64),
});
