import type { EmbeddingMeasures, PathFigure } from "../figures/embedding-figures.ts";
import type { Orthant } from "../figures/concepts.ts";
import type { SharedWords } from "../figures/angles.ts";
import type { AdapterDescription } from "../gpu/adapter.ts";
import type { EmbeddingFacts } from "../results/embedding-facts.ts";
import type { NuclearFacts } from "../results/nuclear-facts.ts";
import type { EmbeddingPoint } from "../training/train-embeddings.ts";
import type { TrainStatus } from "../training/run-settings.ts";
import type { EmbeddingPathStatus } from "../solvers/embedding-path/status.ts";

/** A point of a run, by `step`, or of a path, by `lambda`. */
export interface EmbeddingArmPoint
  extends Omit<EmbeddingPoint, "step" | "modes" | "factors">, Partial<Record<PathFigure, number>> {
  readonly step?: number;
  readonly lambda?: number;
  /** u_iᵀ L v_i of the modes. */
  readonly modes?: readonly number[];
  /** How the search for the point of a path ended. */
  readonly status?: EmbeddingPathStatus;
}

/** Singular values at a point. */
export interface SpectrumRecord {
  readonly step?: number;
  readonly lambda?: number;
  readonly logits: readonly number[];
  readonly decoder: readonly number[];
  readonly embeddings: readonly number[];
  /** How many of L are above 1e-5 of the first. */
  readonly rank: number;
}

/** When modes reached a strength. */
export interface EmergenceRecord {
  readonly threshold: number;
  /** s_i of the modes, descending. */
  readonly values: readonly number[];
  /** By linear growth from the start, see `emergenceTimes`. */
  readonly expectedSteps: readonly number[];
  /** Between recorded steps by a straight line of the logarithm; null where it was not reached. */
  readonly foundSteps: readonly (number | null)[];
}

/** Concepts of logits; members by label where there are some. */
export interface ConceptsRecord {
  readonly of: string;
  readonly values: readonly number[];
  readonly gaps: readonly number[];
  readonly orthants: readonly (Pick<Orthant, "signs"> & Record<"words" | "contexts", readonly (string | number)[]>)[];
}

/** A run or a path of an experiment, beside the limits of its problem. */
export interface EmbeddingArmRecord {
  readonly label: string;
  readonly status: TrainStatus;
  readonly adapter: AdapterDescription;
  readonly problem: Readonly<Record<"contextCount" | "vocabularySize" | "supportEntries", number>> & {
    readonly words?: readonly string[];
    readonly contextLabels?: readonly string[];
  };
  /** H of what is trained on. */
  readonly entropy: number;
  readonly nuclear: NuclearFacts;
  /** Of a run. */
  readonly run?: Omit<EmbeddingFacts, "trace">;
  readonly trace: readonly EmbeddingArmPoint[];
  readonly spectra: readonly SpectrumRecord[];
  /** Of the last point. */
  readonly angles: readonly SharedWords[];
  readonly concepts: readonly ConceptsRecord[];
  readonly emergence?: EmergenceRecord;
  /** Of smoothed labels, the figures of the logits at the minimiser, which is known in closed form. */
  readonly minimiser?: Pick<EmbeddingMeasures, "subspaceError" | "alignmentCorrected" | "proxyAlignment">;
}

/** An experiment on trained embeddings; goes into JSON. */
export interface EmbeddingExperimentRecord {
  readonly experiment: string;
  readonly title: string;
  readonly question: string;
  readonly status: TrainStatus;
  readonly seed: number;
  /** What its curves are drawn over. */
  readonly axis: "step" | "lambda";
  /** Of every run, 0 where there is none. */
  readonly steps: number;
  readonly arms: readonly EmbeddingArmRecord[];
  /** All of it in lines for people. */
  readonly report: string;
}

/** An experiment, and the matrices that it was looked at by. */
export interface EmbeddingExperimentOutcome {
  readonly record: EmbeddingExperimentRecord;
  /**
   * An .npz of float64 matrices, `N_supports` and `N_WHERE_WHAT`: of the Nth run or path, at `step-K` or `lambda-L`, or of `margin` (L_mm)
   * and `proxy` (S̃), its `logits` (m × V), and the cosines between `words` (V × V) and `contexts` (m × m).
   */
  readonly arrays: Uint8Array<ArrayBuffer>;
}
