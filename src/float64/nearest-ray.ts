import type { Problem } from "../problem/problem.ts";
import { contextLogits, dualDecoder } from "./margin-certificate.ts";
import { norm } from "./vectors.ts";

/** Multipliers below this part of the largest count as zero. */
const NEGLIGIBLE = 1e-6;
/** ‖Σ_j β_j h_jᵀ‖ relative to ‖H‖ ‖β‖ at which nothing but rounding is left. */
const ROUNDING_FLOOR = 1e-15;
/** Multiply-adds that one search may take; problems that allow fewer iterations than that are left alone. */
const RAY_WORK = 2e8;
const FEWEST_ITERATIONS = 20;
/** Rounds of V · d iterations, the dimension of what is to vanish: in exact arithmetic one is enough. */
const MOST_ROUNDS = 3;

/**
 * Dual variables near the given ones (m × V) whose decoder Σ_j β_j h_jᵀ vanishes, in float64: the nearest among those that have
 * multipliers where these have, by conjugate gradients. Where a problem is not separable that is a ray along which the dual grows
 * for ever, once the given ones have found where its multipliers are. Undefined for problems that are too large.
 */
export function nearestRay(problem: Problem, mask: Uint8Array, dual: Float64Array): Float64Array | undefined {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings } = problem;
  const allowed = Math.floor(RAY_WORK / (2 * m * V * d));
  if (allowed < FEWEST_ITERATIONS) return undefined;
  const mostIterations = Math.min(allowed, FEWEST_ITERATIONS + MOST_ROUNDS * V * d);
  const least = NEGLIGIBLE * dual.reduce((most, b) => Math.max(most, Math.abs(b)), 0);
  const isFree = mask.map((inSupport, i) => (inSupport || -dual[i]! > least ? 1 : 0));
  const ray = dual.slice();
  centreFree(isFree, V, ray);
  const floor = ROUNDING_FLOOR * norm(embeddings) * norm(ray);
  let decoder = dualDecoder(problem, ray);
  const direction = decoder.slice();
  let size = norm(decoder) ** 2;
  for (let k = 0; k < mostIterations && Math.sqrt(size) > floor; k++) {
    const change = contextLogits(problem, direction);
    centreFree(isFree, V, change);
    const curvature = norm(change) ** 2;
    if (!(curvature > 0)) break;
    const step = size / curvature;
    for (let i = 0; i < ray.length; i++) ray[i]! -= step * change[i]!;
    // of the ray itself, so that rounding does not gather
    decoder = dualDecoder(problem, ray);
    const next = norm(decoder) ** 2;
    for (let i = 0; i < direction.length; i++) direction[i] = decoder[i]! + (next / size) * direction[i]!;
    size = next;
  }
  return ray;
}

/** Zero where nothing is free, and in each row of V the mean of the rest subtracted. */
function centreFree(isFree: Uint8Array, V: number, values: Float64Array): void {
  for (let start = 0; start < values.length; start += V) {
    let [sum, count] = [0, 0];
    for (let i = start; i < start + V; i++) {
      sum += isFree[i]! * values[i]!;
      count += isFree[i]!;
    }
    for (let i = start; i < start + V; i++) values[i] = isFree[i] ? values[i]! - sum / count : 0;
  }
}
