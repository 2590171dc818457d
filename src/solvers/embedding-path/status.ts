import type { Factors } from "../../maps/factors.ts";
import type { AdapterDescription } from "../../gpu/adapter.ts";

/**
 * How the search for a minimiser ended.
 *
 * - `solved`: duality bounds the distance of the objective from its minimum by `tolerance` of it.
 * - `stalled`: float32 gradients lead no further down. `max-iterations`, `cancelled`: as asked. The figures hold in all three.
 */
export type EmbeddingPathStatus = "solved" | "stalled" | "max-iterations" | "cancelled";

/** A minimiser of CE(H Wᵀ) + λ/2 (‖W‖² + ‖H‖²); all figures in float64 from the factors. */
export interface EmbeddingPathPoint extends Factors {
  readonly status: EmbeddingPathStatus;
  readonly lambda: number;
  readonly lossGap: number;
  readonly inSupportGap: number;
  readonly offSupportGap: number;
  /** ‖W‖ and ‖H‖, which are equal at a minimiser. */
  readonly decoderNorm: number;
  readonly embeddingNorm: number;
  /** ½ (‖W‖² + ‖H‖²), at least ‖H Wᵀ‖_* and equal to it at a minimiser. */
  readonly nuclearNormBound: number;
  /**
   * CE + λ/2 (‖W‖² + ‖H‖²) is above the minimum of CE(L) + λ‖L‖_* over all logits L by at most this, in parts of the objective less
   * H: by convexity, from the spectral norm of ∇_L CE.
   */
  readonly relativeError: number;
  /** Gradients that it took. */
  readonly iterations: number;
}

export interface EmbeddingPath {
  readonly points: readonly EmbeddingPathPoint[];
  readonly adapter: AdapterDescription;
}
