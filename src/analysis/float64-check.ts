import type { Problem } from "../problem/problem.ts";
import { referenceLoss } from "../reference/descent.ts";
import { formatFigure } from "./format-figure.ts";

/** A loss gap recomputed in float64 on the host from the decoder that was read back. */
export type Float64Check =
  | {
      readonly status: "agrees" | "disagrees";
      readonly lossGap: number;
      /** |GPU − float64| / float64. */
      readonly relativeDifference: number;
    }
  | { readonly status: "skipped"; readonly why: string };

/** What the kernels promise of a loss gap, relative; and what is left of the pairs' 2^-46 in a gap of that kind, absolute. */
const RELATIVE = 1e-4;
const ABSOLUTE = 1e-15;

/**
 * Recomputes CE − H in float64 and says whether the GPU's figure agrees within 1e-4 relative (and 1e-15 absolute).
 * Skipped where it takes more than `mostOperations` multiply-adds (default 2e9, some seconds of one core, in which
 * nothing else runs on the thread).
 */
export function checkInFloat64(
  problem: Problem,
  decoder: ArrayLike<number>,
  lossGap: number,
  { mostOperations = 2e9 }: { readonly mostOperations?: number } = {},
): Float64Check {
  const operations = 2 * problem.contextCount * problem.vocabularySize * problem.embeddingDim;
  if (operations > mostOperations)
    return {
      status: "skipped",
      why: `it takes ${operations.toExponential(1)} multiply-adds, more than ${mostOperations.toExponential(0)}`,
    };
  const expected = referenceLoss(problem, decoder).lossGap;
  const difference = Math.abs(lossGap - expected);
  return {
    status: difference <= RELATIVE * expected + ABSOLUTE ? "agrees" : "disagrees",
    lossGap: expected,
    relativeDifference: expected === 0 ? difference : difference / expected,
  };
}

/** One sentence about a check. */
export function describeCheck(check: Float64Check): string {
  if (check.status === "skipped") return `skipped: ${check.why}`;
  const figures = `loss gap ${formatFigure(check.lossGap)} on the CPU, relative difference ${check.relativeDifference.toExponential(1)}`;
  return check.status === "agrees"
    ? `agrees: ${figures}`
    : `DISAGREES: ${figures}; do not trust this adapter's figures`;
}
