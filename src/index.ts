export * from "./errors.ts";
export { openGpu, type AdapterDescription, type Gpu, type OpenGpuOptions } from "./gpu/context.ts";
export type { Choice, Tuning, TuningStore } from "./gpu/tuning.ts";
export { createProblem, type ProbabilityType, type Problem, type ProblemInput } from "./problem/problem.ts";
export {
  bothViolated,
  incompatible,
  nonseparable,
  paper1Plane,
  paper1Synthetic,
  synthetic,
  type ProbabilityLaw,
  type SyntheticOptions,
  type WeightLaw,
} from "./problem/synthetic.ts";
export {
  problemFromText,
  problemFromTokens,
  type Corpus,
  type CorpusOptions,
  type CorpusProgress,
} from "./problem/corpus.ts";
export {
  readDecoder,
  readProblem,
  type ProblemFile,
  type ProblemSource,
  type ReadProblemOptions,
} from "./io/problem-file.ts";
export {
  maxMargin,
  type MaxMargin,
  type MaxMarginOptions,
  type MaxMarginProgress,
  type MaxMarginStatus,
  type Nonseparable,
  type SupportVector,
} from "./solvers/max-margin.ts";
export { maxMarginMany, type MaxMarginManyOptions, type MaxMarginOfMany } from "./solvers/max-margin-many.ts";
export { drawProblem, type RandomProblems } from "./kernels/problem-set.ts";
export {
  ridgePath,
  type RidgePath,
  type RidgePathOptions,
  type RidgePoint,
  type RidgeProgress,
  type RidgeStatus,
} from "./solvers/ridge-path.ts";
export { train, type TrainRun } from "./training/train.ts";
export { trainMany, type ManyResult, type TrainManyOptions } from "./training/train-many.ts";
export type { Method, Optimizer, Schedule } from "./optimizer.ts";
export type { TracePoint, TrainOptions, TrainResult, TrainState, TrainStatus } from "./training/train.ts";
export type { LimitFigure, LimitMeasures, Limits } from "./training/limits.ts";
export type { Measure } from "./kernels/descent.ts";
export { evaluate, type Evaluation } from "./training/evaluate.ts";
export type { Execution } from "./training/execution.ts";
export { estimateRun, type RunEstimate } from "./training/estimate.ts";
export { memoryNeeded, type MemoryNeed } from "./training/memory.ts";
export { logSpacedSteps } from "./training/recorded-steps.ts";
export { logOdds, project } from "./solvers/log-odds.ts";
export { sparseLimit } from "./solvers/sparse-limit.ts";
export type { LogOdds, LogOddsOptions, LogOddsStatus, Projection } from "./solvers/log-odds.ts";
export type { SolveProgress } from "./solvers/least-squares.ts";
export type { SubspaceRank } from "./solvers/subspace-rank.ts";
export { referenceDescent, referenceLoss, type ReferenceLoss } from "./reference/descent.ts";
export {
  checkInFloat64,
  describeCheck,
  type Float64Check,
  type FoundGap,
  type SampledContexts,
} from "./analysis/float64-check.ts";
export { analyse, type Analysis, type AnalyseOptions, type AnalyseProgress } from "./analysis/analyse.ts";
export { formatFigure } from "./analysis/format-figure.ts";
export { packArrays, type ResultArrays } from "./analysis/result-arrays.ts";
export { EXPERIMENTS, type Arm, type Experiment } from "./experiments/experiments.ts";
export {
  runExperiment,
  type ArmRecord,
  type ExperimentOptions,
  type ExperimentProgress,
  type ExperimentRecord,
  type PlanePicture,
} from "./experiments/run-experiment.ts";
export { findLimits, type FindLimitsOptions, type FoundLimits } from "./analysis/find-limits.ts";
export { limitFacts, minimiserAt, type Places } from "./analysis/limit-facts.ts";
export type { Direction, HeldBack, Margin, Recession } from "./float64/recession.ts";
export type { Steps, Supports } from "./analysis/theory.ts";
export {
  describeVerdict,
  giveVerdict,
  type Condition,
  type Evidence,
  type Measured,
  type Verdict,
} from "./analysis/verdict.ts";
export { reportText, runRecord, type Figures, type RunFacts, type RunRecord } from "./analysis/run-record.ts";
