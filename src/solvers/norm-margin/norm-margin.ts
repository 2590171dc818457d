import type { NormBounds } from "../../float64/margin-in-norm.ts";
import type { Gpu } from "../../gpu/device.ts";
import type { Problem } from "../../problem/problem.ts";
import { maxMargin } from "../max-margin/max-margin.ts";
import type { End, MaxMargin } from "../max-margin/status.ts";
import { settingsOf, type NormMarginOptions } from "./settings.ts";
import type { NormMargin } from "./status.ts";

/** A gap at which W_mm is good enough to start from. */
const START_GAP = 1e-2;

/**
 * The decoder of margin 1 whose norm is least, with a certificate:
 *
 *   minimise ‖W‖  subject to  (e_z − e_z')ᵀ W h_j = 0 for z, z' ∈ S_j,  (e_z − e_v)ᵀ W h_j ≥ 1 for z ∈ S_j, v ∉ S_j
 *
 * The GPU finds W_mm, which is the answer in the Frobenius norm and the start in the others, or that no decoder separates. From there
 * the host iterates in float64, as the least max norm is that of a linear program and float32 ends far from it; both bounds are those
 * of the arrays returned. An iteration takes V d (2 m + d) multiply-adds, and four V d min(V, d) about in the spectral norm
 * besides Jacobi rotations, fewer as it converges.
 * @throws OptionError at once for options out of range; ProblemError when every context is followed by every word.
 */
export async function marginInNorm(gpu: Gpu, problem: Problem, options: NormMarginOptions): Promise<NormMargin> {
  const { gapTolerance, maxIterations } = settingsOf(problem, options);
  const { norm, withinSeconds, signal, onProgress } = options;
  const { NormSearch } = await import("./norm-search.ts");
  const search = new NormSearch(problem, options);
  const isAnswer = norm === "frobenius";
  const found = await maxMargin(gpu, problem, {
    ...{ withinSeconds, signal },
    onProgress: (progress) => {
      search.startClock();
      onProgress?.(progress);
    },
    ...(isAnswer ? { gapTolerance, maxIterations } : { gapTolerance: START_GAP }),
  });
  search.startClock();
  if (found.status === "infeasible-certified") return search.result("infeasible-certified", gapTolerance, found);
  const end =
    (await search.start(found)) ?? (isAnswer ? endOf(found) : await search.iterate(gapTolerance, maxIterations));
  return search.result(end, gapTolerance, found);
}

/**
 * Bounds on the least norm from zero and on the host alone, the same on every machine: for small problems that are known to be separable.
 * Undefined once the signal is aborted.
 */
export async function hostNormBounds(
  problem: Problem,
  options: Pick<NormMarginOptions, "norm" | "signal">,
): Promise<NormBounds | undefined> {
  const { gapTolerance, maxIterations } = settingsOf(problem, options);
  const { NormSearch } = await import("./norm-search.ts");
  const search = new NormSearch(problem, options);
  const end = await search.iterate(gapTolerance, maxIterations);
  return end === "cancelled" ? undefined : search.bounds;
}

/** How an ascent ended, whatever gap was asked for. */
const endOf = ({ status }: MaxMargin): End => (status === "optimal-reduced" ? "stalled" : status);
