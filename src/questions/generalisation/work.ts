import type { Choices } from "../study.ts";

/**
 * What is learned: `gaussian` and `unit-sphere` are a teacher on embeddings with entries N(0, 1) or rows uniform on the unit sphere, `text`
 * the first half of a text.
 */
export type Source = "gaussian" | "unit-sphere" | "text";

export const SOURCES: readonly Source[] = ["gaussian", "unit-sphere", "text"];

export interface GeneralisationChoices extends Choices {
  readonly sources: readonly Source[];
  /** Samples of each context/d. */
  readonly sizes: readonly string[];
  readonly words: number;
  readonly contexts: number;
  readonly repeats: number;
  readonly steps: number;
}

/**
 * One training problem and how long it is trained. V and m are those of a teacher; of a text `samples` is the number of its sentences for
 * each of those that it is made of.
 */
export interface GeneralisationWork {
  readonly source: Source;
  readonly words: number;
  readonly contexts: number;
  readonly dim: number;
  readonly samples: number;
  readonly steps: number;
}

/**
 * A decoder on the way: its step or λ, CE − H on the training problem, and the cross-entropy under the true distribution on the contexts
 * that were seen and on new ones, if there are any.
 */
export type CurveRow = readonly [at: number, trainGap: number, seen: number, fresh: number | null];

/** Slopes of the test cross-entropy by log k, on the contexts that were seen and on new ones. */
export interface Slopes {
  readonly seen: number;
  readonly fresh: number | null;
}

export interface GeneralisationResult {
  /** V and m of the training problem. */
  readonly words: number;
  readonly contexts: number;
  /** The status of W_mm, or `every-word-seen` where there is nothing to separate. */
  readonly marginStatus: string;
  /** 1/‖W_mm‖. */
  readonly margin: number | null;
  readonly runStatus: string;
  /** Of the training problem, and of the true distributions of its contexts. */
  readonly trainEntropy: number;
  readonly trueEntropy: number;
  readonly missingMass: number;
  readonly goodTuring: number;
  /** Share of the test in contexts that were not seen; of a teacher they are counted apart, and it is 0. */
  readonly freshShare: number;
  /** None where no W_mm is certified. */
  readonly predicted: Slopes | null;
  /** None where the run did not get to its end. */
  readonly measured: Slopes | null;
  readonly descent: readonly CurveRow[];
  readonly ridge: readonly CurveRow[];
  /** The first status on the ridge path that is not `solved`. */
  readonly ridgeStatus: string;
}
