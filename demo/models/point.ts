import type {
  Execution,
  FactorFigure,
  Factors,
  Figure,
  FigureRow,
  Float64State,
  Run,
  TrainEmbeddingsState,
  TrainState,
  TrainStatus,
} from "../../src/index.ts";

/** The name of a figure of any model. */
type FigureKey = (Figure | FactorFigure)["key"];

export type PageFigure = FigureRow<FigureKey>;

/** A recorded step of any model. */
export interface RunPoint extends Readonly<Partial<Record<FigureKey, number>>> {
  readonly step: number;
  readonly loss: number;
  readonly lossGap: number;
  readonly inSupportGap: number;
  readonly offSupportGap: number;
  /** W after the step, V × d, of the decoder alone, where it is small enough to be kept at every recorded step. */
  readonly decoder?: Float64Array;
  /** u_iᵀ L v_i of the modes of the data, of trained embeddings that are held against their limits. */
  readonly modes?: Float64Array;
  /** Both factors after the step, of trained embeddings, at the steps that are kept. */
  readonly factors?: Factors;
}

/** A run under way. */
export type UnderWay<Point extends RunPoint = RunPoint, End extends RunEnd = RunEnd> = AsyncIterable<Point> &
  Pick<Run<Point, End>, "pause" | "resume" | "isPaused" | "measured" | "result">;

/** A state of a run on the GPU, by which it can be kept: with a seal of its own, and the fingerprint of its problem. */
export type SealedState = TrainState | TrainEmbeddingsState;

/** How a run of any model ended. */
export interface RunEnd {
  readonly status: TrainStatus;
  readonly trace: readonly RunPoint[];
  readonly stepSize: number;
  /** Undefined without a GPU. */
  readonly execution?: Execution;
  readonly memoryBytes: number;
  readonly state: SealedState | Float64State;
}
