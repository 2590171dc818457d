import type { Gpu } from "../../gpu/device.ts";
import type { Problem } from "../../problem/problem.ts";
import { settingsOf, type NuclearMarginOptions } from "./settings.ts";
import type { NuclearMargin } from "./status.ts";

/**
 * The low-rank part of what training both factors tends to (Zhao et al., arXiv 2408.15417, NTP-SVM*), with a certificate:
 *
 *   L_mm = argmin ‖L‖_*  subject to  L_jz = L_jz' for z, z' ∈ S_j,  L_jz − L_jv ≥ 1 for z ∈ S_j, v ∉ S_j
 *
 * It depends on the supports alone, and contexts that share one share their row: solved over the distinct supports, each row times
 * √(number of contexts). The GPU iterates in float32; both bounds are recomputed in float64 from what it returns. Where the centred
 * support matrix S̃ is a solution, that is found before the first iteration. Cancelled before it, S̃ is the result.
 * @throws OptionError at once for options out of range; ProblemError when every context is followed by every word.
 */
export async function nuclearMargin(
  gpu: Gpu,
  problem: Problem,
  options: NuclearMarginOptions = {},
): Promise<NuclearMargin> {
  const { gapTolerance, maxIterations } = settingsOf(problem, options);
  const { NuclearSolve } = await import("./nuclear-solve.ts");
  const solve = new NuclearSolve(gpu, problem, options);
  let end = await solve.start(gapTolerance);
  end ??= await solve.iterate(gapTolerance, maxIterations);
  return solve.result(end, gapTolerance);
}
