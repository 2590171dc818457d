import { ProblemError } from "../../errors.ts";
import { DECODER_NORMS, type DecoderNorm } from "../../float64/decoder-norms.ts";
import type { Problem } from "../../problem/problem.ts";
import type { LongWork, WorkProgress } from "../../support/long-work.ts";
import { requireAtLeast, requireKnownOptions, requireOneOf, requireWhole } from "../../support/options.ts";
import { DEFAULT_GAP, requireGapTolerance } from "../max-margin/settings.ts";

export interface NormMarginOptions extends LongWork<NormMarginProgress> {
  /** The norm that is to be least: √Σ W², the largest |W_vi|, or the largest singular value. */
  readonly norm: DecoderNorm;
  /** Relative gap between the bounds, certified in float64, at which the decoder counts as found; default 1e-5. */
  readonly gapTolerance?: number;
  /** Iterations at most, those that find W_mm left out where it is only the start; default 20,000, or 100,000 in the Frobenius norm. */
  readonly maxIterations?: number;
  /** Longest search in seconds, compilation left out; default no bound. One that it ends is `"cancelled"`. */
  readonly withinSeconds?: number | undefined;
}

/** What is certified after so many iterations. */
export interface NormMarginProgress extends WorkProgress<"max-margin decoder" | "margin in a norm"> {
  readonly iterations: number;
  /** Bounds on the least norm, while the phase is "max-margin decoder" in the Frobenius norm; Infinity above while no decoder that separates is known. */
  readonly lowerBound: number;
  readonly upperBound: number;
  readonly relativeGap: number;
}

const OPTION_NAMES: readonly (keyof NormMarginOptions)[] = [
  "norm",
  "gapTolerance",
  "maxIterations",
  "withinSeconds",
  "signal",
  "onProgress",
];

const DEFAULT_ITERATIONS: Readonly<Record<DecoderNorm, number>> = { frobenius: 100_000, max: 20_000, spectral: 20_000 };

/** @throws OptionError for options out of range; ProblemError when every context is followed by every word. */
export function settingsOf(
  problem: Problem,
  options: NormMarginOptions,
): { readonly gapTolerance: number; readonly maxIterations: number } {
  requireKnownOptions(options, OPTION_NAMES);
  requireOneOf("norm", options.norm, DECODER_NORMS);
  const { gapTolerance = DEFAULT_GAP, maxIterations = DEFAULT_ITERATIONS[options.norm] } = options;
  requireGapTolerance(gapTolerance);
  requireWhole("maxIterations", maxIterations, 1);
  if (options.withinSeconds !== undefined) requireAtLeast("withinSeconds", options.withinSeconds, 0);
  if (problem.tokens.length === problem.contextCount * problem.vocabularySize)
    throw new ProblemError("Every context is followed by every word: there is no margin to maximise.");
  return { gapTolerance, maxIterations };
}
