import { norm } from "../../float64/vectors.ts";
import { defineMethod } from "./definition.ts";

/**
 * Steepest descent in the spectral norm, whose dual is the nuclear norm ‖g‖_* = Σ σ_i. It goes along the factor P that
 * `polarFactor` has, by η_k ⟨g_k, P⟩. The loss never rises with the default step under a constant schedule, but for rounding, however
 * near P is to U Vᵀ: Σ_j π_j Var_{q_j}(D h_j) ≤ ½ Σ_j π_j ‖D h_j‖² ≤ ½ ‖D‖_op² Σ_j π_j ‖h_j‖² bounds the second derivative of CE along D,
 * and ‖P‖_op ≤ 1. Its steps are for the whole device.
 */
export const spectralSteepest = defineMethod({
  formula: "W ← W − η_k ‖g_k‖_* U Vᵀ, with U Σ Vᵀ = g_k and ‖g‖_* = Σ_i σ_i",
  constants: {},
  step: { kind: "nuclear" },
  norm: "spectral",
  stepSize: {
    part: () => 2,
    formula: "2/(Σ_j π_j ‖h_j‖²)",
    smoothness: ({ embeddings, embeddingDim: d, weights }) =>
      weights.reduce((sum, weight, j) => sum + weight * norm(embeddings.subarray(j * d, (j + 1) * d)) ** 2, 0),
  },
  beyondTheory:
    "Its own margin, that of the largest singular value, is known with one next word for each context alone (steepest descent, arXiv 2502.04664); next-token data with several need not have it, and its norm need not go like log k.",
});
