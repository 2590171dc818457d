import { relativeLogitsSource } from "../../shaders/relative-logits.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Logits less log-probabilities, as differences from those of a word of each context's support: relative [rows, stride]. */
export const relativeLogits = defineKernel({
  name: "relative-logits",
  params: { rows: "u32", words: "u32", contexts: "u32", stride: "u32", zero: "u32" },
  bindings: {
    logits: { type: "f32", access: "read", length: (p) => p.rows * p.stride * 2 },
    log_probabilities: { type: "f32", access: "read", length: (p) => p.rows * p.stride * 2 },
    origins: { type: "u32", access: "read", length: (p) => (p.rows / p.words) * p.contexts },
    relative: { type: "f32", access: "read_write", length: (p) => p.rows * p.stride },
  },
  operations: (p) => 20 * p.rows * p.stride,
  source: relativeLogitsSource,
  workgroups: (p) => Math.ceil((p.rows * p.stride) / 64),
});
