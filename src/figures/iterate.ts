import { decoderNormBound, type DecoderNorm } from "../float64/decoder-norms.ts";
import { contextLogits } from "../float64/margin-certificate.ts";
import { smallestLead, type NormBounds } from "../float64/margin-in-norm.ts";
import { difference, norm } from "../float64/vectors.ts";
import type { Problem } from "../problem/problem.ts";
import type { LogOdds } from "../solvers/log-odds/status.ts";
import type { MaxMargin } from "../solvers/max-margin/status.ts";
import { finished } from "../support/host-spells.ts";

/** Where the theory says that a run goes, as `logOdds`, `maxMargin` and `bestMargins` return it; any may be left out. */
export interface Limits {
  /** W*, the limit of P_F(W). */
  readonly finite?: Pick<LogOdds, "decoder" | "decoderError">;
  /** W_mm, the limit of W/‖W‖ up to its norm. One without a decoder counts as left out. */
  readonly margin?: Pick<MaxMargin, "decoder" | "angleBoundRadians" | "lowerBound" | "upperBound">;
  /** The best margins in each norm; counts as left out unless all of them have an upper bound. */
  readonly norms?: BestMargins;
}

/** What is known of the best margin in each norm. */
export type BestMargins = Readonly<Record<DecoderNorm, NormBounds>>;

/** The limit that W* is. */
export type FiniteLimit = NonNullable<Limits["finite"]>;
/** The limit that W_mm is, where it is known. */
export type MarginLimit = NonNullable<Limits["margin"]> & { readonly decoder: Float64Array };

/** A projection of a decoder, and how far it can be off, where that is proved. */
export interface Projected {
  readonly decoder: Float64Array;
  readonly error: number | undefined;
}

/** One iterate W of a run, with what its figures share, computed once, when the first figure asks. */
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
  #lead: number | undefined;
  #offSpan: Float64Array | undefined;
  readonly #margins = new Map<DecoderNorm, number>();

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

  /**
   * The least lead of a word that follows over one that does not, over ‖W‖ in that norm; NaN where W is zero or not finite, and where
   * every word follows every context.
   */
  marginIn(by: DecoderNorm): number {
    const margin = this.#margins.get(by) ?? this.#measureMargin(by);
    this.#margins.set(by, margin);
    return margin;
  }

  #measureMargin(by: DecoderNorm): number {
    const { vocabularySize: rows, embeddingDim: columns } = this.problem;
    if (!Number.isFinite(norm(this.decoder))) return NaN;
    this.#lead ??= smallestLead(this.problem, this.supports, contextLogits(this.problem, this.decoder));
    if (this.#lead === Infinity) return NaN;
    return this.#lead / finished(decoderNormBound(by, { values: this.decoder, rows, columns }));
  }
}
