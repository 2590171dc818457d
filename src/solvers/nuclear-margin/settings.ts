import { ProblemError } from "../../errors.ts";
import type { Problem } from "../../problem/problem.ts";
import type { LongWork, WorkProgress } from "../../support/long-work.ts";
import { requireKnownOptions, requireWhole } from "../../support/options.ts";
import { requireGapTolerance } from "../max-margin/settings.ts";

export interface NuclearMarginOptions extends LongWork<NuclearMarginProgress> {
  /** Relative gap between the bounds, certified in float64, at which L_mm counts as found; default 1e-5. */
  readonly gapTolerance?: number;
  /** Iterations at most; default 2,000. */
  readonly maxIterations?: number;
}

/** What is certified after so many iterations. */
export interface NuclearMarginProgress extends WorkProgress<"nuclear margin"> {
  readonly iterations: number;
  /** Bounds on ‖L_mm‖_*. */
  readonly lowerBound: number;
  readonly upperBound: number;
  readonly relativeGap: number;
}

const OPTION_NAMES: readonly (keyof NuclearMarginOptions)[] = ["gapTolerance", "maxIterations", "signal", "onProgress"];

const DEFAULT_GAP = 1e-5;
const DEFAULT_ITERATIONS = 2000;

/** @throws OptionError for options out of range; ProblemError when every context is followed by every word. */
export function settingsOf(
  problem: Problem,
  options: NuclearMarginOptions,
): { readonly gapTolerance: number; readonly maxIterations: number } {
  requireKnownOptions(options, OPTION_NAMES);
  const { gapTolerance = DEFAULT_GAP, maxIterations = DEFAULT_ITERATIONS } = options;
  requireGapTolerance(gapTolerance);
  requireWhole("maxIterations", maxIterations, 1);
  if (problem.tokens.length === problem.contextCount * problem.vocabularySize)
    throw new ProblemError("Every context is followed by every word: there is no margin to maximise.");
  return { gapTolerance, maxIterations };
}
