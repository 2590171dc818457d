import type { Workspace } from "../../gpu/workspace.ts";
import { deviceProblem } from "../../maps/device-problem.ts";
import { deviceShape } from "../../maps/device-shape.ts";
import { prepareGradient } from "../../maps/gradient.ts";
import { otherWork } from "../../support/host-spells.ts";
import type { Problem } from "../../problem/problem.ts";
import { centreColumns } from "../../float64/centre-columns.ts";
import { norm } from "../../float64/vectors.ts";
import { referenceLoss } from "../../float64/loss.ts";
import { innerProduct } from "../../reference/inner-product.ts";
import { embeddingNorms } from "../../float64/margin-certificate.ts";
import { prepareNewtonSystem, type NewtonSystem } from "./newton-system.ts";

/** How a minimisation ended. */
export type MinimiserEnd = "solved" | "max-iterations" | "stalled" | "cancelled";

/** A decoder near the minimiser Ŵ_λ of f(W) = CE(W) + (λ/2)‖W‖². */
export interface Minimum {
  readonly end: MinimiserEnd;
  /** V × d. */
  readonly decoder: Float64Array;
  /** Passes of conjugate gradients that it took. */
  readonly iterations: number;
}

export interface MinimiserOptions {
  /** ‖∇f(W)‖ / (λ‖W‖) at which a decoder is near enough. */
  readonly tolerance: number;
  /** Passes of conjugate gradients at most. */
  readonly maxIterations: number;
  readonly signal: AbortSignal | undefined;
  readonly onPasses: (report: { ridge: number; iterations: number; relativeBound: number }) => void;
}

/** ∇CE at a decoder, V × d; nothing after an abort. */
type Gradient = (decoder: Float64Array) => Promise<Float64Array | undefined>;

/** How Newton's steps are judged, and when they end. */
interface Descent {
  readonly gradientOf: Gradient;
  readonly tolerance: number;
  readonly mostStalled: number;
}

/** An iterate with ∇f and what strong convexity makes of it: ‖W − Ŵ_λ‖ ≤ ‖∇f‖ / λ. */
interface Iterate {
  readonly decoder: Float64Array;
  readonly gradient: Float64Array;
  readonly relativeBound: number;
}

/**
 * ‖∇f‖ / (λ‖W‖) down to which the gradient of the GPU serves, unless its noise is above that. From there on it is computed
 * in float64 on the host.
 */
const DEVICE_BOUND = 1e-4;
/**
 * Newton's steps from the minimiser of a much larger λ, or from zero, go far astray. λ falls by this factor at most, and
 * minimisers on the way are found to this relative bound.
 */
const [LARGEST_STRIDE, BETWEEN_BOUND] = [10, 0.1];
/** A step along which the slope has become this part of what it was, and uphill, was too long. */
const STEEPEST_PAST_MINIMUM = 0.5;
const SHORTEST_STEP = 1e-12;
/**
 * So many steps in a row that do not halve the least gradient end a minimisation in float64: on the way the gradient may
 * well stay as it is while f falls. On the GPU they may be noise, so that it ends sooner there.
 */
const [STALLED_STEPS, STALLED_STEPS_ON_DEVICE] = [20, 3];

/** What the device does of a minimisation. */
interface Kernels {
  readonly system: NewtonSystem;
  readonly gradientOf: (decoder: Float64Array) => Promise<Float64Array>;
}

async function prepareKernels(workspace: Workspace, problem: Problem): Promise<Kernels> {
  const shape = deviceShape(problem);
  const device = deviceProblem(workspace, problem, { ...shape, contextsAtOnce: shape.paddedContexts });
  const [system, gradient] = await Promise.all([
    prepareNewtonSystem(workspace, device),
    prepareGradient(workspace, device),
  ]);
  return { system, gradientOf: async (at) => (await gradient(at)).gradient };
}

/**
 * Newton's method on f: gradients from the kernels of gradient descent at first, then in float64 on the host; directions
 * from conjugate gradients in float32. The length of a step is judged by the slope along it, so that no two losses are
 * subtracted.
 */
export class RidgeMinimiser {
  readonly #problem: Problem;
  readonly #options: MinimiserOptions;
  readonly #workspace: Workspace;
  /** Compiled for the first minimisation. */
  #kernels: Kernels | undefined;
  /** Where the last minimisation has ended, and for which λ: at zero for one so large that this is near. */
  #decoder: Float64Array;
  #ridge: number;
  /** Passes of the solves for this λ. */
  #iterations = 0;

  /** @internal */
  constructor(workspace: Workspace, problem: Problem, options: MinimiserOptions) {
    this.#workspace = workspace;
    this.#problem = problem;
    this.#options = options;
    this.#decoder = new Float64Array(problem.vocabularySize * problem.embeddingDim);
    this.#ridge = meanSquare(problem);
  }

