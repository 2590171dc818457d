import { defineMethod, requireDecay } from "./definition.ts";
import type { MomentumConstants } from "./momentum.ts";

/** Signum (Bernstein et al. 2018): the sign of a running average of gradients; an entry whose gradients have all been zero stays. */
export const signedMomentum = defineMethod<MomentumConstants>({
  formula: "entry by entry m ← β m + (1 − β) g_k, W ← W − η_k sign(m)",
  constants: { momentum: { value: 0.9, symbol: "β", require: requireDecay } },
  step: {
    kind: "entrywise",
    rule: {
      numbers: ["rate"],
      averages: ["average gradient"],
      once: "",
      entry: `
first += rate * (g - first);
let direction = sign(first);`,
    },
    numbers: ({ momentum }) => [1 - momentum],
    mirror:
      ({ momentum }) =>
      () =>
      ([average], i, g, length) => {
        average![i] = momentum * average![i]! + (1 - momentum) * g;
        return length * Math.sign(average![i]);
      },
  },
  norm: "max",
  stepSize: 0.01,
  beyondTheory:
    "Its own margin, that of the largest entry, is known with one next word for each context alone (normalised steepest descent, arXiv 2502.04664); next-token data with several break it, and steps of one length go round the finite part for ever.",
});
