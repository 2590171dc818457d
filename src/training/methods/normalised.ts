import { defineMethod } from "./definition.ts";

/** Steps whose length does not follow the gradient's, in Frobenius norm. */
export const normalised = defineMethod({
  formula: "W ← W − η_k g_k / ‖g_k‖",
  constants: {},
  step: { kind: "unit" },
  norm: "frobenius",
  stepSize: 0.01,
  beyondTheory:
    "Normalised steps are faster, their norm need not go like log k, and steps of one length go round the finite part for ever.",
});
