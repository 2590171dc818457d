import { layOut, residuals, step, sumGaps } from "../float64/loss.ts";
import { polarFactor } from "../float64/polar.ts";
import type { Problem } from "../problem/problem.ts";
import { absoluteSum } from "../reference/absolute-sum.ts";
import { decoderStep } from "../reference/decoder-step.ts";
import { entrywiseStep, type EntryRule64 } from "../reference/entrywise-step.ts";
import { innerProduct } from "../reference/inner-product.ts";
import { steepestLength, stepLength } from "../reference/step-length.ts";
import { stepOf, type Method, type Step } from "./methods/method.ts";
import { paceOf } from "./methods/schedule.ts";

/** All that the next steps of a run in float64 depend on, besides its problem. */
export interface Float64Iterate {
  /** Steps taken so far. */
  readonly step: number;
  /** W, V × d row-major. */
  readonly decoder: Float64Array;
  /** What the last step went along before it was scaled, V × d: the gradient, or its decaying sum. */
  readonly direction: Float64Array;
  /** What entrywise optimisers keep of each entry, two matrices V × d. */
  readonly averages: readonly Float64Array[];
}

/** An iterate of no steps. */
export function iterateAt({ vocabularySize, embeddingDim }: Problem, decoder?: ArrayLike<number>): Float64Iterate {
  const zero = (): Float64Array => new Float64Array(vocabularySize * embeddingDim);
  return {
    step: 0,
    decoder: decoder ? Float64Array.from(decoder) : zero(),
    direction: zero(),
    averages: [zero(), zero()],
  };
}

/** A run of an optimiser of `train` in float64 on the host, step by step. */
export class Float64Descent {
  readonly #problem: Problem;
  readonly #layout: ReturnType<typeof layOut>;
  readonly #along: Step["along"];
  readonly #decay: number;
  readonly #rule: EntryRule64 | undefined;
  readonly #pace: Parameters<typeof stepLength>[0];
  readonly #iterate: Float64Iterate;
  #step: number;
  /** The residuals at the decoder as it is, once they were needed. */
  #found: ReturnType<typeof residuals> | undefined;

  /** @param iterate is the run's own from now on, and changes with every step */
  constructor(problem: Problem, method: Method, stepSize: number, iterate: Float64Iterate) {
    const { along, decay } = stepOf(method);
    this.#problem = problem;
    this.#layout = layOut(problem);
    this.#along = along;
    this.#decay = decay;
    this.#rule = typeof along === "string" ? undefined : along.mirror(1);
    this.#pace = { stepSize, ...paceOf(method) };
    this.#iterate = iterate;
    this.#step = iterate.step;
  }

  /** Where the run is; its arrays change with the next step. */
  get iterate(): Float64Iterate {
    return { ...this.#iterate, step: this.#step };
  }

  /** CE − H in nats and its two parts, and ‖W‖. */
  measure(): { lossGap: number; inSupportGap: number; offSupportGap: number; norm: number } {
    const { decoder } = this.#iterate;
    return { ...sumGaps(this.#residuals.gaps), norm: Math.sqrt(innerProduct(decoder, decoder)) };
  }

  /** Takes one step. */
  advance(): void {
    const { decoder, direction, averages } = this.#iterate;
    const [along, pace, k] = [this.#along, this.#pace, this.#step++];
    step(this.#layout, direction, this.#residuals, -1, this.#decay);
    this.#found = undefined;
    const length = stepLength(pace, k, along === "unit" ? innerProduct(direction, direction) : 1);
    if (along === "max") {
      decoderStep(decoder, direction.map(Math.sign), steepestLength(pace, k, absoluteSum(direction)));
    } else if (along === "polar" || along === "nuclear") {
      const polar = polarFactor(direction, this.#problem.embeddingDim);
      decoderStep(decoder, polar, steepestLength(pace, k, along === "nuclear" ? innerProduct(direction, polar) : 1));
    } else if (this.#rule) entrywiseStep(decoder, averages, direction, length, this.#rule(k + 1));
    else decoderStep(decoder, direction, length);
  }

  get #residuals(): ReturnType<typeof residuals> {
    return (this.#found ??= residuals(this.#layout, this.#iterate.decoder));
  }
}
