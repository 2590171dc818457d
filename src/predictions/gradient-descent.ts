import type { EdgeOfStability } from "../float64/edge-of-stability.ts";
import { inSpanDrift } from "../float64/in-span-drift.ts";
import { norm } from "../float64/vectors.ts";
import type { Problem } from "../problem/problem.ts";
import type { LogOdds } from "../solvers/log-odds/status.ts";
import type { MaxMargin } from "../solvers/max-margin/status.ts";
import { inSpells } from "../support/host-spells.ts";
import type { Method } from "../training/methods/method.ts";
import { flowTime } from "./flow-time.ts";
import { multipliersOf } from "./multipliers.ts";
import { without, type Prediction } from "./prediction.ts";
import { firstStep, LARGEST_GAP, SMALL_MASS } from "./validity.ts";

/** The figures of a run of gradient descent that are predicted; `normGrowth` is what ‖W‖ gains from k/10 to k. */
export type DescentLaw = "lossGap" | "normGrowth" | "marginProjection" | "subspaceError";

const FIGURES: readonly DescentLaw[] = ["lossGap", "normGrowth", "marginProjection", "subspaceError"];

/** What predictions need of the limits. */
export interface DescentLimits {
  readonly finite?: Pick<LogOdds, "status" | "decoder"> | undefined;
  readonly margin?: Pick<MaxMargin, "decoder" | "dual" | "norm" | "relativeGap"> | undefined;
  readonly stepSizes?: { readonly edge?: EdgeOfStability } | undefined;
}

/** How a run steps; η as a number. */
export interface DescentRun extends Method {
  readonly stepSize: number;
}

const BEYOND_EDGE = "The laws are those of steps short of the edge of stability, and these are not known to be.";
const STOPPED = "It was stopped before the equation for what pulls P_F(W) off W* was solved.";
const UNSOLVED = "The equation for what pulls P_F(W) off W* is too large, or too ill-conditioned, to be solved here.";
/** What is left of a part in F that decays on its own, in parts of what the multipliers hold it at. */
const SMALL_REST = 0.1;

/**
 * What theory says of gradient descent after k steps, with t = Σ η_i (of momentum over 1 − β), α_jv = −β_jv the multipliers of W_mm off the
 * supports, Σ α = ‖W_mm‖². Once the mass off the supports is small, π_j q_jv = α_jv/t for every word that touches the margin: then the
 * gradient off F is −W_mm/t, which is what keeps it so.
 *
 * - `lossGap` CE − H = Σ_j π_j ω_j = ‖W_mm‖²/t;
 * - `marginProjection` ⟨W, W_mm⟩ = ‖W_mm‖² log t + C, C as in {@link multipliersOf};
 * - `normGrowth` ‖W_k‖ − ‖W_{k/10}‖ of ‖W_k‖² = ‖W*‖² + (⟨W_k, W_mm⟩/‖W_mm‖)², which tends to ‖W_mm‖ log 10. What else W has off F and
 *   across W_mm stays bounded and is left out;
 * - `subspaceError` ‖P_F W − W*‖ = ‖M⁻¹ R‖/t, see {@link inSpanDrift}: the words off the supports pull P_F W off W* with a force R/t.
 *
 * This supposes that the problem is compatible and separable, that steps are short of the edge of stability, and that the words
 * that touch the margin have multipliers above zero; others slow the laws down, without changing them.
 * @param signal ends the search for ‖M⁻¹R‖, whose figure then has that as its reason
 */
export async function predictDescent(
  problem: Problem,
  { finite, margin, stepSizes }: DescentLimits,
  run: DescentRun,
  signal?: AbortSignal,
): Promise<Prediction<DescentLaw>[]> {
  const time = flowTime(run, run.stepSize);
  if (!time)
    return without(FIGURES, `The laws are of gradient descent, and ${run.optimizer} does not step along the gradient.`);
  const isStable = run.schedule !== "constant" || run.stepSize < (stepSizes?.edge?.lower ?? Infinity);
  const reason = whyNone({ finite, margin }) ?? (isStable ? undefined : BEYOND_EDGE);
  if (reason !== undefined) return without(FIGURES, reason);
  const [decoder, dual] = [finite!.decoder, margin!.dual];
  const square = margin!.norm ** 2;
  const { heaviest, constant } = multipliersOf(problem, dual, decoder);
  const scale = (step: number): number => Math.log(time(step)) + constant / square;
  const finiteNorm = norm(decoder);
  const length = (step: number): number => Math.hypot(finiteNorm, margin!.norm * Math.max(scale(step), 0));
  const isLight = firstStep((step) => heaviest / time(step) <= SMALL_MASS);
  const drift = await inSpells(inSpanDrift(problem, dual), signal);
  const ofDrift = (): Prediction<DescentLaw> => {
    if (!drift) return { figure: "subspaceError", reason: signal?.aborted ? STOPPED : UNSOLVED };
    if (drift.length === 0) return { figure: "subspaceError", reason: "Nothing is predicted to pull P_F(W) off W*." };
    const isSettled = firstStep((step) => {
      const rate = drift.leastCurvature * time(step);
      return rate >= 1 && finiteNorm * Math.exp(-rate) * time(step) <= SMALL_REST * drift.length;
    });
    return {
      figure: "subspaceError",
      at: (step) => drift.length / time(step),
      holdsFrom: Math.max(isLight, isSettled),
    };
  };
  return [
    { figure: "lossGap", at: (step) => square / time(step), holdsFrom: isLight },
    { figure: "normGrowth", at: (step) => length(step) - length(step / 10), holdsFrom: 10 * isLight },
    { figure: "marginProjection", at: (step) => square * scale(step), holdsFrom: isLight },
    ofDrift(),
  ];
}

/** Why there are no lines on a problem, or nothing. */
export function whyNone({ finite, margin }: DescentLimits): string | undefined {
  if (!margin?.decoder) return "The laws are those of separable problems, and no decoder that separates is known here.";
  if (margin.relativeGap > LARGEST_GAP)
    return `W_mm is only known to a relative gap of ${margin.relativeGap.toExponential(0)}, and the laws need ${LARGEST_GAP}.`;
  if (finite?.status !== "compatible")
    return "The laws are those of compatible problems, and this one is not known to be compatible.";
  return undefined;
}
