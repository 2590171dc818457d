import { centredUpdateSource } from "../../shaders/centred-update.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** u ← C (support logits − scalars[factor] u), centred in each context; u is [entries]. */
export const centredUpdate = defineKernel({
  name: "centred-update",
  params: { contexts: "u32", entries: "u32", factor: "u32" },
  bindings: {
    offsets: { type: "u32", access: "read", length: (p) => p.contexts + 1 },
    support_logits: { type: "f32", access: "read", length: (p) => p.entries * 2 },
    scalars: { type: "f32", access: "read", length: (p) => p.factor + 1 },
    u: { type: "f32", access: "read_write", length: (p) => p.entries },
  },
  operations: (p) => 4 * p.entries,
  source: centredUpdateSource,
  workgroups: (p) => Math.ceil(p.contexts / 64),
});
