import type { Choices } from "../study.ts";

export interface EdgeChoices extends Choices {
  /** V/m/d/|S|. */
  readonly problems: readonly string[];
  /** η/η_c in percent. */
  readonly ratios: readonly string[];
  readonly steps: number;
}

/** A run on a random problem, or on the one-hot problem with the same embeddings at the same step size. */
export interface EdgeWork {
  readonly words: number;
  readonly contexts: number;
  readonly dim: number;
  /** |S| of the problem whose edge it is. */
  readonly support: number;
  readonly kind: "support" | "one-hot";
  /** η/η_c in percent. */
  readonly percent: number;
  readonly steps: number;
  /** Draws the problem. */
  readonly seed: number;
}

/** After the last step; null where the run diverged. */
export interface EdgeResult {
  /** Bounds of η_c. */
  readonly lower: number;
  readonly upper: number;
  readonly stepSize: number;
  /** 1/L, L = ½ λ_max(Σ_j π_j h_j h_jᵀ). */
  readonly safeStep: number;
  readonly status: string;
  readonly inSupportGap: number | null;
  /** CE − H. */
  readonly lossGap: number | null;
  /** CE − H after a tenth of the steps. */
  readonly earlierGap: number | null;
  /** ‖W‖. */
  readonly norm: number | null;
}
