import { OptionError, ProblemError } from "../../errors.ts";
import type { Problem } from "../../problem/problem.ts";
import type { LongWork, WorkProgress } from "../../support/long-work.ts";
import { requireAtLeast, requireKnownOptions, requireWhole } from "../../support/options.ts";

export interface MaxMarginOptions extends LongWork<MaxMarginProgress> {
  /** Relative gap (P − D)/P, certified in float64, at which the decoder counts as found; default 1e-5. */
  readonly gapTolerance?: number;
  /** Goes on until the gap is 1e-8 or no longer shrinks; default false. The status is still judged by `gapTolerance`. */
  readonly refine?: boolean;
  /** Iterations at most, steps of Newton's method on the host among them; default 100,000. */
  readonly maxIterations?: number;
  /** Longest search in seconds, from the first iteration to the last certificate; default no bound. One that it ends is `"cancelled"`. */
  readonly withinSeconds?: number | undefined;
}

/** What is certified after so many iterations; told after each certificate too. */
export interface MaxMarginProgress extends WorkProgress<"max-margin decoder"> {
  readonly iterations: number;
  /** Bounds on ‖W_mm‖; Infinity above while no decoder that separates is known. */
  readonly lowerBound: number;
  readonly upperBound: number;
  readonly relativeGap: number;
}

const OPTION_NAMES: readonly (keyof MaxMarginOptions)[] = [
  "gapTolerance",
  "refine",
  "maxIterations",
  "withinSeconds",
  "signal",
  "onProgress",
];

export const DEFAULT_GAP = 1e-5;
const REFINED_GAP = 1e-8;
const DEFAULT_ITERATIONS = 100_000;

/** What the options ask of a solve. */
export interface MaxMarginSettings {
  /** By which the status is judged. */
  readonly gapTolerance: number;
  /** At which the ascent ends. */
  readonly targetGap: number;
  readonly maxIterations: number;
}

/** @throws OptionError for options out of range; ProblemError when every context is followed by every word. */
export function settingsOf(problem: Problem, options: MaxMarginOptions): MaxMarginSettings {
  requireKnownOptions(options, OPTION_NAMES);
  const { gapTolerance = DEFAULT_GAP, refine = false, maxIterations = DEFAULT_ITERATIONS } = options;
  requireGapTolerance(gapTolerance);
  requireWhole("maxIterations", maxIterations, 1);
  if (options.withinSeconds !== undefined) requireAtLeast("withinSeconds", options.withinSeconds, 0);
  if (problem.tokens.length === problem.contextCount * problem.vocabularySize)
    throw new ProblemError("Every context is followed by every word: there is no margin to maximise.");
  return { gapTolerance, targetGap: refine ? Math.min(gapTolerance, REFINED_GAP) : gapTolerance, maxIterations };
}

/** @throws OptionError unless it is between 0 and 1 */
export function requireGapTolerance(found: number): void {
  if (!(found > 0 && found < 1))
    throw new OptionError("gapTolerance", `expected a number above 0 and below 1, found ${String(found)}`);
}
