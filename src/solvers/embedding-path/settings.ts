import { OptionError } from "../../errors.ts";
import type { Problem } from "../../problem/problem.ts";
import type { LongWork, WorkProgress } from "../../support/long-work.ts";
import { describe, requireKnownOptions, requireSeed, requireWhole } from "../../support/options.ts";
import { requireOrdered } from "../ridge-path/settings.ts";

/** Cancelled, the last point has the status `"cancelled"`, and those behind it are left out. */
export interface EmbeddingPathOptions extends LongWork<EmbeddingPathProgress> {
  /** λ of each point, descending; default 1e-1, 1e-2, …, 1e-7. Each starts where the one before ended. */
  readonly lambdas?: readonly number[];
  /** d, at least 1; default the smaller of V and m, from which on the minimum is that over all logits. */
  readonly dimension?: number;
  /** Relative distance of the objective from its minimum over all logits, as duality bounds it, at which a point counts as solved; default 1e-4. */
  readonly tolerance?: number;
  /** Gradients at most for each λ; default 20,000. */
  readonly maxIterations?: number;
  /** Of the start at the first λ, which is drawn; default 1. */
  readonly seed?: number;
}

/** How far a path has come. */
export interface EmbeddingPathProgress extends WorkProgress<"embedding path"> {
  /** Number of the point under way, from 0 on. */
  readonly point: number;
  readonly lambda: number;
  /** Gradients computed for this λ so far. */
  readonly iterations: number;
  /** ‖∇‖ / (λ ‖(W, H)‖) of the factors so far. */
  readonly relativeGradient: number;
}

const OPTION_NAMES: readonly (keyof EmbeddingPathOptions)[] = [
  "lambdas",
  "dimension",
  "tolerance",
  "maxIterations",
  "seed",
  "signal",
  "onProgress",
];

const DEFAULT_LAMBDAS: readonly number[] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7];
const DEFAULT_TOLERANCE = 1e-4;
const DEFAULT_ITERATIONS = 20_000;
const MOST_DIMENSIONS = 65_536;

export interface EmbeddingPathSettings {
  readonly lambdas: readonly number[];
  readonly dimension: number;
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly seed: number;
}

/** @throws OptionError for options out of range */
export function settingsOf(problem: Problem, options: EmbeddingPathOptions): EmbeddingPathSettings {
  requireKnownOptions(options, OPTION_NAMES);
  const {
    lambdas = DEFAULT_LAMBDAS,
    dimension = Math.min(problem.vocabularySize, problem.contextCount),
    tolerance = DEFAULT_TOLERANCE,
    maxIterations = DEFAULT_ITERATIONS,
    seed = 1,
  } = options;
  requireOrdered("lambdas", lambdas, "descending", (last, next) => next < last);
  requireWhole("dimension", dimension, 1, MOST_DIMENSIONS);
  if (!(tolerance > 0 && tolerance < 1))
    throw new OptionError("tolerance", `expected a number above 0 and below 1, found ${describe(tolerance)}`);
  requireWhole("maxIterations", maxIterations, 1);
  requireSeed(seed);
  return { lambdas, dimension, tolerance, maxIterations, seed };
}
