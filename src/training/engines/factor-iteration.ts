import type { PairArray } from "../../maps/decoder.ts";
import type { Recorded, Stepping } from "./iteration.ts";

/** How the ridge λ enters a step: by the gradient, of CE + λ/2 (‖W‖² + ‖H‖²), or beside it, W ← (1 − η_k λ) W and H likewise. */
export type Decay = "coupled" | "decoupled";

/** What the steps of both factors have in common. */
export interface FactorStepping extends Stepping {
  /** λ. */
  readonly ridge: number;
  readonly decay: Decay;
}

/** The steps of both factors. */
export interface FactorIteration extends Recorded {
  /** W above H, as a pair, after `materialise`. */
  readonly factors: PairArray;
  /** Where the factors to start from belong; all other arrays start at zero. */
  readonly start: PairArray;
}
