import type { Problem } from "../problem/problem.ts";
import { whyNone, type DescentLimits } from "./gradient-descent.ts";
import { multipliersOf } from "./multipliers.ts";
import { without, type Prediction } from "./prediction.ts";
import { largestLambda, SMALL_MASS } from "./validity.ts";

/** The figures of a ridge path that are predicted; `pathScale` is R = ⟨W, W_mm⟩/‖W_mm‖². */
export type PathLaw = "pathLossGap" | "pathScale";

const FIGURES: readonly PathLaw[] = ["pathLossGap", "pathScale"];

/**
 * What theory says of the minimiser of CE + λ/2 ‖W‖² as λ → 0. Off F its optimality is λ R W_mm = Σ_jv π_j q_jv (…), so that
 * π_j q_jv = λ R α_jv for the words that touch the margin, and with C as in {@link multipliersOf}
 *
 * - `pathScale` R = log(1/(λR)) + C/‖W_mm‖², solved for R;
 * - `pathLossGap` CE − H = λ R ‖W_mm‖².
 *
 * This supposes what the laws of {@link predictDescent} suppose of a problem.
 */
export function predictPath(problem: Problem, limits: DescentLimits): Prediction<PathLaw>[] {
  const reason = whyNone(limits);
  if (reason !== undefined) return without(FIGURES, reason);
  const square = limits.margin!.norm ** 2;
  const { heaviest, constant } = multipliersOf(problem, limits.margin!.dual, limits.finite!.decoder);
  const scale = (lambda: number): number => productLogarithm(Math.log(1 / lambda) + constant / square);
  const holdsFrom = largestLambda((lambda) => lambda * scale(lambda) * heaviest <= SMALL_MASS);
  return [
    { figure: "pathLossGap", at: (lambda) => lambda * scale(lambda) * square, holdsFrom },
    { figure: "pathScale", at: scale, holdsFrom },
  ];
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
