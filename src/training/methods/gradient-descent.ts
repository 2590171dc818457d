import { defineMethod } from "./definition.ts";

export const gradientDescent = defineMethod({
  formula: "W ← W − η_k g_k",
  constants: {},
  step: { kind: "gradient" },
  norm: "frobenius",
  stepSize: { part: () => 1, formula: "1/L" },
});