  /** Starts where the last one has ended; where that was for a λ more than ten times as large, by way of minimisers between. */
  async minimise(ridge: number): Promise<Minimum> {
    const { tolerance } = this.#options;
    this.#iterations = 0;
    this.#kernels ??= await this.#unlessAborted(() => prepareKernels(this.#workspace, this.#problem));
    if (!this.#kernels) return { end: "cancelled", decoder: this.#decoder, iterations: 0 };
    const { system, gradientOf } = this.#kernels;
    const inFloat64: Gradient = async (decoder) => {
      await otherWork();
      if (this.#isAborted()) return undefined;
      return referenceLoss(this.#problem, decoder).gradient;
    };
    const onDevice = {
      gradientOf: (decoder: Float64Array) => this.#unlessAborted(() => gradientOf(decoder)),
      mostStalled: STALLED_STEPS_ON_DEVICE,
    };
    let end: MinimiserEnd = "solved";
    const goOn = async (at: number, how: Descent): Promise<void> => {
      if (end === "cancelled" || end === "max-iterations") return;
      ({ end, decoder: this.#decoder } = await this.#descend(system, this.#decoder, at, how));
    };
    // a λ between that is the one asked for up to rounding is none
    for (let between = this.#ridge / LARGEST_STRIDE; between > 1.01 * ridge; between /= LARGEST_STRIDE)
      await goOn(between, { ...onDevice, tolerance: BETWEEN_BOUND });
    await goOn(ridge, { ...onDevice, tolerance: Math.max(tolerance, DEVICE_BOUND) });
    await goOn(ridge, { gradientOf: inFloat64, mostStalled: STALLED_STEPS, tolerance });
    this.#ridge = ridge;
    return { end, decoder: this.#decoder, iterations: this.#iterations };
  }

  /** Newton steps until the gradient is small enough; the iterate with the least gradient where it does not become so. */
  async #descend(
    system: NewtonSystem,
    start: Float64Array,
    ridge: number,
    { gradientOf, tolerance, mostStalled }: Descent,
  ): Promise<{ end: MinimiserEnd; decoder: Float64Array }> {
    // ∇f has columns of mean zero; what rounding adds to them, the small curvature λ of such directions would magnify
    const centre = (matrix: Float64Array): Float64Array => centreColumns(matrix, this.#problem.embeddingDim);
    let at = await this.#measure(start, ridge, gradientOf);
    if (!at) return { end: "cancelled", decoder: start };
    let best = at;
    for (let stalledSteps = 0; !(best.relativeBound <= tolerance);) {
      const before = this.#iterations;
      const { decoder, gradient } = at;
      const { relativeBound } = best;
      const direction = await this.#unlessAborted(() =>
        system.solve(decoder, centre(gradient), ridge, (passes) => {
          if (this.#isAborted()) return true;
          this.#iterations = before + passes;
          this.#options.onPasses({ ridge, iterations: this.#iterations, relativeBound });
          return this.#isOver();
        }),
      );
      if (!direction) return { end: this.#isAborted() ? "cancelled" : "max-iterations", decoder: best.decoder };
      const next = await this.#walk(at, centre(direction), ridge, gradientOf);
      if (!next) return { end: this.#isAborted() ? "cancelled" : "stalled", decoder: best.decoder };
      stalledSteps = norm(next.gradient) <= norm(best.gradient) / 2 ? 0 : stalledSteps + 1;
      if (next.relativeBound < best.relativeBound) best = next;
      if (stalledSteps === mostStalled) return { end: "stalled", decoder: best.decoder };
      at = next;
    }
    return { end: "solved", decoder: best.decoder };
  }

  /** A point along a direction where f falls further, or rises no steeper than half of how it fell; undefined where there is none, and after an abort. */
  async #walk(
    { decoder, gradient }: Iterate,
    direction: Float64Array,
    ridge: number,
    gradientOf: Gradient,
  ): Promise<Iterate | undefined> {
    const fall = -innerProduct(gradient, direction);
    if (!(fall > 0)) return undefined;
    for (let length = 1; length > SHORTEST_STEP;) {
      const next = await this.#measure(
        decoder.map((w, i) => w + length * direction[i]!),
        ridge,
        gradientOf,
      );
      if (!next) return undefined;
      const rise = innerProduct(next.gradient, direction);
      if (rise <= STEEPEST_PAST_MINIMUM * fall) return next;
      // where the slope would be zero if it were linear; numbers that are not finite are far beyond
      const secant = fall / (fall + rise);
      length *= secant > 0.1 ? secant : 0.1;
    }
    return undefined;
  }

  async #measure(decoder: Float64Array, ridge: number, gradientOf: Gradient): Promise<Iterate | undefined> {
    const gradient = (await gradientOf(decoder))?.map((value, i) => value + ridge * decoder[i]!);
    if (!gradient) return undefined;
    return { decoder, gradient, relativeBound: relativeErrorBound(norm(gradient), ridge, norm(decoder)) };
  }

  #unlessAborted<T>(work: () => Promise<T>): Promise<T | undefined> {
    return this.#workspace.unlessAborted(this.#options.signal, work);
  }

  #isOver(): boolean {
    return this.#isAborted() || this.#iterations >= this.#options.maxIterations;
  }

  #isAborted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }
}

/** ‖∇f‖ / (λ‖W‖), which bounds ‖W − Ŵ_λ‖ / ‖W‖ because f is λ-strongly convex; 0 at the minimiser itself. */
export function relativeErrorBound(gradientNorm: number, ridge: number, decoderNorm: number): number {
  return gradientNorm === 0 ? 0 : gradientNorm / ridge / decoderNorm;
}

/** Σ_j π_j ‖h_j‖²: CE curves by no more than half of it. */
export function meanSquare(problem: Problem): number {
  return embeddingNorms(problem).reduce((sum, length, j) => sum + problem.weights[j]! * length ** 2, 0);
}
