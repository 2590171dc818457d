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
  /** Both factors after the step, of trained embeddings, at the steps that are kept. */
  readonly factors?: Factors;
}

/** A run under way. */
export type UnderWay<Point extends RunPoint = RunPoint, End extends RunEnd = RunEnd> = AsyncIterable<Point> &
  Pick<Run<Point, End>, "pause" | "resume" | "isPaused" | "result">;

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
