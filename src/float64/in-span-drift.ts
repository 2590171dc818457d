import { innerProduct } from "../reference/inner-product.ts";
import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { DataSubspace } from "./data-subspace.ts";
import { norm, ratio } from "./vectors.ts";

/** Where multipliers pull the part of a decoder in F, against the curvature of the in-support loss. */
export interface InSpanDrift {
  /** ‖M⁻¹ R‖ on F. */
  readonly length: number;
  /** The least eigenvalue of M on F that the solution has a part in. */
  readonly leastCurvature: number;
}

/** What is left of the residual when a solution is taken: its error is below that times the condition of M. */
const TOLERANCE = 1e-10;
/** Multiply-adds before it is given up: a second or two. */
const MOST_WORK = 1e9;

/**
 * M⁻¹ R on F = range Aᵀ by conjugate gradients, with M = Σ_j π_j (diag p_j − p_j p_jᵀ) ⊗ h_j h_jᵀ, the Hessian of the in-support loss at W*,
 * and R = Σ_j (β_j|S_j − a_j p_j) h_jᵀ, a_j = Σ_{v∉S_j} (−β_jv): the pull in F of what the words off the supports keep, for β with
 * Σ_j β_j h_jᵀ orthogonal to F. Its curvatures are those of the Lanczos matrix that conjugate gradients make on the way.
 * @param dual β, m × V
 * @returns undefined where it would take too long, or does not get there
 */
export function* inSpanDrift(problem: Problem, dual: Float64Array): Work<InSpanDrift | undefined> {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, offsets, tokens, probabilities, weights } = problem;
  const subspace = new DataSubspace(problem);
  const pull = new Float64Array(tokens.length);
  for (let j = 0; j < m; j++) {
    const support = tokens.subarray(offsets[j], offsets[j + 1]);
    const mass = support.reduce((sum, z) => sum + dual[j * V + z]!, 0);
    support.forEach((z, i) => (pull[offsets[j]! + i] = dual[j * V + z]! - mass * probabilities[offsets[j]! + i]!));
  }
  const curve = (decoder: Float64Array): Float64Array => {
    const logits = subspace.apply(decoder);
    for (let j = 0; j < m; j++) {
      const [start, end] = [offsets[j]!, offsets[j + 1]!];
      const mean = innerProduct(logits.subarray(start, end), probabilities.subarray(start, end));
      for (let i = start; i < end; i++) logits[i] = weights[j]! * probabilities[i]! * (logits[i]! - mean);
    }
    return subspace.applyAdjoint(logits);
  };
  const residual = subspace.applyAdjoint(pull);
  const solution = new Float64Array(residual.length);
  const whole = norm(residual);
  if (whole === 0) return { length: 0, leastCurvature: NaN };
  const direction = residual.slice();
  const lanczos: Tridiagonal = { diagonal: [], besideSquared: [] };
  const most = Math.min(4 * tokens.length, Math.floor(MOST_WORK / (4 * tokens.length * d)));
  let square = whole ** 2;
  let [alphaBefore, beta] = [Infinity, 0];
  for (let iteration = 0; iteration < most; iteration++) {
    const curved = curve(direction);
    const alpha = square / innerProduct(direction, curved);
    if (!(alpha > 0)) return undefined;
    solution.forEach((x, i) => (solution[i] = x + alpha * direction[i]!));
    residual.forEach((r, i) => (residual[i] = r - alpha * curved[i]!));
    lanczos.diagonal.push(1 / alpha + ratio(beta, alphaBefore));
    const next = innerProduct(residual, residual);
    if (Math.sqrt(next) <= TOLERANCE * whole)
      return { length: norm(solution), leastCurvature: leastEigenvalue(lanczos) };
    beta = next / square;
    lanczos.besideSquared.push(beta / alpha ** 2);
    direction.forEach((p, i) => (direction[i] = residual[i]! + beta * p));
    [alphaBefore, square] = [alpha, next];
    yield { done: iteration + 1, total: undefined };
  }
  return undefined;
}

/** A symmetric tridiagonal matrix: its diagonal, and the squares of what stands beside it. */
interface Tridiagonal {
  readonly diagonal: number[];
  readonly besideSquared: number[];
}

/** By bisection on the signs of Sturm's sequence, of a positive definite matrix. */
function leastEigenvalue({ diagonal, besideSquared }: Tridiagonal): number {
  const isBelowAll = (x: number): boolean => {
    let pivot = 1;
    return diagonal.every((a, i) => (pivot = a - x - (i > 0 ? besideSquared[i - 1]! / pivot : 0)) > 0);
  };
  let [low, high] = [0, Math.min(...diagonal)];
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (isBelowAll(middle)) low = middle;
    else high = middle;
  }
  return low;
}
