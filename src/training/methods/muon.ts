import { defineMethod, requireDecay } from "./definition.ts";
import type { MomentumConstants } from "./momentum.ts";

/**
 * The core of Keller Jordan's Muon (2024): the polar factor of a momentum sum. Without Nesterov's look ahead, without weight decay, without
 * a factor for the shape of the matrix, and with iterations that converge (see `polarFactor`) where Muon's end between 0.7 and 1.2.
 * β is 0.95 as there. Its steps are for the whole device.
 */
export const muon = defineMethod<MomentumConstants>({
  formula: "u_k = β u_{k−1} + g_k, W ← W − η_k U Vᵀ, with U Σ Vᵀ = u_k",
  constants: { momentum: { value: 0.95, symbol: "β", require: requireDecay } },
  step: { kind: "polar", decay: ({ momentum }) => momentum },
  norm: "spectral",
  stepSize: 0.01,
  beyondTheory:
    "The margin of the largest singular value is known with one next word for each context alone (arXiv 2502.04664); next-token data with several break it, and steps of one length go round the finite part for ever.",
});
