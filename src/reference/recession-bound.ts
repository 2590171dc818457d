import type { Problem } from "../problem/problem.ts";
import { norm } from "./data-subspace.ts";
import { referenceLoss } from "./descent.ts";
import { contextLogits, supportMask } from "./margin-certificate.ts";

/**
 * A bound on the directions D along which the loss falls for ever: those that leave no word of a support behind another
 * word, (e_z − e_v)ᵀ D h_j ≥ 0 for z ∈ S_j and all v, and lead a word off a support by 1 somewhere. At any decoder W
 * −⟨∇CE(W), D⟩ is the sum of π_j q_jv times that lead over j and v ∉ S_j, hence
 *
 *   ‖D‖ ≥ min_{j, v∉S_j} π_j q_jv / ‖∇CE(W)‖.
 *
 * In float64, at the given W. Large near a finite minimiser of CE, of which it leaves no doubt where it is infinite.
 */
export function recessionBound(problem: Problem, decoder: Float64Array): number {
  const { contextCount, vocabularySize: V, weights } = problem;
  const mask = supportMask(problem);
  const logits = contextLogits(problem, decoder);
  let least = Infinity;
  for (let j = 0; j < contextCount; j++) {
    const row = logits.subarray(j * V, (j + 1) * V);
    const largest = row.reduce((a, b) => Math.max(a, b));
    const total = row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    for (let v = 0; v < V; v++)
      if (!mask[j * V + v]) least = Math.min(least, (weights[j]! * Math.exp(row[v]! - largest)) / total);
  }
  return least / norm(referenceLoss(problem, decoder).gradient);
}
