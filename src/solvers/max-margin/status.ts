import type { AdapterDescription } from "../../gpu/adapter.ts";
import type { Recession } from "../../float64/recession.ts";

/**
 * How the solver ended, from float64 figures only.
 *
 * - `optimal-certified`: the relative gap is at most `gapTolerance`.
 * - `optimal-reduced`: it ended early, with a gap of at most 100 times that.
 * - `infeasible-certified`: no decoder separates: two contexts with parallel embeddings ask for supports that exclude each other, or
 *   multipliers exist that hold words back for every decoder (Gordan's alternative).
 * - `infeasible-below-norm`: no decoder of norm below `nonseparable.normBound` separates, which is at least 10⁶ times what a single
 *   context forces. Whether a larger one does is not known.
 * - `stalled`: the bounds no longer move. `max-iterations`, `cancelled`: as asked. The bounds hold in all three.
 * - `numerical-error`: the GPU returned numbers that are not finite, or bounds that contradict each other.
 */
export type MaxMarginStatus =
  | "optimal-certified"
  | "optimal-reduced"
  | "infeasible-certified"
  | "infeasible-below-norm"
  | "stalled"
  | "max-iterations"
  | "cancelled"
  | "numerical-error";

/** A word that may touch the margin of a context. */
export interface SupportVector {
  readonly context: number;
  readonly word: number;
  /** (mean in-support logit − the word's logit) of the decoder; at least 1. */
  readonly margin: number;
  /** −β of the dual, at least 0. */
  readonly multiplier: number;
}

/** The proof that decoders of small norm, or all decoders, do not separate. */
export interface Nonseparable {
  /** β, m × V row-major: rows that sum to zero, not above zero off the supports, Σ(−β_off) = 1. */
  readonly certificate: Float64Array;
  /** ρ = ‖Σ_j β_j h_jᵀ‖, rounding included. */
  readonly rho: number;
  /** Every decoder that separates has at least the norm 1/ρ; Infinity where it is proved that multipliers of these signs have ρ = 0. */
  readonly normBound: number;
  /** Two contexts with parallel embeddings whose supports exclude each other; one context twice where its embedding is zero. */
  readonly pair?: readonly [number, number];
}

export interface MaxMargin {
  readonly status: MaxMarginStatus;
  /** A decoder that meets every constraint, V × d row-major; undefined while none is known. */
  readonly decoder: Float64Array | undefined;
  /** β, m × V row-major, scaled to where the dual is largest: Σ_j β_j h_jᵀ is the decoder up to the gap. */
  readonly dual: Float64Array;
  /** ‖W‖ of the decoder; Infinity while there is none. */
  readonly norm: number;
  /** 1/‖W‖: the margin of the decoder scaled to norm 1. */
  readonly margin: number;
  /** lowerBound ≤ ‖W_mm‖ ≤ upperBound. */
  readonly lowerBound: number;
  readonly upperBound: number;
  /** (P − D)/P of ½‖W_mm‖²; 1 while no decoder is known. */
  readonly relativeGap: number;
  /** The angle between the decoder and W_mm is at most acos √(1 − gap). */
  readonly angleBoundRadians: number;
  /**
   * The words that can touch the margin at the optimum: their margins are within √(2(P − D)) √(1 + 1/|S_j|) ‖h_j‖ of 1, as
   * ‖W − W_mm‖² ≤ 2(P − D). In order of context and word.
   */
  readonly supportVectors: readonly SupportVector[];
  readonly iterations: number;
  /** How many times the dual was taken up in float64 and the GPU went on with what was missing. */
  readonly refinements: number;
  readonly nonseparable?: Nonseparable;
  /** Which words can be left behind and which cannot, where that was decided and the problem is not proved separable. */
  readonly recession?: Recession;
  readonly adapter: AdapterDescription;
}

/** How an ascent ends; with the tolerance that was asked for it becomes a status. */
export type End = Exclude<MaxMarginStatus, "optimal-reduced">;

const REDUCED_FACTOR = 100;

/** The status of an ascent that ended so, for the gap that is certified and the one that was asked for. */
export function statusOf(end: End, gap: number, tolerance: number, isFound: boolean): MaxMarginStatus {
  if (end === "numerical-error" || !isFound) return end;
  if (gap <= tolerance) return "optimal-certified";
  const endedEarly = end === "max-iterations" || end === "stalled";
  return endedEarly && gap <= REDUCED_FACTOR * tolerance ? "optimal-reduced" : end;
}
