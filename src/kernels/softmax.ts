import { softmaxSource } from "../../shaders/softmax.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The probabilities of all words in each context, [words, stride] in place of their logits. */
export const softmax = defineKernel({
  name: "softmax",
  params: { contexts: "u32", words: "u32", stride: "u32", zero: "u32" },
  bindings: { logits: { type: "f32", access: "read_write", length: (p) => p.words * p.stride } },
  operations: (p) => 6 * p.words * p.contexts,
  source: softmaxSource,
  workgroups: (p) => Math.ceil(p.contexts / 64),
});
