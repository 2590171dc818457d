import type { AdapterDescription } from "../../gpu/adapter.ts";

/**
 * How a point ended, from float64 figures only.
 *
 * - `solved`: `relativeErrorBound` is at most the tolerance, and in the ball form ‖W‖ is the radius up to the tolerance.
 * - `interior`: in the ball form, CE has a minimiser inside the ball, for all that float64 can tell: from ten times this λ to
 *   this one ‖W‖ has grown by at most 1e-5 of it. The decoder is solved for this λ.
 * - `max-iterations`, `cancelled`: as asked. `stalled`: float32 directions lead no further, or the radius asks for a λ below
 *   1e-10 Σ_j π_j ‖h_j‖². The bound holds in all three.
 */
export type RidgeStatus = "solved" | "interior" | "max-iterations" | "stalled" | "cancelled";

/** A decoder on the path, with figures that are computed in float64 from itself. */
export interface RidgePoint {
  readonly status: RidgeStatus;
  readonly lambda: number;
  /** In the ball form: the ball's radius. */
  readonly radius?: number;
  /** W, V × d row-major. */
  readonly decoder: Float64Array;
  readonly norm: number;
  /** CE − H and its two parts. */
  readonly lossGap: number;
  readonly inSupportGap: number;
  readonly offSupportGap: number;
  /** ‖∇CE(W) + λW‖. */
  readonly gradientNorm: number;
  /** ‖W − Ŵ_λ‖ ≤ ‖∇CE(W) + λW‖ / λ: the objective is λ-strongly convex. */
  readonly errorBound: number;
  /** The same over ‖W‖. */
  readonly relativeErrorBound: number;
  /** cos(W, W_mm); NaN where no max-margin decoder was given. */
  readonly alignment: number;
  /** Passes of conjugate gradients on the GPU. */
  readonly iterations: number;
}

export interface RidgePath {
  /** In the order of `lambdas` or `radii`. */
  readonly points: readonly RidgePoint[];
  readonly adapter: AdapterDescription;
}
