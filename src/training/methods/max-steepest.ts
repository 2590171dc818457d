import { defineMethod } from "./definition.ts";

/**
 * Steepest descent in the max norm ‖D‖_max = max |D_vi|, whose dual is the sum of absolute entries. The loss never rises with the default
 * step under a constant schedule: Σ_j π_j Var_{q_j}(D h_j) ≤ Σ_j π_j max_v (D h_j)_v² ≤ ‖D‖_max² Σ_j π_j ‖h_j‖₁² bounds the second
 * derivative of CE along D. Where rounding alone decides the sign of a gradient, it decides the step of that entry.
 */
export const maxSteepest = defineMethod({
  formula: "W ← W − η_k ‖g_k‖₁ sign(g_k), with ‖g‖₁ = Σ_vi |g_vi|",
  constants: {},
  step: { kind: "max" },
  norm: "max",
  stepSize: {
    part: () => 1,
    formula: "1/(Σ_j π_j ‖h_j‖₁²)",
    smoothness: ({ embeddings, embeddingDim: d, weights }) =>
      weights.reduce((sum, weight, j) => {
        let size = 0;
        for (let i = j * d; i < (j + 1) * d; i++) size += Math.abs(embeddings[i]!);
        return sum + weight * size ** 2;
      }, 0),
  },
  beyondTheory:
    "Its own margin, that of the largest entry, is known with one next word for each context alone (steepest descent, arXiv 2502.04664); next-token data with several need not have it, and its norm need not go like log k.",
});
