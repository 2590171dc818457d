import { finished, type Work } from "../support/host-spells.ts";
import type { Problem } from "../problem/problem.ts";
import { RandomStream } from "../support/random.ts";
import { innerProduct } from "../reference/inner-product.ts";

/** The largest eigenvalue of K = Σ_j weights_j h_j h_jᵀ, as far as it is known. */
export interface LargestEigenvalue {
  /** A Ritz value λ: at most λ_max, but for rounding. */
  readonly eigenvalue: number;
  /** ‖K x − λ x‖ / λ of its vector x of length 1: an eigenvalue lies within this relative distance of λ. */
  readonly residual: number;
  /** x [d], of length 1 but for rounding. */
  readonly vector: Float64Array;
  /** Products with K. */
  readonly iterations: number;
}

const MOST_ITERATIONS = 300;
/** Iterations between two computations of the residual. */
const CHECK_EVERY = 5;

/**
 * λ_max(Σ_j weights_j h_j h_jᵀ) in float64.
 * @param weights [m], positive
 * @param tolerance of the residual; the eigenvalue itself is then good to about its square
 */
export function findLargestEigenvalue(
  problem: Problem,
  weights: ArrayLike<number>,
  tolerance: number,
): Work<LargestEigenvalue> {
  return largestEigenvalueOf(problem.embeddingDim, (x) => timesGram(problem, weights, x), tolerance);
}

/**
 * The largest eigenvalue of a symmetric matrix [d, d] without negative ones, by Lanczos' method from a random vector with full
 * reorthogonalisation.
 * @param times its product with a vector
 * @param tolerance of the residual
 */
export function* largestEigenvalueOf(
  d: number,
  times: (x: Float64Array) => Float64Array,
  tolerance: number,
): Work<LargestEigenvalue> {
  const most = Math.min(d, MOST_ITERATIONS);
  const stream = new RandomStream(0, 0);
  const basis = [normalised(Float64Array.from({ length: d }, () => stream.normal())).unit];
  const [diagonal, beside]: [number[], number[]] = [[], []];
  for (;;) {
    const next = times(basis.at(-1)!);
    yield { done: basis.length, total: most };
    diagonal.push(innerProduct(next, basis.at(-1)!));
    // twice: once leaves what rounding made of the first
    for (const q of [...basis, ...basis]) subtract(next, innerProduct(next, q), q);
    const { unit, length } = normalised(next);
    const isLast = basis.length === most || !(length > 1e-14 * diagonal[0]!);
    if (isLast || basis.length % CHECK_EVERY === 0) {
      const { eigenvalue, components } = topOfTridiagonal(diagonal, beside);
      const residual = (length * components.at(-1)!) / eigenvalue;
      if (isLast || residual <= tolerance) {
        const vector = new Float64Array(d);
        basis.forEach((q, i) => subtract(vector, -components[i]!, q));
        return { eigenvalue, residual, vector, iterations: basis.length };
      }
    }
    beside.push(length);
    basis.push(unit);
  }
}

/** An eigenvalue lies within the residual of a Ritz value; as much again is left for one that the start has little of. */
const STEP_TOLERANCE = 1e-4;

/** λ_max(Σ_j h_j h_jᵀ / norms_j²) in float64, a little above it rather than below. */
export function largestGramEigenvalue(problem: Problem, norms: Float64Array): number {
  const work = findLargestEigenvalue(
    problem,
    norms.map((norm) => 1 / norm / norm),
    STEP_TOLERANCE,
  );
  const { eigenvalue, residual } = finished(work);
  return eigenvalue * (1 + residual + STEP_TOLERANCE);
}

/** Σ_j weights_j h_j ⟨h_j, x⟩. */
function timesGram({ embeddings, contextCount }: Problem, weights: ArrayLike<number>, x: Float64Array): Float64Array {
  const d = x.length;
  const result = new Float64Array(d);
  for (let j = 0; j < contextCount; j++) {
    let score = 0;
    for (let i = 0; i < d; i++) score += embeddings[j * d + i]! * x[i]!;
    score *= weights[j]!;
    for (let i = 0; i < d; i++) result[i]! += score * embeddings[j * d + i]!;
  }
  return result;
}

function subtract(x: Float64Array, factor: number, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i]! -= factor * y[i]!;
}

function normalised(x: Float64Array): { unit: Float64Array; length: number } {
  const length = Math.sqrt(innerProduct(x, x));
  return { unit: x.map((value) => value / length), length };
}

/**
 * The largest eigenvalue of a symmetric tridiagonal matrix with positive entries beside the diagonal, by bisection, and its
 * vector of length 1, the last entry positive. Pivots of θ − T from the last row up are all positive just where θ is above it.
 */
function topOfTridiagonal(
  diagonal: readonly number[],
  beside: readonly number[],
): { eigenvalue: number; components: Float64Array } {
  const n = diagonal.length;
  const radius = (i: number): number => (beside[i - 1] ?? 0) + (i + 1 < n ? beside[i]! : 0);
  let low = Math.max(...diagonal);
  let high = Math.max(...diagonal.map((entry, i) => entry + radius(i)));
  const isAbove = (theta: number): boolean => {
    let pivot = theta - diagonal[n - 1]!;
    for (let i = n - 2; i >= 0 && pivot > 0; i--) pivot = theta - diagonal[i]! - beside[i]! ** 2 / pivot;
    return pivot > 0;
  };
  for (;;) {
    const middle = low + (high - low) / 2;
    // neither where they are NaN
    if (!(middle > low && middle < high)) break;
    if (isAbove(middle)) high = middle;
    else low = middle;
  }
  const components = new Float64Array(n).fill(1);
  let pivot = high - diagonal[n - 1]!;
  for (let i = n - 2; i >= 0; i--) {
    components[i] = (components[i + 1]! * pivot) / beside[i]!;
    pivot = high - diagonal[i]! - beside[i]! ** 2 / pivot;
  }
  return { eigenvalue: low, components: normalised(components).unit };
}
