import { supportLogitsSource } from "../../shaders/support-logits.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Logits of the support words in pair arithmetic: support_logits [entries, 2]. */
export const supportLogits = defineKernel({
  name: "support-logits",
  params: { entries: "u32", columns4: "u32", words: "u32", contexts: "u32", zero: "u32" },
  bindings: {
    entry_contexts: { type: "u32", access: "read", length: (p) => p.entries },
    entry_tokens: { type: "u32", access: "read", length: (p) => p.entries },
    decoder: { type: "f32", access: "read", length: (p) => p.words * p.columns4 * 4 },
    decoder_low: { type: "f32", access: "read", length: (p) => p.words * p.columns4 * 4 },
    embeddings: { type: "f32", access: "read", length: (p) => p.contexts * p.columns4 * 4 },
    embeddings_low: { type: "f32", access: "read", length: (p) => p.contexts * p.columns4 * 4 },
    support_logits: { type: "f32", access: "read_write", length: (p) => p.entries * 2 },
  },
  operations: (p) => 112 * p.entries * p.columns4,
  source: supportLogitsSource,
  workgroups: (p) => Math.ceil(p.entries / 64),
});
