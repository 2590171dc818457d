import { OptionError } from "../errors.ts";
import type { Problem } from "../problem/problem.ts";
import { difference, norm } from "../float64/vectors.ts";
import { innerProduct } from "../reference/inner-product.ts";
import { SupportSpan } from "../float64/support-span.ts";
import { finished } from "../support/host-spells.ts";
import { contextLogits, projectionIterations, supportMask } from "../float64/margin-certificate.ts";
import { perpendicularPart } from "../float64/perpendicular-part.ts";
import type { LogOdds } from "../solvers/log-odds/log-odds.ts";
import type { MaxMargin } from "../solvers/max-margin/max-margin.ts";

/** Where the theory says that a run goes, as `logOdds` and `maxMargin` return it; either may be left out. */
export interface Limits {
  /** W*, the limit of P_F(W). */
  readonly finite?: Pick<LogOdds, "decoder" | "decoderError">;
  /** W_mm, the limit of W/‖W‖ up to its norm. One without a decoder counts as left out. */
  readonly margin?: Pick<MaxMargin, "decoder" | "angleBoundRadians" | "lowerBound" | "upperBound">;
}

/** The figures of one iterate W that are held against the limits, in float64. NaN where a decoder is zero. */
export interface LimitMeasures {
  /** cos(W, W_mm). */
  readonly alignment?: number;
  /** cos(W − P_F(W), W_mm). */
  readonly alignmentPerp?: number;
  /** cos(W − W*, W_mm). */
  readonly alignmentCorrected?: number;
  /** ‖P_F(W) − W*‖. */
  readonly subspaceError?: number;
  /** min over j, z ∈ S_j, v ∉ S_j of (e_z − e_v)ᵀ W h_j / ‖W‖; its limit is 1/‖W_mm‖. Below zero while a word off a support leads. */
  readonly margin?: number;
  /**
   * How far each figure can be off because its limit is only known to its certificate; of `margin`, how far its limit can. Left out
   * where nothing is proved.
   */
  readonly limitErrors?: Readonly<Partial<Record<LimitFigure, number>>>;
}

/** Names of the figures. */
export type LimitFigure = "alignment" | "alignmentPerp" | "alignmentCorrected" | "subspaceError" | "margin";

/** Measures the iterates of one run; each projection onto F begins where the last one ended. */
export class LimitMeter {
  readonly #problem: Problem;
  readonly #limits: Limits;
  readonly #mask: Uint8Array;
  readonly #span: SupportSpan | undefined;
  /** P_F of the last iterate. */
  #inSpan: Float64Array;

  /** @throws OptionError when a limit is that of another problem. */
  constructor(problem: Problem, { finite, margin }: Limits) {
    const { vocabularySize: V, embeddingDim: d } = problem;
    for (const [name, limit] of Object.entries({ finite, margin }))
      if (limit?.decoder && limit.decoder.length !== V * d)
        throw new OptionError(
          `towards.${name}`,
          `expected a decoder of ${V} × ${d} = ${V * d} values, found ${limit.decoder.length}`,
        );
    this.#problem = problem;
    this.#limits = { ...(finite && { finite }), ...(margin?.decoder && { margin }) };
    this.#mask = supportMask(problem);
    this.#span = SupportSpan.isFor(problem) ? finished(SupportSpan.of(problem)) : undefined;
    this.#inSpan = new Float64Array(V * d);
  }

  /** @param decoder W, V × d */
  measure(decoder: Float64Array): LimitMeasures {
    const { finite, margin } = this.#limits;
    const projectionError = this.#project(decoder);
    const perp = difference(decoder, this.#inSpan);
    const corrected = finite && difference(decoder, finite.decoder);
    const figures: Partial<Record<LimitFigure, number>> = { margin: this.#smallestMargin(decoder) };
    const errors: Partial<Record<LimitFigure, number>> = {};
    if (finite) {
      figures.subspaceError = norm(difference(this.#inSpan, finite.decoder));
      if (finite.decoderError !== undefined && projectionError !== undefined)
        errors.subspaceError = finite.decoderError + projectionError;
    }
    if (margin) {
      const angle = margin.angleBoundRadians;
      const towards = (name: LimitFigure, part: Float64Array, moved: number | undefined): void => {
        const value = cosine(part, margin.decoder!);
        figures[name] = value;
        if (moved !== undefined) errors[name] = cosineError(value, angle + angleOf(moved, norm(part)));
      };
      towards("alignment", decoder, 0);
      towards("alignmentPerp", perp, projectionError);
      if (corrected) towards("alignmentCorrected", corrected, finite.decoderError);
      errors.margin = 1 / margin.lowerBound - 1 / margin.upperBound;
    }
    return { ...figures, limitErrors: errors };
  }

  /** Renews P_F of the iterate, and says how far it can be off where that is proved. */
  #project(decoder: Float64Array): number | undefined {
    if (this.#span) {
      const { decoder: inSpan, error } = this.#span.project(decoder);
      this.#inSpan = inSpan;
      return this.#span.isExact ? error : undefined;
    }
    const before = difference(decoder, this.#inSpan);
    const perp = perpendicularPart(this.#problem, before, projectionIterations(this.#problem)).decoder;
    this.#inSpan = difference(decoder, perp);
    return undefined;
  }

  #smallestMargin(decoder: Float64Array): number {
    const { contextCount, vocabularySize: V } = this.#problem;
    const logits = contextLogits(this.#problem, decoder);
    let smallest = Infinity;
    for (let j = 0; j < contextCount; j++) {
      let [lowestIn, highestOff] = [Infinity, -Infinity];
      for (let i = j * V; i < (j + 1) * V; i++)
        if (this.#mask[i]) lowestIn = Math.min(lowestIn, logits[i]!);
        else highestOff = Math.max(highestOff, logits[i]!);
      smallest = Math.min(smallest, lowestIn - highestOff);
    }
    return smallest / norm(decoder);
  }
}

function cosine(a: Float64Array, b: Float64Array): number {
  return Math.min(Math.max(innerProduct(a, b) / (norm(a) * norm(b)), -1), 1);
}

/** How far a cosine moves when its angle does, at most. */
function cosineError(value: number, angle: number): number {
  const here = Math.acos(value);
  return Math.max(Math.cos(Math.max(here - angle, 0)) - value, value - Math.cos(Math.min(here + angle, Math.PI)));
}

/** The angle that a vector of the length turns by at most when it is moved by so much. */
const angleOf = (moved: number, length: number): number => (moved < length ? Math.asin(moved / length) : Math.PI);
