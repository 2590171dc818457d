import type { Problem } from "../problem/problem.ts";

/**
 * The finite part of the logits that training both factors tends to (Zhao et al., arXiv 2408.15417): L ≈ L_in + R · L_mm with
 *
 *   L_in[j, z] = log p_jz − (1/|S_j|) Σ_{z' ∈ S_j} log p_jz'  on the support S_j,  0 off it
 *
 * Rows sum to zero, and L_in is the only such matrix that is 0 off the supports and matches all log-odds.
 * @returns L_in, m × V row-major
 */
export function sparseLimit({
  contextCount,
  vocabularySize: V,
  offsets,
  tokens,
  probabilities,
}: Problem): Float64Array {
  const logits = new Float64Array(contextCount * V);
  for (let j = 0; j < contextCount; j++) {
    const [start, end] = [offsets[j]!, offsets[j + 1]!];
    let mean = 0;
    for (let k = start; k < end; k++) mean += Math.log(probabilities[k]!) / (end - start);
    for (let k = start; k < end; k++) logits[j * V + tokens[k]!] = Math.log(probabilities[k]!) - mean;
  }
  return logits;
}
