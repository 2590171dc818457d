import { ProblemError } from "../errors.ts";
import type { Gpu } from "../gpu/context.ts";
import type { Problem } from "../problem/problem.ts";
import { logOdds, type LogOdds } from "../solvers/log-odds.ts";
import { maxMargin, type MaxMargin } from "../solvers/max-margin.ts";

/** The limits of a run as far as they were found; what was stopped is left out. */
export interface FoundLimits {
  readonly finite?: LogOdds;
  readonly margin?: MaxMargin;
  /** Why one of them is not there, where that is known. */
  readonly missing?: string;
}

/**
 * W* and W_mm, one after the other.
 * @param options.onProgress called with what is being computed, in words.
 */
export async function findLimits(
  gpu: Gpu,
  problem: Problem,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((message: string) => void) | undefined;
  } = {},
): Promise<FoundLimits> {
  const { signal, onProgress } = options;
  const stop = signal && { signal };
  try {
    const finite = await logOdds(gpu, problem, {
      ...stop,
      onProgress: ({ iterations, residual }) =>
        onProgress?.(`log-odds solution: ${iterations} passes, residual ${residual.toExponential(1)}`),
    });
    if (signal?.aborted) return { finite };
    try {
      const margin = await maxMargin(gpu, problem, {
        ...stop,
        onProgress: ({ iterations, relativeGap }) =>
          onProgress?.(`max-margin decoder: ${iterations} iterations, gap ${relativeGap.toExponential(1)}`),
      });
      return { finite, margin };
    } catch (error) {
      // one without a word off a support has no margin
      if (error instanceof ProblemError) return { finite, missing: error.message };
      throw error;
    }
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return {};
    throw error;
  }
}
