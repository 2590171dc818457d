import type { Gpu } from "../../gpu/device.ts";
import type { Problem } from "../../problem/problem.ts";
import { settingsOf, type EmbeddingPathOptions } from "./settings.ts";
import type { EmbeddingPath } from "./status.ts";

/**
 * The ridge path of both factors: for each λ, W (V × d) and H (m × d) that minimise CE(H Wᵀ) + λ/2 (‖W‖² + ‖H‖²), which for
 * d ≥ min(V, m) is min CE(L) + λ‖L‖_* over all logits (Zhao et al., arXiv 2408.15417). As λ falls, (CE − H)/λ tends to ‖L_mm‖_*, and
 * L = L_in + R L_mm up to what grows more slowly than R. Gradients on the GPU, quasi-Newton steps and a certificate in float64.
 * @throws OptionError for options out of range
 */
export async function embeddingPath(
  gpu: Gpu,
  problem: Problem,
  options: EmbeddingPathOptions = {},
): Promise<EmbeddingPath> {
  const settings = settingsOf(problem, options);
  const { followPath } = await import("./follow-path.ts");
  return followPath(gpu, problem, options, settings);
}
