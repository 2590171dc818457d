import type { AdapterDescription } from "../../gpu/adapter.ts";
import type { SubspaceRank } from "./subspace-rank.ts";

/**
 * Whether A(W) = (C_j log p_j)_j has a solution, as float64 arithmetic tells:
 * `"compatible"`: b − A(W) cannot be told from zero: what of it exceeds, entry by entry, that which rounding the probabilities
 * makes of b has a norm within the bound of its own rounding error, where that is at most 1e-8 ‖b‖;
 * or the problem is small and its equations are independent, so that any b can be met;
 * `"incompatible"`: `certificate` r has ⟨r, b⟩ > 0 by more than rounding, and ‖Aᵀr‖ cannot be told from zero; where the problem is small,
 * exact arithmetic has the rank that float64 found;
 * `"undecided"`: neither. The problem is large and A too ill-conditioned for float32 inner solves, from condition numbers of about 1e4
 * on (embeddings of uneven norm do not count towards it), or its equations depend on each other up to rounding only. `decoder` is
 * the best that was found;
 * `"cancelled"`: as asked, with the best decoder so far.
 */
export type LogOddsStatus = "compatible" | "incompatible" | "undecided" | "cancelled";

/** The log-odds solution of a problem; b stands for (C_j log p_j)_j, Σ|S_j| entries. */
export interface LogOdds {
  /** W*, V × d: the decoder in F whose logits differ on every support as log p does; the least-squares one of least norm where there is none. */
  readonly decoder: Float64Array;
  /** ‖W − W*‖ is at most this, as the smallest singular value of A proves; left out where that is not known, or there is no W*. */
  readonly decoderError?: number;
  readonly status: LogOddsStatus;
  /** ‖b − A(W)‖ / ‖b‖ in float64; 0 where b = 0, as when every support has one word. */
  readonly residual: number;
  /** ‖Aᵀr‖ / (‖A‖ ‖r‖) in float64 with the Frobenius norm of A; 0 where r = 0. Of no meaning where r itself is rounding. */
  readonly normalResidual: number;
  /** Where incompatible: r, Σ|S_j| entries beside `tokens`, as a rule b − A(W). Aᵀr = 0 and ⟨r, b⟩ > 0 exclude any solution, for ⟨r, A(W)⟩ = ⟨Aᵀr, W⟩. */
  readonly certificate?: Float64Array;
  /** Every decoder with A(W) = b has at least this norm: ⟨r, b⟩ / ‖Aᵀr‖, both with their rounding on the unsafe side. At least 0. */
  readonly leastSolutionNorm: number;
  /** Dimension of F. */
  readonly rank: SubspaceRank;
  /** Passes of LSQR on the GPU. */
  readonly iterations: number;
  /** Corrections computed on the GPU and added in float64. */
  readonly refinements: number;
  readonly adapter: AdapterDescription;
}

/** A decoder split at F: W = inSpan + offSpan, the two orthogonal. */
export interface Projection {
  /** `"cancelled"`: `inSpan` is the best so far, and not all of the rest is off F. */
  readonly status: "done" | "cancelled";
  /** P_F(W), V × d. */
  readonly inSpan: Float64Array;
  /** W − P_F(W), V × d. */
  readonly offSpan: Float64Array;
  /** ‖A(W) − A(P_F(W))‖ / ‖A(W)‖ in float64; 0 where A(W) = 0. */
  readonly residual: number;
  readonly adapter: AdapterDescription;
}
