import { contextScoresSource } from "../../shaders/context-scores.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** scores[j] = π_j ⟨h_j, x⟩ / ‖x‖: first half of a power iteration on Σ_j π_j h_j h_jᵀ. */
export const contextScores = defineKernel({
  name: "context-scores",
  params: { contexts: "u32", rows: "u32", stride: "u32" },
  bindings: {
    embeddings_t: { type: "f32", access: "read", length: (p) => p.rows * p.stride },
    weights: { type: "f32", access: "read", length: (p) => p.contexts },
    x: { type: "f32", access: "read", length: (p) => p.rows },
    norm_squared: { type: "f32", access: "read", length: () => 1 },
    scores: { type: "f32", access: "read_write", length: (p) => p.contexts },
  },
  operations: (p) => 2 * p.contexts * p.rows,
  source: contextScoresSource,
  workgroups: (p) => Math.ceil(p.contexts / 64),
});
