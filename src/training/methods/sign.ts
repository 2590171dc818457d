import { defineMethod } from "./definition.ts";

/**
 * Steepest descent in the max norm with steps whose length does not follow the gradient's: every entry moves by η_k, one whose gradient
 * is 0 stays. Where rounding alone decides the sign of a gradient, it decides the step.
 */
export const sign = defineMethod({
  formula: "entry by entry W ← W − η_k sign(g_k)",
  constants: {},
  step: {
    kind: "entrywise",
    rule: { numbers: [], averages: [], once: "", entry: "let direction = sign(g);" },
    numbers: () => [],
    mirror: () => () => (_averages, _i, g, length) => length * Math.sign(g),
  },
  norm: "max",
  stepSize: 0.01,
  beyondTheory:
    "Its own margin, that of the largest entry, is known with one next word for each context alone (normalised steepest descent, arXiv 2502.04664); next-token data with several break it, and steps of one length go round the finite part for ever.",
});
