import { OptionError } from "../../errors.ts";
import { norm } from "../../float64/vectors.ts";
import type { Problem } from "../../problem/problem.ts";
import type { LongWork, WorkProgress } from "../../support/long-work.ts";
import { requireKnownOptions, requireWhole } from "../../support/options.ts";
import type { MaxMargin } from "../max-margin/status.ts";

/** Cancelled, the last point has the status `"cancelled"`, and those behind it are left out. */
export interface RidgePathOptions extends LongWork<RidgeProgress> {
  /** λ of each point, descending; default 1e-1, 1e-2, …, 1e-7. */
  readonly lambdas?: readonly number[];
  /** In place of `lambdas`: the radius of each ball, ascending. */
  readonly radii?: readonly number[];
  /** Relative distance to the minimiser, as strong convexity bounds it, at which a point counts as solved; default 1e-6. */
  readonly tolerance?: number;
  /** Passes of conjugate gradients at most for each λ; default 200,000. */
  readonly maxIterations?: number;
  /**
   * Where the theory says that the path goes, as `train` takes it: `{ margin: await maxMargin(gpu, problem) }`. `alignment` is measured
   * against the decoder of `margin`, if it has one.
   */
  readonly towards?: { readonly finite?: unknown; readonly margin?: Pick<MaxMargin, "decoder"> | undefined };
}

/** How far a path has come. */
export interface RidgeProgress extends WorkProgress<"path"> {
  /** Number of the point under way, from 0 on. */
  readonly point: number;
  /** λ under way. */
  readonly lambda: number;
  /** Passes of conjugate gradients for this λ so far. */
  readonly iterations: number;
  /** Bound on ‖W − Ŵ_λ‖ / ‖W‖ of the decoder so far, as the GPU sees it. */
  readonly relativeErrorBound: number;
}

const OPTION_NAMES: readonly (keyof RidgePathOptions)[] = [
  "lambdas",
  "radii",
  "tolerance",
  "maxIterations",
  "towards",
  "signal",
  "onProgress",
];

const DEFAULT_LAMBDAS: readonly number[] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7];
const DEFAULT_TOLERANCE = 1e-6;
const DEFAULT_ITERATIONS = 200_000;
/** What float32 holds with some room for products. */
const [LEAST, LARGEST] = [1e-30, 1e30];
/** What the options ask of a path. */
export interface RidgeSettings {
  readonly lambdas: readonly number[];
  readonly radii: readonly number[] | undefined;
  readonly tolerance: number;
  readonly maxIterations: number;
  /** W_mm, V × d, where `alignment` is measured. */
  readonly margin: Float64Array | undefined;
}

/** @throws OptionError for options out of range */
export function settingsOf(problem: Problem, options: RidgePathOptions): RidgeSettings {
  requireKnownOptions(options, OPTION_NAMES);
  const { lambdas, radii, tolerance = DEFAULT_TOLERANCE, maxIterations = DEFAULT_ITERATIONS, towards = {} } = options;
  if (lambdas && radii) throw new OptionError("radii", "expected none beside lambdas");
  if (lambdas) requireOrdered("lambdas", lambdas, "descending", (last, next) => next < last);
  if (radii) requireOrdered("radii", radii, "ascending", (last, next) => next > last);
  if (!(tolerance > 0 && tolerance < 1))
    throw new OptionError("tolerance", `expected a number above 0 and below 1, found ${String(tolerance)}`);
  requireWhole("maxIterations", maxIterations, 1);
  const margin = towards.margin?.decoder;
  if (margin) requireDirection(problem, margin);
  return { lambdas: lambdas ?? DEFAULT_LAMBDAS, radii, tolerance, maxIterations, margin };
}

function requireDirection({ vocabularySize, embeddingDim }: Problem, margin: Float64Array): void {
  const size = norm(margin);
  if (!(margin.length === vocabularySize * embeddingDim && size > 0 && size < Infinity))
    throw new OptionError(
      "towards.margin",
      `expected a decoder of ${vocabularySize} × ${embeddingDim} finite numbers that are not all zero, found ${margin.length} of norm ${size}`,
    );
}

/** @throws OptionError unless numbers stand in an order and in the range of float32 */
export function requireOrdered(
  name: string,
  values: readonly number[],
  order: string,
  isNext: (last: number, next: number) => boolean,
): void {
  const bad = values.findIndex(
    (value, i) => !(value >= LEAST && value <= LARGEST) || (i > 0 && !isNext(values[i - 1]!, value)),
  );
  if (bad >= 0 || values.length === 0)
    throw new OptionError(
      name,
      `expected ${order} numbers from ${LEAST} to ${LARGEST}, found ${values.length ? `${values[bad]} at place ${bad}` : "none"}`,
    );
}
