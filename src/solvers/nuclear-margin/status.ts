import type { AdapterDescription } from "../../gpu/adapter.ts";
import type { DistinctSupports } from "../../problem/distinct-supports.ts";

/**
 * How the solver ended, from float64 figures only.
 *
 * - `optimal-certified`: the relative gap is at most `gapTolerance`.
 * - `optimal-reduced`: it ended early, with a gap of at most 100 times that.
 * - `stalled`: the bounds no longer move. `max-iterations`, `cancelled`: as asked. The bounds hold in all three.
 * - `numerical-error`: the GPU returned numbers that are not finite, or bounds that contradict each other.
 */
export type NuclearMarginStatus =
  "optimal-certified" | "optimal-reduced" | "stalled" | "max-iterations" | "cancelled" | "numerical-error";

/** The centred support matrix S̃ = S (I − 11ᵀ/V), which meets every constraint, beside L_mm. */
export interface SupportProxy {
  /** S̃, m × V row-major: 1 − |S_j|/V in the support of a context, −|S_j|/V off it. */
  readonly logits: Float64Array;
  /** lowerBound ≤ ‖S̃‖_* ≤ upperBound. */
  readonly lowerBound: number;
  readonly upperBound: number;
  /**
   * Whether S̃ is a solution itself: true where its own polar factor is proved to be a multiplier that leaves it a relative gap of
   * 1e-9 at most, false where its norm is proved to be above ‖L_mm‖_*, undefined where neither is.
   */
  readonly isOptimal: boolean | undefined;
  /** How far the norm of S̃ is above that of L_mm, in parts of the latter: between these two. */
  readonly leastExcess: number;
  readonly mostExcess: number;
  /** cos(S̃, L_mm) of the logits that were found. */
  readonly cosine: number;
}

export interface NuclearMargin {
  readonly status: NuclearMarginStatus;
  /** L_mm, m × V row-major: it meets every constraint, to rounding. */
  readonly logits: Float64Array;
  /** ‖L_mm‖_* of these logits is at most this, and lowerBound ≤ ‖L_mm‖_* ≤ upperBound holds for the least there is. */
  readonly upperBound: number;
  readonly lowerBound: number;
  /** 1 − lowerBound / upperBound. */
  readonly relativeGap: number;
  /**
   * Y, m × V row-major: rows that sum to zero, not above zero off the supports, and ‖Y‖_2 ≤ 1. For every L that meets the constraints
   * ‖L‖_* ≥ ⟨Y, L⟩ ≥ Σ_j Σ_{v∉S_j} (−Y_jv), which is the lower bound.
   */
  readonly dual: Float64Array;
  readonly supports: DistinctSupports;
  readonly proxy: SupportProxy;
  readonly iterations: number;
  readonly adapter: AdapterDescription;
}

/** How the iterations end; with the tolerance that was asked for it becomes a status. */
export type NuclearEnd = Exclude<NuclearMarginStatus, "optimal-reduced">;

const REDUCED_FACTOR = 100;

/** The status of iterations that ended so. */
export function nuclearStatus(end: NuclearEnd, gap: number, tolerance: number): NuclearMarginStatus {
  if (end === "numerical-error") return end;
  if (gap <= tolerance) return "optimal-certified";
  const endedEarly = end === "max-iterations" || end === "stalled";
  return endedEarly && gap <= REDUCED_FACTOR * tolerance ? "optimal-reduced" : end;
}
