import { OffSpan } from "../float64/off-span-minimiser.ts";
import { innerProduct } from "../reference/inner-product.ts";
import { finished } from "../support/host-spells.ts";
import type { Problem } from "../problem/problem.ts";
import { whyNone, type DescentLimits } from "./gradient-descent.ts";
import { multipliersOf } from "./multipliers.ts";
import { without, type Prediction } from "./prediction.ts";
import { largestLambda, SMALL_MASS } from "./validity.ts";

/** The figures of a ridge path that are predicted; `pathScale` is R = ⟨W, W_mm⟩/‖W_mm‖². */
export type PathLaw = "pathLossGap" | "pathScale";

const FIGURES: readonly PathLaw[] = ["pathLossGap", "pathScale"];

/**
 * What theory says of the minimiser W of CE + λ/2 ‖W‖² as λ → 0, where W is W* in F up to what is of the order of λ. Off F its optimality is
 * λ U = Σ_jv π_j q_jv x_jv, U the part of W off F and x_jv that of (mean of e_z over S_j − e_v) h_jᵀ.
 *
 * - `pathScale` R = ⟨U, W_mm⟩/‖W_mm‖²,
 * - `pathLossGap` CE − H = Σ_j π_j Σ_v q_jv, to first order in q,
 *
 * with U as {@link OffSpan} has it, all words counted. To leading order π_j q_jv = λ R α_jv for the words that touch the margin and the others have no
 * mass: then R = log(1/(λR)) + C/‖W_mm‖², C as in {@link multipliersOf}, and CE − H = λ R ‖W_mm‖², which is where the search for U begins
 * and what is left of it on problems too large for an orthonormal basis of F.
 *
 * This supposes what the laws of `predictDescent` suppose of a problem.
 */
export function predictPath(problem: Problem, limits: DescentLimits): Prediction<PathLaw>[] {
  const reason = whyNone(limits);
  if (reason !== undefined) return without(FIGURES, reason);
  const [finite, { decoder, dual, norm }] = [limits.finite!.decoder, limits.margin!];
  const square = norm ** 2;
  const { heaviest, constant } = multipliersOf(problem, dual, finite);
  const leading = (lambda: number): number => productLogarithm(Math.log(1 / lambda) + constant / square);
  const offSpan = finished(OffSpan.of(problem, finite));
  const known = new Map<number, Record<PathLaw, number>>();
  const lawsAt = (lambda: number): Record<PathLaw, number> => {
    const laws = known.get(lambda) ?? lawsOf(lambda);
    known.set(lambda, laws);
    return laws;
  };
  const lawsOf = (lambda: number): Record<PathLaw, number> => {
    const scale = leading(lambda);
    const found =
      offSpan &&
      finished(
        offSpan.minimise(
          lambda,
          decoder!.map((w) => scale * w),
        ),
      );
    return found
      ? { pathScale: innerProduct(found.decoder, decoder!) / square, pathLossGap: found.mass }
      : { pathScale: scale, pathLossGap: lambda * scale * square };
  };
  const holdsFrom = largestLambda((lambda) => lambda * leading(lambda) * heaviest <= SMALL_MASS);
  return FIGURES.map((figure) => ({ figure, at: (lambda) => lawsAt(lambda)[figure], holdsFrom }));
}

/** R > 0 with R + log R = y, by Newton's method on log R, whose function is convex and increasing. */
function productLogarithm(y: number): number {
  let logarithm = y > 1 ? Math.log(y) : y;
  for (;;) {
    const size = Math.exp(logarithm);
    const move = (logarithm + size - y) / (1 + size);
    logarithm -= move;
    if (!(Math.abs(move) > 1e-15 * Math.max(Math.abs(logarithm), 1))) return Math.exp(logarithm);
  }
}
