import type { Problem } from "../problem/problem.ts";
import { referenceLoss } from "../reference/descent.ts";

/** A loss gap recomputed in float64 on the host from the decoder that was read back. */
export type Float64Check =
  | {
      readonly status: "agrees" | "disagrees";
      readonly lossGap: number;
      /** |GPU − float64| / float64. */
      readonly relativeDifference: number;
    }
  | { readonly status: "skipped"; readonly why: string };

/** Multiply-adds that the host may spend: a second or two. */
const MOST_OPERATIONS = 2e9;

/**
 * Recomputes CE − H in float64. "agrees" means within 1e-4 relative down to gaps of 1e-7, within 1e-2 down to 1e-11, and
 * within 1e-12 absolute below: what the kernels promise.
 */
export function checkInFloat64(problem: Problem, decoder: ArrayLike<number>, lossGap: number): Float64Check {
  const operations = 2 * problem.contextCount * problem.vocabularySize * problem.embeddingDim;
  if (operations > MOST_OPERATIONS)
    return {
      status: "skipped",
      why: `it takes ${operations.toExponential(1)} multiply-adds, more than ${MOST_OPERATIONS.toExponential(0)}`,
    };
  const expected = referenceLoss(problem, decoder).lossGap;
  const difference = Math.abs(lossGap - expected);
  const allowed = expected >= 1e-7 ? 1e-4 * expected : expected >= 1e-11 ? 1e-2 * expected : 1e-12;
  return {
    status: difference <= allowed ? "agrees" : "disagrees",
    lossGap: expected,
    relativeDifference: expected === 0 ? difference : difference / expected,
  };
}
