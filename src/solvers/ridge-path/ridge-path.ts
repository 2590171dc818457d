import { OptionError } from "../../errors.ts";
import type { LongWork, WorkProgress } from "../../support/long-work.ts";
import { requireKnownOptions, requireWhole } from "../../support/options.ts";
import type { AdapterDescription, Gpu } from "../../gpu/device.ts";
import { withWorkspace } from "../../gpu/workspace.ts";
import type { Problem } from "../../problem/problem.ts";
import { norm } from "../../float64/vectors.ts";
import { referenceLoss } from "../../float64/loss.ts";
import { innerProduct } from "../../reference/inner-product.ts";
import { meanSquare, prepareRidgeMinimiser, relativeErrorBound, type RidgeMinimiser } from "./ridge-minimiser.ts";

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
  /** What `alignment` is measured against: W_mm, as in `{ margin: (await maxMargin(gpu, problem)).decoder }`. */
  readonly towards?: { readonly margin: ArrayLike<number> | undefined };
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

/**
 * How a point ended, from float64 figures only.
 *
 * - `solved`: `relativeErrorBound` is at most the tolerance, and in the ball form ‖W‖ is the radius up to the tolerance.
 * - `interior`: in the ball form, CE has a minimiser inside the ball, for all that float64 can tell: from ten times this λ to
 *   this one ‖W‖ has grown by at most 1e-5 of it. The decoder is solved for this λ.
 * - `max-iterations`, `cancelled`: as asked. `stalled`: float32 directions lead no further, or the radius asks for a λ below
 *   1e-10 Σ_j π_j ‖h_j‖². The bound holds in all three.
 */
export type RidgeStatus = "solved" | "interior" | "max-iterations" | "stalled" | "cancelled";

/** A decoder on the path, with figures that are computed in float64 from itself. */
export interface RidgePoint {
  readonly status: RidgeStatus;
  readonly lambda: number;
  /** In the ball form: the ball's radius. */
  readonly radius?: number;
  /** W, V × d row-major. */
  readonly decoder: Float64Array;
  readonly norm: number;
  /** CE − H and its two parts. */
  readonly lossGap: number;
  readonly inSupportGap: number;
  readonly offSupportGap: number;
  /** ‖∇CE(W) + λW‖. */
  readonly gradientNorm: number;
  /** ‖W − Ŵ_λ‖ ≤ ‖∇CE(W) + λW‖ / λ: the objective is λ-strongly convex. */
  readonly errorBound: number;
  /** The same over ‖W‖. */
  readonly relativeErrorBound: number;
  /** cos(W, W_mm); NaN where no max-margin decoder was given. */
  readonly alignment: number;
  /** Passes of conjugate gradients on the GPU. */
  readonly iterations: number;
}

