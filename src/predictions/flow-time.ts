import { stepOf, type Method } from "../training/methods/method.ts";
import type { Schedule } from "../training/methods/schedule.ts";

/** What Σ 1/√i is off 2√k, and Σ 1/i off log k, in the end. */
const ZETA_OF_A_HALF = -1.4603545088095868;
const EULER_MASCHERONI = 0.5772156649015329;

/** Σ_{i ≤ k} η_i/η, to a tenth at k = 1 and ever better. */
const LENGTHS: Readonly<Record<Schedule, (k: number) => number>> = {
  constant: (k) => k,
  "inverse-sqrt": (k) => 2 * Math.sqrt(k) + ZETA_OF_A_HALF + 1 / (2 * Math.sqrt(k)),
  inverse: (k) => Math.log(k) + EULER_MASCHERONI + 1 / (2 * k),
};

/**
 * The time t_k = Σ_{i ≤ k} η_i of gradient flow that k steps come to: of momentum over 1 − β, as its sum of gradients is worth so many
 * times one of them when these change slowly. Undefined for optimisers that do not step along the gradient.
 */
export function flowTime(method: Method, stepSize: number): ((step: number) => number) | undefined {
  const { along, decay } = stepOf(method);
  if (along !== "gradient" && along !== "sum") return undefined;
  return (step) => (stepSize / (1 - decay)) * LENGTHS[method.schedule](step);
}
