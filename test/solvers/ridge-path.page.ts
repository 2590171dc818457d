import { ridgePath, type RidgePath, type RidgePathOptions, type RidgeProgress } from "../../src/index.ts";
import { open, problemOf, type ProblemText } from "../support/page-problem.ts";

/** A path with how long it took, and what was reported on the way. */
export type Watched = RidgePath & { readonly durationMs: number; readonly reports: readonly RidgeProgress[] };

/** A path that is aborted after `abortAfter` reports; 0 before it starts. */
export async function solve(
  given: ProblemText,
  options: RidgePathOptions = {},
  abortAfter = Infinity,
): Promise<Watched> {
  const gpu = await open();
  const problem = await problemOf(given);
  const controller = new AbortController();
  if (abortAfter === 0) controller.abort();
  const reports: RidgeProgress[] = [];
  const begin = performance.now();
  const path = await ridgePath(gpu, problem, {
    ...options,
    signal: controller.signal,
    onProgress: (report) => {
      if (reports.push(report) === abortAfter) controller.abort();
    },
  });
  return { ...path, durationMs: performance.now() - begin, reports };
}
