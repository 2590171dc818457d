import type { DecoderNorm } from "../../float64/decoder-norms.ts";
import type { AdapterDescription } from "../../gpu/adapter.ts";
import type { MaxMargin, MaxMarginStatus } from "../max-margin/status.ts";

/** The margin problem in a norm. Decoders of least norm need not be unique in the max and spectral norms: compare margins, not directions. */
export interface NormMargin {
  readonly norm: DecoderNorm;
  /** As of `maxMargin`, with `relativeGap` as it is here. Whether a decoder separates does not depend on the norm. */
  readonly status: MaxMarginStatus;
  /** A decoder that meets every constraint to rounding, V × d row-major; undefined while none is known. */
  readonly decoder: Float64Array | undefined;
  /**
   * β, m × V row-major: rows that sum to zero, not above zero off the supports, Σ(−β_off) = 1. The lower bound is 1/‖Σ_j β_j h_jᵀ‖ in the
   * dual norm: Frobenius, the sum of absolute entries, or the sum of singular values. Zeros while none is known.
   */
  readonly dual: Float64Array;
  /** lowerBound ≤ least norm ≤ upperBound, and the norm of `decoder` is at most the latter. */
  readonly lowerBound: number;
  readonly upperBound: number;
  /** 1 − lowerBound / upperBound. */
  readonly relativeGap: number;
  /** 1 / upperBound: the decoder scaled to norm 1 has at least this margin, and none has more than 1 / lowerBound. */
  readonly margin: number;
  /** Of the search in this norm: 0 where W_mm ends it. */
  readonly iterations: number;
  /** The proof of `maxMargin` that no decoder separates, or none of small Frobenius norm. */
  readonly nonseparable?: MaxMargin["nonseparable"];
  readonly adapter: AdapterDescription;
}
