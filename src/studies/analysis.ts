import type { AdapterDescription } from "../gpu/adapter.ts";
import type { Gpu } from "../gpu/device.ts";
import type { RunEstimate } from "../training/estimate.ts";
import type { LongWork, WorkProgress } from "../support/long-work.ts";
import type { ProblemSource } from "../formats/format.ts";
import type { CorpusOptions } from "../problem/corpus/settings.ts";
import type { Method } from "../training/methods/method.ts";
import type { TrainStatus } from "../training/run-settings.ts";
import type { RunRecord } from "../results/record.ts";

/** Cancelled, what is done by then is returned; while the file is being read and the GPU opened nothing is, and the signal's reason is thrown. */
export interface AnalyseOptions extends LongWork<AnalyseProgress>, Partial<Method> {
  /** Last step of gradient descent; default 10,000, or the last recorded step when `record` is a list. 0 trains not at all. */
  readonly steps?: number;
  /** As `train` takes it with the optimiser, its constants and the schedule; default gradient descent with 1/L. */
  readonly stepSize?: number | "safe";
  /** Steps to record; see `TrainOptions.record`. */
  readonly record?: "log" | readonly number[];
  /** Longest search for the two limits in seconds; default 60. What is not found by then is left out. */
  readonly limitsWithin?: number;
  /** λ of the points of the regularization path to find too, descending; default none. */
  readonly ridge?: readonly number[];
  /** Find L_mm too, see `nuclearMargin`, unless every context is followed by every word; default false. */
  readonly nuclear?: boolean;
  /**
   * Train both factors too, see `trainEmbeddings`, by the same optimiser, schedule and steps, measured towards L_mm, which is found
   * for it; default false. `stepSize` is theirs as well where it is a number, and the one value of `ridge` their λ, not a path.
   */
  readonly trainedEmbeddings?: boolean;
  /** Start them at the problem's embeddings in place of drawn ones, see `initial` of `TrainEmbeddingsOptions`; default false. */
  readonly fromEmbeddings?: boolean;
  /** d of the trained embeddings; default V, or that of the problem's where they start from those. */
  readonly dimension?: number;
  /**
   * ε of label smoothing, see `smoothed`: all is computed of the smoothed problem, but for L_mm and what both factors are measured
   * towards, which are those of the problem as it was before. Default none.
   */
  readonly smoothing?: number;
  /** A decoder from anyone's training, the content of a V × d .npy, or of an .npz with the key `decoder`: its loss gap, gradient, projection onto F and distances from the limits are computed too. */
  readonly evaluate?: { readonly name: string; readonly bytes: Uint8Array };
  /** Seed of whatever has to be drawn (embeddings of a text); default 1. */
  readonly seed?: number;
  /** How a text becomes contexts. */
  readonly corpus?: CorpusOptions;
  /** Word vectors for embeddings, see `ReadProblemOptions`. */
  readonly vectors?: ProblemSource;
  /** A GPU that is already open; left open. */
  readonly gpu?: Gpu;
}

type Phase = "reading" | "limits" | "path" | "training" | "checking";

export interface AnalyseProgress extends WorkProgress<Phase> {
  /** The last word of what goes on at the same time, if anything does: the search for the limits and the run begin together. */
  readonly beside?: WorkProgress<Phase>;
}

/** A whole analysis of one file. */
export interface Analysis {
  readonly status: TrainStatus;
  /** Lines for people. */
  readonly report: string;
  /** The run record, without the arrays; goes into JSON. */
  readonly result: RunRecord;
  /** The arrays as an .npz, see `packArrays`. */
  readonly arrays: Uint8Array<ArrayBuffer>;
}

/** What a file is understood as, and what the runs of its analysis will cost. */
export interface Preview {
  readonly source: { readonly name: string; readonly kind: string; readonly notes: readonly string[] };
  readonly contextCount: number;
  readonly vocabularySize: number;
  readonly embeddingDim: number;
  /** Contexts that had the embedding of another one, and are one with it. */
  readonly mergedCount: number;
  /** Words that follow a context: of the context with fewest, of the one in the middle, and of the one with most. */
  readonly supportSizes: readonly [least: number, median: number, most: number];
  /** The runs, of the decoder and, where that is asked for, of both factors: one after another. */
  readonly runs: readonly (RunEstimate & { readonly model: "decoder" | "embeddings" })[];
  /** Of each run. */
  readonly steps: number;
  /** Longest search for the limits, in seconds. */
  readonly limitsWithin: number;
  readonly adapter: AdapterDescription;
  /** Lines for people. */
  readonly report: string;
}
