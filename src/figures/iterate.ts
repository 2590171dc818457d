import { contextLogits } from "../float64/margin-certificate.ts";
import { difference } from "../float64/vectors.ts";
import type { Problem } from "../problem/problem.ts";
import type { LogOdds } from "../solvers/log-odds/status.ts";
import type { MaxMargin } from "../solvers/max-margin/status.ts";

/** Where the theory says that a run goes, as `logOdds` and `maxMargin` return it; either may be left out. */
export interface Limits {
  /** W*, the limit of P_F(W). */
  readonly finite?: Pick<LogOdds, "decoder" | "decoderError">;
  /** W_mm, the limit of W/‖W‖ up to its norm. One without a decoder counts as left out. */
  readonly margin?: Pick<MaxMargin, "decoder" | "angleBoundRadians" | "lowerBound" | "upperBound">;
}

/** The limit that W* is. */
export type FiniteLimit = NonNullable<Limits["finite"]>;
/** The limit that W_mm is, where it is known. */
export type MarginLimit = NonNullable<Limits["margin"]> & { readonly decoder: Float64Array };

/** A projection of a decoder, and how far it can be off, where that is proved. */
export interface Projected {
  readonly decoder: Float64Array;
  readonly error: number | undefined;
}

/** One iterate W of a run, with what its figures share; logits are computed once, when the first figure asks. */
export class Iterate {
  readonly problem: Problem;
  /** Which words are in the supports, m × V. */
  readonly supports: Uint8Array;
  /** W, V × d. */
  readonly decoder: Float64Array;
  /** P_F(W). */
  readonly inSpan: Projected;
  /** P_⊥ of the iterate some tenth of the steps before, where it is known. */
  readonly tenfoldAgo: Projected | undefined;
  #logits: Float64Array | undefined;
  #offSpan: Float64Array | undefined;

  constructor(given: Pick<Iterate, "problem" | "supports" | "decoder" | "inSpan" | "tenfoldAgo">) {
    const { problem, supports, decoder, inSpan, tenfoldAgo } = given;
    this.problem = problem;
    this.supports = supports;
    this.decoder = decoder;
    this.inSpan = inSpan;
    this.tenfoldAgo = tenfoldAgo;
  }

  /** W⊥ = W − P_F(W), V × d. */
  get offSpan(): Float64Array {
    return (this.#offSpan ??= difference(this.decoder, this.inSpan.decoder));
  }

  /** W h_j of every context, m × V. */
  get logits(): Float64Array {
    return (this.#logits ??= contextLogits(this.problem, this.decoder));
  }
}
