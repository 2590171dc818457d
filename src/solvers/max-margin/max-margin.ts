import type { Gpu } from "../../gpu/device.ts";
import type { Problem } from "../../problem/problem.ts";
import { settingsOf, type MaxMarginOptions } from "./settings.ts";
import type { MaxMargin } from "./status.ts";

/**
 * The max-margin decoder W_mm (NTP-SVM) with a certificate:
 *
 *   minimise ½‖W‖²  subject to  (e_z − e_z')ᵀ W h_j = 0 for z, z' ∈ S_j,  (e_z − e_v)ᵀ W h_j ≥ 1 for z ∈ S_j, v ∉ S_j
 *
 * The GPU ascends the dual; the bounds are recomputed in float64 from what it returns. A small problem that it does not get certified
 * (ill-conditioned, or not separable) is solved by the host. On a larger one the host goes on by Newton's method in float64 where the
 * ascent is slow, at once where embeddings are anisotropic, if V min(m, d)³/2 + m³/6 ≤ 3e9 and V m² ≤ 6e7; its steps count as
 * iterations. One for which no decoder is found is tried again in whitened embeddings. Not separable is a status.
 * @throws OptionError at once for options out of range; ProblemError when every context is followed by every word.
 */
export async function maxMargin(gpu: Gpu, problem: Problem, options: MaxMarginOptions = {}): Promise<MaxMargin> {
  const settings = settingsOf(problem, options);
  const { solveMargin } = await import("./ascent.ts");
  return solveMargin(gpu, problem, options, settings);
}
