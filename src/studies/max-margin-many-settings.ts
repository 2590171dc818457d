import type { Problem } from "../problem/problem.ts";
import type { MaxMarginStatus } from "../solvers/max-margin/status.ts";
import type { LongWork, WorkProgress } from "../support/long-work.ts";

/** Cancelled, the problems in work come with the status `"cancelled"`, the others not at all. */
export interface MaxMarginManyOptions extends LongWork<MaxMarginManyProgress> {
  /**
   * Relative gap (P − D)/P, certified in float64, at which a problem is done; default 1e-5. With 0.9, say, a problem is done as soon
   * as it is known whether it is separable.
   */
  readonly gapTolerance?: number;
  /** Iterations of one problem at most; default 10,000. */
  readonly maxIterations?: number;
}

/** How far the study has come; told after each group of problems. */
export interface MaxMarginManyProgress extends WorkProgress<"max-margin decoders"> {
  /** Problems that are done. */
  readonly problemsDone: number;
}

/** What is certified of one of many problems. */
export interface MaxMarginOfMany {
  /** Its number in the source. */
  readonly index: number;
  /** See {@link MaxMarginStatus}. */
  readonly status: MaxMarginStatus;
  /** True with a decoder that separates; false where it is proved that none does; undefined while neither is known. */
  readonly separable: boolean | undefined;
  /** A decoder that meets every constraint, V × d row-major; undefined while none is known. */
  readonly decoder: Float64Array | undefined;
  /** lowerBound ≤ ‖W_mm‖ ≤ upperBound. */
  readonly lowerBound: number;
  readonly upperBound: number;
  /** (P − D)/P of ½‖W_mm‖²; 1 while no decoder is known. */
  readonly relativeGap: number;
  readonly iterations: number;
}

/** The options, with defaults in place. */
export type MaxMarginManySettings = MaxMarginManyOptions &
  Required<Pick<MaxMarginManyOptions, "gapTolerance" | "maxIterations">>;

/** Problems of one size, all of them there or drawn as they are needed. */
export interface MaxMarginSource {
  readonly count: number;
  readonly words: number;
  readonly contexts: number;
  readonly dim: number;
  /** Nothing after an abort. */
  take(first: number, count: number): Promise<readonly Problem[] | undefined>;
}
