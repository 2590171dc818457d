import { requireOneOf } from "../support/options.ts";
import type { Problem } from "../problem/problem.ts";
import { predictDescent, type DescentLaw, type DescentRun, type DescentLimits } from "./gradient-descent.ts";
import type { Prediction } from "./prediction.ts";
import { predictPath, type PathLaw } from "./ridge-path.ts";
import { predictFactors, type FactorLaw, type FactorRun, type PredictingNuclear } from "./trained-embeddings.ts";

/** A figure that is predicted. */
export type PredictedFigure = DescentLaw | PathLaw | FactorLaw;

/** A run that is asked about before it starts: one of `train`, the ridge path, or both factors. */
export type PredictedRun =
  | ({ readonly model?: "decoder" } & DescentRun)
  | { readonly model: "ridge-path" }
  | ({ readonly model: "embeddings" } & FactorRun);

/** The limits of the problem: those that the run needs, as they were found. */
export interface PredictingLimits extends DescentLimits {
  /** L_mm, for both factors. */
  readonly nuclear?: PredictingNuclear | undefined;
}

/**
 * The lines that theory gives for a run before its first step, constants included: see `predictDescent`, `predictPath` and
 * `predictFactors` for the laws and what they suppose. Where that is not known to hold, there is the reason in place of a line.
 * Aborted, what takes more than a moment is left out, with that as its reason.
 * @throws OptionError for a model that does not exist
 */
export async function predict(
  problem: Problem,
  limits: PredictingLimits,
  run: PredictedRun,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Prediction<PredictedFigure>[]> {
  requireOneOf("model", run.model ?? "decoder", ["decoder", "ridge-path", "embeddings"]);
  if (run.model === "ridge-path") return predictPath(problem, limits);
  if (run.model === "embeddings") return predictFactors(problem, limits.nuclear, run);
  return predictDescent(problem, limits, run, signal);
}
