import { contextCombinationSource } from "../../shaders/context-combination.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** x = Σ_j scores_j h_j: second half of a power iteration on Σ_j π_j h_j h_jᵀ. */
export const contextCombination = defineKernel({
  name: "context-combination",
  params: { contexts: "u32", stride: "u32" },
  bindings: {
    embeddings: { type: "f32", access: "read", length: (p) => p.contexts * p.stride },
    scores: { type: "f32", access: "read", length: (p) => p.contexts },
    x: { type: "f32", access: "read_write", length: (p) => p.stride },
  },
  operations: (p) => 2 * p.contexts * p.stride,
  source: contextCombinationSource,
  workgroups: (p) => Math.ceil(p.stride / 64),
});
