import { OptionError } from "../errors.ts";
import { DECODER_NORMS } from "../float64/decoder-norms.ts";
import { supportMask, projectionIterations } from "../float64/margin-certificate.ts";
import { perpendicularPart } from "../float64/perpendicular-part.ts";
import { SupportSpan } from "../float64/support-span.ts";
import { difference } from "../float64/vectors.ts";
import type { Problem } from "../problem/problem.ts";
import { finished } from "../support/host-spells.ts";
import { LIMIT_FIGURES, type LimitFigure, type LimitMeasures, type Needs } from "./figures.ts";
import { Iterate, type Projected, type Limits } from "./iterate.ts";
import type { Reading } from "./measures.ts";
import { NEARLY, tenthOf } from "./tenfold.ts";

const LIMITS_NEEDED: Readonly<Record<Needs, readonly (keyof Limits)[]>> = {
  nothing: [],
  finite: ["finite"],
  margin: ["margin"],
  norms: ["norms"],
  both: ["finite", "margin"],
};

/** Of which earlier steps the part off F is kept for the secant: each later than the one before by this factor, and all together so large. */
const KEPT = { apart: 1.05, mostBytes: 2 ** 28 };

/** W⊥ after an earlier step. */
export interface EarlierPart extends Projected {
  readonly step: number;
}

/** A row whose limits are known to be there. */
interface Measurable {
  readonly key: LimitFigure;
  measure(iterate: Iterate, limits: Limits): Reading | undefined;
  limitError?(limits: Limits): number | undefined;
}

/** Measures the iterates of one run; each projection onto F begins where the last one ended. */
export class LimitMeter {
  readonly #problem: Problem;
  readonly #limits: Limits;
  readonly #supports: Uint8Array;
  readonly #span: SupportSpan | undefined;
  /** What the limits allow to be measured, what needs least first. */
  readonly #figures: readonly Measurable[];
  /** P_F of the last iterate. */
  #inSpan: Float64Array;
  readonly #earlier: EarlierPart[];

  /**
   * @param earlier of a run that goes on: {@link earlier} of its meter before
   * @throws OptionError when a limit is that of another problem.
   */
  constructor(problem: Problem, { finite, margin, norms }: Limits, earlier: readonly EarlierPart[] = []) {
    const { vocabularySize: V, embeddingDim: d } = problem;
    for (const [name, limit] of Object.entries({ finite, margin }))
      if (limit?.decoder && limit.decoder.length !== V * d)
        throw new OptionError(
          `towards.${name}`,
          `expected a decoder of ${V} × ${d} = ${V * d} values, found ${limit.decoder.length}`,
        );
    const limits: Limits = {
      ...(finite && { finite }),
      ...(margin?.decoder && { margin }),
      ...(norms && DECODER_NORMS.every((by) => norms[by].upperBound < Infinity) && { norms }),
    };
    this.#earlier = [...earlier];
    this.#problem = problem;
    this.#limits = limits;
    this.#supports = supportMask(problem);
    this.#span = SupportSpan.isFor(problem) ? finished(SupportSpan.of(problem)) : undefined;
    this.#figures = Object.entries(LIMITS_NEEDED)
      .filter(([, names]) => names.every((name) => limits[name]))
      .flatMap(([needs]) => LIMIT_FIGURES.filter((figure) => figure.needs === needs));
    this.#inSpan = new Float64Array(V * d);
  }

  /**
   * @param step after which the run was there; those of one meter ascend
   * @param decoder W, V × d
   */
  measure(step: number, decoder: Float64Array): LimitMeasures {
    const inSpan = this.#project(decoder);
    this.#inSpan = inSpan.decoder;
    const tenfoldAgo = tenthOf(step, this.#earlier);
    const iterate = new Iterate({ problem: this.#problem, supports: this.#supports, decoder, inSpan, tenfoldAgo });
    if (this.#limits.margin) this.#keep(step, { decoder: iterate.offSpan, error: inSpan.error });
    const figures: Partial<Record<LimitFigure, number>> = {};
    const errors: Partial<Record<LimitFigure, number>> = {};
    const errorsOfLimits: Partial<Record<LimitFigure, number>> = {};
    for (const figure of this.#figures) {
      const reading = figure.measure(iterate, this.#limits);
      if (!reading) continue;
      const { value, error } = reading;
      const errorOfLimit = figure.limitError?.(this.#limits);
      figures[figure.key] = value;
      if (error !== undefined) errors[figure.key] = error;
      if (errorOfLimit !== undefined) errorsOfLimits[figure.key] = errorOfLimit;
    }
    return { ...figures, limitErrors: { ...errors, ...errorsOfLimits } };
  }

  /** W⊥ of the steps that secants to come may begin at. */
  get earlier(): readonly EarlierPart[] {
    return [...this.#earlier];
  }

  #keep(step: number, offSpan: Projected): void {
    const last = this.#earlier.at(-1)?.step ?? 0;
    const most = Math.log(10 * NEARLY) / Math.log(KEPT.apart);
    if (step < KEPT.apart * last || step === 0 || most * offSpan.decoder.byteLength > KEPT.mostBytes) return;
    this.#earlier.push({ step, ...offSpan });
    while (10 * NEARLY * this.#earlier[0]!.step < step) this.#earlier.shift();
  }

  #project(decoder: Float64Array): Projected {
    if (this.#span) {
      const { decoder: inSpan, error } = this.#span.project(decoder);
      return { decoder: inSpan, error: this.#span.isExact ? error : undefined };
    }
    const before = difference(decoder, this.#inSpan);
    const perp = perpendicularPart(this.#problem, before, projectionIterations(this.#problem)).decoder;
    return { decoder: difference(decoder, perp), error: undefined };
  }
}