export interface RidgePath {
  /** In the order of `lambdas` or `radii`. */
  readonly points: readonly RidgePoint[];
  readonly adapter: AdapterDescription;
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
/** Largest factor between one λ and the next in the search for a radius. */
const LARGEST_STRIDE = 10;
/** Growth of ‖W‖ over such a factor at which it counts as having reached its limit. Without a finite minimiser it is some ‖W_mm‖. */
const SETTLED = 1e-5;
/** Least λ in the search for a radius, over Σ_j π_j ‖h_j‖²: beyond it condition numbers are too much for float32. */
const LEAST_RELATIVE_LAMBDA = 1e-10;

/**
 * The regularization path (Thrampoulidis 2024, Theorem 1): the minimisers Ŵ_λ of CE(W) + (λ/2)‖W‖² for a list of λ, or those of CE over
 * balls ‖W‖ ≤ B for a list of radii, each starting from the one before. Truncated Newton steps on the GPU, refined in float64.
 * @throws OptionError at once for options out of range.
 */
export async function ridgePath(gpu: Gpu, problem: Problem, options: RidgePathOptions = {}): Promise<RidgePath> {
  requireOptions(problem, options);
  const {
    lambdas = DEFAULT_LAMBDAS,
    radii,
    tolerance = DEFAULT_TOLERANCE,
    maxIterations = DEFAULT_ITERATIONS,
  } = options;
  const points: RidgePoint[] = [];
  return withWorkspace(gpu, async (workspace) => {
    const minimiser = await prepareRidgeMinimiser(workspace, problem, {
      tolerance,
      maxIterations,
      signal: options.signal,
      onPasses: ({ ridge, iterations, relativeBound }) =>
        options.onProgress?.({
          phase: "path",
          fraction: points.length / (radii ?? lambdas).length,
          message: `λ = ${ridge.toExponential(1)}, ${iterations} passes`,
          point: points.length,
          lambda: ridge,
          iterations,
          relativeErrorBound: relativeBound,
        }),
    });
    const found = radii ? ballMinima(minimiser, problem, radii, tolerance) : ridgeMinima(minimiser, lambdas);
    for await (const point of found) {
      points.push(describePoint(problem, point, options.towards?.margin));
      if (point.status === "cancelled") break;
    }
    return { points, adapter: gpu.adapter };
  });
}

/** A point before its figures are computed. */
type Found = Pick<RidgePoint, "status" | "lambda" | "radius" | "decoder" | "iterations">;

async function* ridgeMinima(minimiser: RidgeMinimiser, lambdas: readonly number[]): AsyncGenerator<Found, void, void> {
  for (const lambda of lambdas) {
    const { end, ...minimum } = await minimiser.minimise(lambda);
    yield { status: end, lambda, ...minimum };
  }
}

/** ‖Ŵ_λ‖, which falls with λ. */
interface Sample {
  readonly lambda: number;
  readonly norm: number;
}

async function* ballMinima(
  minimiser: RidgeMinimiser,
  problem: Problem,
  radii: readonly number[],
  tolerance: number,
): AsyncGenerator<Found, void, void> {
  const least = LEAST_RELATIVE_LAMBDA * meanSquare(problem);
  let decoder: Float64Array = new Float64Array(problem.vocabularySize * problem.embeddingDim);
  const steepest = norm(referenceLoss(problem, decoder).gradient);
  const samples: Sample[] = [];
  for (const radius of radii) {
    let iterations = 0;
    let status: RidgeStatus | undefined;
    // ⟨∇CE(Ŵ) − ∇CE(0), Ŵ⟩ ≥ 0 and ∇CE(Ŵ) = −λŴ give λ‖Ŵ_λ‖ ≤ ‖∇CE(0)‖
    let lambda = samples.length ? nextLambda(samples, radius) : steepest / radius;
    while (!status) {
      const minimum = await minimiser.minimise(lambda);
      decoder = minimum.decoder;
      iterations += minimum.iterations;
      const sample = { lambda, norm: norm(decoder) };
      const hasSettled = isSettled(sample, samples.at(-1));
      samples.push(sample);
      if (minimum.end !== "solved") status = minimum.end;
      else if (Math.abs(sample.norm / radius - 1) <= tolerance) status = "solved";
      else if (sample.norm < radius && hasSettled) status = "interior";
      else {
        const next = nextLambda(samples, radius);
        if (next === lambda || next < least) status = "stalled";
        else lambda = next;
      }
    }
    yield { status, lambda, radius, decoder, iterations };
  }
}

/** Whether ‖Ŵ_λ‖ has hardly grown while λ fell by a whole stride. */
function isSettled(now: Sample, before: Sample | undefined): boolean {
  if (!before || now.lambda > before.lambda / (0.99 * LARGEST_STRIDE)) return false;
  return now.norm <= (1 + SETTLED) * before.norm;
}

/**
 * Where ‖Ŵ_λ‖ would be the radius if log ‖Ŵ‖ were linear in log λ through the two nearest samples; between the samples that
 * are nearest on either side, and not further than a stride from the last one inside.
 */
function nextLambda(samples: readonly Sample[], radius: number): number {
  const nearest = [...samples].sort(
    (a, b) => Math.abs(Math.log(a.norm / radius)) - Math.abs(Math.log(b.norm / radius)),
  );
  const inside = nearest.filter((sample) => sample.norm < radius);
  const outside = nearest.filter((sample) => sample.norm >= radius);
  const upper = inside.length ? inside[0]!.lambda : LARGEST_STRIDE * outside[0]!.lambda;
  const lower = outside.length ? outside[0]!.lambda : upper / LARGEST_STRIDE;
  const [a, b] = nearest as [Sample, Sample?];
  // far from the solution ‖Ŵ‖ is as 1/λ
  const slope = b ? Math.log(a.lambda / b.lambda) / Math.log(a.norm / b.norm) : -1;
  const secant = a.lambda * (radius / a.norm) ** slope;
  if (secant > lower && secant < upper) return secant;
  return outside.length && inside.length ? Math.sqrt(lower * upper) : inside.length ? lower : upper;
}

function describePoint(problem: Problem, found: Found, margin: ArrayLike<number> | undefined): RidgePoint {
  const { decoder, lambda } = found;
  const { gradient, ...gaps } = referenceLoss(problem, decoder);
  const size = norm(decoder);
  const gradientNorm = norm(gradient.map((value, i) => value + lambda * decoder[i]!));
  return {
    ...found,
    norm: size,
    ...gaps,
    gradientNorm,
    errorBound: gradientNorm / lambda,
    relativeErrorBound: relativeErrorBound(gradientNorm, lambda, size),
    alignment: margin ? innerProduct(decoder, margin) / (size * norm(margin)) : NaN,
  };
}

function requireOptions(problem: Problem, options: RidgePathOptions): void {
  requireKnownOptions(options, OPTION_NAMES);
  const { lambdas, radii, tolerance = DEFAULT_TOLERANCE, maxIterations = DEFAULT_ITERATIONS, towards } = options;
  if (lambdas && radii) throw new OptionError("radii", "expected none beside lambdas");
  if (lambdas) requireOrdered("lambdas", lambdas, "descending", (last, next) => next < last);
  if (radii) requireOrdered("radii", radii, "ascending", (last, next) => next > last);
  if (!(tolerance > 0 && tolerance < 1))
    throw new OptionError("tolerance", `expected a number above 0 and below 1, found ${String(tolerance)}`);
  requireWhole("maxIterations", maxIterations, 1);
  if (!towards) return;
  requireKnownOptions(towards, ["margin"]);
  const expected = problem.vocabularySize * problem.embeddingDim;
  const { margin } = towards;
  if (margin && !(margin.length === expected && norm(margin) > 0 && norm(margin) < Infinity))
    throw new OptionError(
      "towards.margin",
      `expected ${problem.vocabularySize} × ${problem.embeddingDim} finite numbers that are not all zero, found ${margin.length} of norm ${norm(margin)}`,
    );
}

function requireOrdered(
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
