import type { Choices } from "../study.ts";

export interface CapacityChoices extends Choices {
  /** V/|S|/d. */
  readonly sizes: readonly string[];
  readonly streams: number;
}

/** One stream of contexts. */
export interface CapacityWork {
  readonly words: number;
  readonly support: number;
  readonly dim: number;
}

/** What is proved of a stream. */
export interface CapacityResult {
  /** The first so many contexts are separable. */
  readonly separable: number;
  /** The first so many are not; null where that is not proved. */
  readonly inseparable: number | null;
}
