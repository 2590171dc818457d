import { singularClipSource } from "../../shaders/singular-clip.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Rows cut to the length `limit` where they are longer, and how long they were. */
export const singularClip = defineKernel({
  name: "singular-clip",
  params: { count: "u32", length4: "u32", limit: "f32" },
  bindings: {
    rows: { type: "f32", access: "read", length: (p) => 4 * p.count * p.length4 },
    clipped: { type: "f32", access: "read_write", length: (p) => 4 * p.count * p.length4 },
    lengths: { type: "f32", access: "read_write", length: (p) => p.count },
  },
  operations: (p) => 12 * p.count * p.length4,
  source: singularClipSource,
  workgroups: (p) => p.count,
});
