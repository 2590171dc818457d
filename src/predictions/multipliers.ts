import { supportMask, wordMargins } from "../float64/margin-certificate.ts";
import type { Problem } from "../problem/problem.ts";

/** What the multipliers of a margin problem say of the mass off the supports. */
export interface Multipliers {
  /** max_j a_j/π_j with a_j = Σ_{v∉S_j} α_jv. */
  readonly heaviest: number;
  /**
   * C = Σ_jv α_jv [log(π_j/α_jv) + mean over S_j of log p_j − μ_jv(W*)], μ_jv being how far the mean logit of the support leads over v.
   * Where π_j q_jv = u α_jv for all of them, Σ_jv α_jv μ_jv(W − W*) = log(1/u) Σ α + C.
   */
  readonly constant: number;
}

/**
 * @param dual β, m × V: α_jv = −β_jv off the supports
 * @param finite W*, V × d; left out where μ_jv(W*) is 0, as for the sparse part of logits
 */
export function multipliersOf(problem: Problem, dual: Float64Array, finite?: Float64Array): Multipliers {
  const { contextCount, vocabularySize: V, offsets, probabilities, weights } = problem;
  const supports = supportMask(problem);
  const leads = finite && wordMargins(problem, supports, finite);
  let [heaviest, constant] = [0, 0];
  for (let j = 0; j < contextCount; j++) {
    const row = probabilities.subarray(offsets[j], offsets[j + 1]);
    const mean = row.reduce((total, p) => total + Math.log(p), 0) / row.length;
    let ofContext = 0;
    for (let i = j * V; i < (j + 1) * V; i++) {
      const multiplier = supports[i] ? 0 : -dual[i]!;
      if (!(multiplier > 0)) continue;
      ofContext += multiplier;
      constant += multiplier * (Math.log(weights[j]! / multiplier) + mean - (leads?.[i] ?? 0));
    }
    heaviest = Math.max(heaviest, ofContext / weights[j]!);
  }
  return { heaviest, constant };
}
