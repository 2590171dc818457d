import { defineMethod, requireDecay } from "./definition.ts";

export interface MomentumConstants {
  /** β of momentum, signed-momentum and muon, 0 to 0.9999; default 0.9, and 0.95 for muon. */
  readonly momentum: number;
}

/**
 * The heavy ball. Its default step is half of where convergence is proved for convex functions (Ghadimi, Feyzmahdavian and
 * Johansson 2015).
 */
export const momentum = defineMethod<MomentumConstants>({
  formula: "u_k = β u_{k−1} + g_k, W ← W − η_k u_k",
  constants: { momentum: { value: 0.9, symbol: "β", require: requireDecay } },
  step: { kind: "sum", decay: ({ momentum }) => momentum },
  norm: "frobenius",
  stepSize: { part: ({ momentum }) => 1 - momentum, formula: "(1 − β)/L" },
  beyondTheory: "With momentum it is expected, and not proved.",
});
