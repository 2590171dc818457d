import type { RunRecord } from "../results/record.ts";
import type { NormPanel } from "./norm-panel.ts";
import type { TrainStatus } from "../training/run-settings.ts";

/** A run of an experiment: what analyse records, under a label, with the drawing of a problem in the plane. */
export interface ArmRecord extends RunRecord {
  readonly label: string;
  readonly plane?: PlanePicture;
  /** Of an experiment that is held against the best margins in each norm: those at the last step. */
  readonly norms?: NormPanel;
}

/** What there is to draw of a problem with d = 2; matrices row by row, one context or word each. */
export interface PlanePicture {
  readonly embeddings: readonly number[];
  readonly supports: readonly (readonly number[])[];
  readonly probabilities: readonly (readonly number[])[];
  readonly decoder: readonly number[];
  readonly logOddsDecoder?: readonly number[];
  readonly maxMarginDecoder?: readonly number[];
}

/** An experiment that was run; goes into JSON. */
export interface ExperimentRecord {
  readonly experiment: string;
  readonly title: string;
  readonly question: string;
  readonly status: TrainStatus;
  readonly seed: number;
  readonly steps: number;
  readonly arms: readonly ArmRecord[];
  /** All of it in lines for people. */
  readonly report: string;
}
