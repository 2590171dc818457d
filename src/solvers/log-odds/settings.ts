import type { LongWork, WorkProgress } from "../../support/long-work.ts";
import { requireKnownOptions } from "../../support/options.ts";

export type LogOddsOptions = LongWork<SolveProgress>;

/** How far a solve has come. */
export interface SolveProgress extends WorkProgress<"log-odds solution"> {
  /** Passes of LSQR on the GPU so far. */
  readonly iterations: number;
  /** Corrections computed so far. */
  readonly refinements: number;
  /** ‖b − A(W)‖ / ‖b‖ of the decoder so far. */
  readonly residual: number;
}

const OPTION_NAMES: readonly (keyof LogOddsOptions)[] = ["signal", "onProgress"];

/** @throws OptionError for an option that does not exist */
export const requireLogOddsOptions = (options: LogOddsOptions): void => requireKnownOptions(options, OPTION_NAMES);
