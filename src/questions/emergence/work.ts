import type { ProbabilityLaw } from "../../problem/synthetic.ts";
import type { Choices } from "../study.ts";

/** Next-word probabilities: equal, flat on the simplex, or ∝ 1/rank over a random order of the support. */
export const PROBABILITIES = {
  uniform: { law: "uniform" },
  flat: { law: "dirichlet", concentration: 1 },
  zipf: { law: "zipf", exponent: 1 },
} as const satisfies Readonly<Record<string, ProbabilityLaw>>;

export type Probabilities = keyof typeof PROBABILITIES;

export interface EmergenceChoices extends Choices {
  /** V/m/|S|. */
  readonly sizes: readonly string[];
  readonly probabilities: readonly Probabilities[];
  readonly problems: number;
  readonly steps: number;
}

/** One problem. */
export interface EmergenceWork {
  readonly words: number;
  readonly contexts: number;
  readonly support: number;
  readonly probabilities: Probabilities;
  readonly steps: number;
}

/** A number a mode, in the order of s_i, which descend. */
export interface EmergenceResult {
  readonly status: string;
  readonly stepSize: number;
  /** s_i. */
  readonly values: readonly number[];
  /** Steps by linear growth from the start, see `emergenceTimes`. */
  readonly expected: readonly number[];
  /** Steps until the strength was reached; null where it was not. */
  readonly found: readonly (number | null)[];
}
