import type { FoundLimits, Problem } from "../../src/index.ts";
import { withNorm, type KnownLimits } from "../limits.ts";
import { begin } from "./thread.ts";

/**
 * W* and W_mm in float64 without a GPU, each with its certificate, in the page's worker where it has one; what takes too long is left out,
 * and `missing` says so.
 * @throws the signal's reason when it is aborted
 */
export async function float64Limits(problem: Problem, signal: AbortSignal): Promise<KnownLimits> {
  const found = await begin({ kind: "limits", problem }, signal).value;
  signal.throwIfAborted();
  return withNorm(found as FoundLimits);
}
