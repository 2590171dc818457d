import type { Optimizer } from "../../training/methods/method.ts";
import type { Choices } from "../study.ts";

export interface NormsChoices extends Choices {
  /** V/|S|. */
  readonly sizes: readonly string[];
  readonly optimizers: readonly Optimizer[];
  readonly contexts: number;
  readonly dim: number;
  readonly problems: number;
  readonly steps: number;
}

/** A run of one optimiser on one problem. */
export interface NormsWork {
  readonly optimizer: Optimizer;
  readonly words: number;
  readonly support: number;
  readonly contexts: number;
  readonly dim: number;
  readonly steps: number;
  /** Draws the problem, which all optimisers have in common; those of all sizes have the same embeddings. */
  readonly problemSeed: number;
}

/** An iterate: margins over the best, and how far they can be off, in the order of the norms. */
export interface NormsPoint {
  readonly step: number;
  readonly margins: readonly number[];
  readonly errors: readonly number[];
}

/** No points where the problem was not proved separable. */
export interface NormsResult {
  readonly points: readonly NormsPoint[];
}
