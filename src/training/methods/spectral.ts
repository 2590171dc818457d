import { defineMethod } from "./definition.ts";

/**
 * Steepest descent in the spectral norm with steps whose length does not follow the gradient's: along the polar factor U Vᵀ of the gradient
 * U Σ Vᵀ, as `polarFactor` has it: singular values below 5e-4 of ‖g_k‖ move less, those of zero by up to 5e-3 of a step, which is
 * rounding. Its steps are for the whole device.
 */
export const spectral = defineMethod({
  formula: "W ← W − η_k U Vᵀ, with U Σ Vᵀ = g_k",
  constants: {},
  step: { kind: "polar", decay: () => 0 },
  norm: "spectral",
  stepSize: 0.01,
  beyondTheory:
    "Its own margin, that of the largest singular value, is known with one next word for each context alone (normalised steepest descent, arXiv 2502.04664); next-token data with several break it, and steps of one length go round the finite part for ever.",
});
