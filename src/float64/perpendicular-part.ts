import type { Problem } from "../problem/problem.ts";
import { finished, type Work } from "../support/host-spells.ts";
import { centre } from "../reference/centred-update.ts";
import { DataSubspace } from "./data-subspace.ts";
import { norm } from "./vectors.ts";

/** The part of a decoder outside of F, and how far it still is from F⊥. */
export interface PerpendicularPart {
  /** W − P_F(W), V × d row-major. */
  readonly decoder: Float64Array;
  /** ‖A(W)‖ of it: zero when all in-support logits of every context are equal. */
  readonly residual: number;
  readonly iterations: number;
}

/** ‖A(W)‖ relative to ‖H‖ ‖W‖ at which nothing but rounding is left: a thousand units of float64. */
const ROUNDING_FLOOR = 1e-13;

/**
 * W − P_F(W) in float64, by conjugate gradients on min ‖W − Aᵀ(a)‖ with A(W) = (C_j W h_j)_j, C_j centring on the support.
 * Every iteration takes A of the decoder itself, so that rounding does not gather; it ends at the rounding floor.
 */
export function* findPerpendicularPart(
  problem: Problem,
  given: ArrayLike<number>,
  mostIterations: number,
): Work<PerpendicularPart> {
  const subspace = new DataSubspace(problem);
  const decoder = Float64Array.from(given);
  const floor = ROUNDING_FLOOR * norm(problem.embeddings) * norm(given);
  const imageOf = (): Float64Array => {
    const image = subspace.apply(decoder);
    // once more, because the mean of logits that nearly agree is rounded as much as they differ
    centre(problem.offsets, image);
    return image;
  };
  let residuals = imageOf();
  const direction = residuals.slice();
  let size = norm(residuals) ** 2;
  let iterations = 0;
  for (; iterations < mostIterations && Math.sqrt(size) > floor; iterations++) {
    const change = subspace.applyAdjoint(direction);
    const curvature = norm(change) ** 2;
    if (!(curvature > 0)) break;
    const step = size / curvature;
    for (let i = 0; i < decoder.length; i++) decoder[i]! -= step * change[i]!;
    residuals = imageOf();
    const next = norm(residuals) ** 2;
    for (let k = 0; k < direction.length; k++) direction[k] = residuals[k]! + (next / size) * direction[k]!;
    size = next;
    yield;
  }
  return { decoder, residual: Math.sqrt(size), iterations };
}

/** {@link findPerpendicularPart} at once. */
export const perpendicularPart = (
  problem: Problem,
  given: ArrayLike<number>,
  mostIterations: number,
): PerpendicularPart => finished(findPerpendicularPart(problem, given, mostIterations));
