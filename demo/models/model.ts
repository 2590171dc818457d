import type {
  Float64Check,
  Gpu,
  HeldBack,
  MemoryNeed,
  PredictedFigure,
  Prediction,
  Problem,
  ResultArrays,
  RunFacts,
  VerdictLine,
} from "../../src/index.ts";
import type { Chart } from "../charts.ts";
import type { KnownLimits } from "../limits.ts";
import type { Headline } from "./headline.ts";
import type { LoadedProblem } from "../sources.ts";
import type { PageFigure, RunEnd, RunPoint, UnderWay } from "./point.ts";

/** Where a run stands; "waiting" is one that begins when it is told to, "checking" the float64 check after the last step. */
export type Phase =
  "waiting" | "starting" | "running" | "paused" | "ready" | "checking" | "done" | "diverged" | "failed";

/** The check runs on the page's own thread: what takes longer than a moment is left to the command line. */
export const PAGE_CHECK = { mostOperations: 2e8 };

/** What is known of the last step when a run is over. */
interface Checked {
  readonly check: Float64Check | undefined;
  /** What the last decoder proves of a minimiser. */
  readonly heldBack?: HeldBack | undefined;
}

/** A run as far as it has come. */
export interface RunSoFar<Point extends RunPoint = RunPoint, End extends RunEnd = RunEnd> extends Checked {
  readonly loaded: LoadedProblem;
  readonly phase: Phase;
  /** Steps taken; the last recorded point can be some steps behind. */
  readonly step: number;
  readonly trace: readonly Point[];
  readonly stepSize: number | undefined;
  /** Undefined until they were looked for. */
  readonly limits: KnownLimits | undefined;
  /** What theory says of it; nothing until the limits are known. */
  readonly predictions: readonly Prediction<PredictedFigure>[];
  /** How the run stands, while none is under way; its trace is that of the last stretch alone. */
  readonly end: End | undefined;
}

/** What a run needs of a GPU. */
export interface RunNeeds extends MemoryNeed {
  /** Of one step, in its products of matrices. */
  readonly multiplyAdds: number;
}

/** What is run next, from the start or from a state. */
interface Stretch<State> {
  /** Number of the last step. */
  readonly steps: number;
  readonly record: readonly number[];
  readonly seed: number;
  /** What its points are held against, or a promise of it. */
  readonly towards: KnownLimits | Promise<KnownLimits>;
  readonly from: State | undefined;
  readonly signal: AbortSignal;
  readonly onStep: (step: number) => void;
  onCheckpoint(this: void, state: State): void;
}

/** What a record says of a run besides where it came from and how long it took. */
type ModelFacts = Pick<RunFacts, "initial" | "optimizer" | "schedule" | "stepSizeRule" | "trace"> & Partial<RunFacts>;

/** What is trained, with its settings: all in which the runs of the page differ. */
export interface Model<Point extends RunPoint = RunPoint, End extends RunEnd = RunEnd> {
  readonly name: "fixed" | "trained";
  /** Its figures, in the order in which they are shown. */
  readonly figures: readonly PageFigure[];
  readonly charts: readonly Chart[];
  /** The figures that are read out while it runs. */
  readonly spoken: readonly PageFigure["key"][];
  /** The step size that was asked for, or what else it comes from. */
  readonly stepSize: number | { readonly rule: string };
  /** What helps when the loss is no longer finite. */
  readonly whenDiverged: string;
  needs(problem: Problem): Promise<RunNeeds>;
  /** @throws the signal's reason when it is aborted */
  findLimits(
    gpu: Gpu,
    loaded: LoadedProblem,
    signal: AbortSignal,
    onProgress: (message: string) => void,
  ): Promise<KnownLimits>;
  /** The lines of theory for a run with these settings, before its first step. */
  predict(problem: Problem, limits: KnownLimits, signal: AbortSignal): Promise<readonly Prediction<PredictedFigure>[]>;
  train(gpu: Gpu, problem: Problem, stretch: Stretch<End["state"]>): UnderWay<Point, End>;
  /** The same without a GPU, where there is a way; problems that it is not for are refused in a sentence. */
  readonly inFloat64?: {
    whyNot(problem: Problem): string | undefined;
    findLimits(problem: Problem, signal: AbortSignal): Promise<KnownLimits>;
    train(
      problem: Problem,
      stretch: Stretch<End["state"]> & { readonly towards: KnownLimits },
    ): UnderWay<Point, RunEnd>;
  };
  /** What is found out after the last step. */
  check(problem: Problem, limits: KnownLimits, end: End, last: Point): Promise<Checked>;
  /** Undefined while nothing is measured. */
  headline(run: RunSoFar<Point, End>): Headline | undefined;
  /** Without the predictions, which are a table. */
  verdict(run: RunSoFar<Point, End>): readonly VerdictLine[];
  facts(run: RunSoFar<Point, End>): ModelFacts;
  arrays(run: RunSoFar<Point, End>, end: End): ResultArrays;
}
