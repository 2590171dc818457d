import type { Gpu } from "../../gpu/device.ts";
import type { Problem } from "../../problem/problem.ts";
import { settingsOf, type RidgePathOptions } from "./settings.ts";
import type { RidgePath } from "./status.ts";

/**
 * The regularization path (Thrampoulidis 2024, Theorem 1): the minimisers Ŵ_λ of CE(W) + (λ/2)‖W‖² for a list of λ, or those of CE over
 * balls ‖W‖ ≤ B for a list of radii, each starting from the one before. Truncated Newton steps on the GPU, refined in float64.
 * @throws OptionError at once for options out of range.
 */
export async function ridgePath(gpu: Gpu, problem: Problem, options: RidgePathOptions = {}): Promise<RidgePath> {
  const settings = settingsOf(problem, options);
  const { followPath } = await import("./follow-path.ts");
  return followPath(gpu, problem, options, settings);
}
