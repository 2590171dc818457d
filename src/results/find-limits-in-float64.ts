import { ProblemError } from "../errors.ts";
import type { Problem } from "../problem/problem.ts";
import { logOddsInFloat64 } from "../solvers/log-odds/in-float64.ts";
import { maxMarginInFloat64 } from "../solvers/max-margin/in-float64.ts";
import type { MaxMargin } from "../solvers/max-margin/status.ts";
import { stepSizesOf, type FoundLimits } from "./find-limits.ts";

/**
 * W* and W_mm as `findLimits` does, without a GPU: in float64 on the host, for small problems. What is too large for that is left out,
 * and `missing` says so.
 * @param signal ends the search; what is known by then is returned
 */
export async function findLimitsInFloat64(problem: Problem, signal?: AbortSignal): Promise<FoundLimits> {
  const sizes = await stepSizesOf(problem, signal);
  const finite = await logOddsInFloat64(problem, signal);
  const margin = await maxMarginInFloat64(problem, signal).catch((error: unknown) => {
    // one without a word off a support has no margin
    if (error instanceof ProblemError) return error;
    throw error;
  });
  const found = { ...sizes, ...(finite && { finite }) };
  if (margin instanceof ProblemError) return { ...found, missing: margin.message };
  const missing = signal?.aborted ? undefined : whatIsMissing(finite !== undefined, margin);
  return { ...found, ...(margin && { margin }), ...(missing !== undefined && { missing }) };
}

function whatIsMissing(isFiniteKnown: boolean, margin: MaxMargin | undefined): string | undefined {
  const names = [isFiniteKnown ? [] : ["W*"], margin ? [] : ["W_mm"]].flat();
  if (names.length === 0) return undefined;
  const are = names.length > 1 ? "are" : "is";
  return `${names.join(" and ")} ${are} not computed without a GPU: in float64 on the host this problem would take too long.`;
}
