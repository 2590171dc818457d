export * from "./errors.ts";
export type { AdapterDescription } from "./gpu/adapter.ts";
export { openGpu, type Gpu, type OpenGpuOptions } from "./gpu/device.ts";
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
  allSubsets,
  ofSupports,
  paper2Stories,
  paper2Synthetic,
  type SubsetOptions,
  type SupportsOptions,
} from "./problem/language.ts";
export { smoothed, withEmbeddings } from "./problem/changes.ts";
export { problemFromText, problemFromTokens } from "./problem/corpus/corpus.ts";
export type { Corpus, CorpusOptions, CorpusProgress } from "./problem/corpus/settings.ts";
export { corpusNotes } from "./formats/notes.ts";
export { FORMAT_LABELS, FORMATS } from "./formats/formats.ts";
export { areWordVectors } from "./formats/recognise-vectors.ts";
export { CORPUS_RANGES } from "./problem/corpus/corpus-options.ts";
export {
  readDecoder,
  readProblem,
  type ProblemFile,
  type ProblemSource,
  type ReadProblemOptions,
} from "./formats/problem-file.ts";
export { maxMargin } from "./solvers/max-margin/max-margin.ts";
export type { MaxMarginOptions, MaxMarginProgress } from "./solvers/max-margin/settings.ts";
export type { MaxMargin, MaxMarginStatus, Nonseparable, SupportVector } from "./solvers/max-margin/status.ts";
export { maxMarginMany } from "./studies/max-margin-many.ts";
export type {
  MaxMarginManyOptions,
  MaxMarginManyProgress,
  MaxMarginOfMany,
} from "./studies/max-margin-many-settings.ts";
export { drawProblem, type RandomProblems } from "./studies/random-problems.ts";
export { embeddingPath } from "./solvers/embedding-path/embedding-path.ts";
export type { EmbeddingPathOptions, EmbeddingPathProgress } from "./solvers/embedding-path/settings.ts";
export type { EmbeddingPath, EmbeddingPathPoint, EmbeddingPathStatus } from "./solvers/embedding-path/status.ts";
export { nuclearMargin } from "./solvers/nuclear-margin/nuclear-margin.ts";
export type { NuclearMarginOptions, NuclearMarginProgress } from "./solvers/nuclear-margin/settings.ts";
export type { NuclearMargin, NuclearMarginStatus, SupportProxy } from "./solvers/nuclear-margin/status.ts";
export { bestMargins } from "./solvers/norm-margin/best-margins.ts";
export { marginInNorm } from "./solvers/norm-margin/norm-margin.ts";
export type { NormMarginOptions, NormMarginProgress } from "./solvers/norm-margin/settings.ts";
export type { NormMargin } from "./solvers/norm-margin/status.ts";
export { DECODER_NORMS, type DecoderNorm } from "./float64/decoder-norms.ts";
export { marginOf, relativeMargin, type NormBounds, type RelativeMargin } from "./float64/margin-in-norm.ts";
export { distinctSupports, type DistinctSupports } from "./problem/distinct-supports.ts";
export { ridgePath } from "./solvers/ridge-path/ridge-path.ts";
export type { RidgePathOptions, RidgeProgress } from "./solvers/ridge-path/settings.ts";
export type { RidgePath, RidgePoint, RidgeStatus } from "./solvers/ridge-path/status.ts";
export { train, type TrainRun } from "./training/train.ts";
export {
  defaultFactorStep,
  trainEmbeddings,
  type EmbeddingPoint,
  type TrainEmbeddingsOptions,
  type TrainEmbeddingsResult,
  type TrainEmbeddingsState,
} from "./training/train-embeddings.ts";
export type { Decay } from "./training/engines/factor-iteration.ts";
export {
  EMBEDDING_FIGURES,
  FACTOR_FIGURES,
  PATH_FIGURES,
  measureEmbeddings,
  type EmbeddingFigure,
  type EmbeddingMeasures,
  type FactorFigure,
} from "./figures/embedding-figures.ts";
export { embeddingLimits, geometryOf, type EmbeddingLimits, type Geometry } from "./figures/embedding-limits.ts";
export { cosinesByOverlap, type SharedWords } from "./figures/angles.ts";
export { conceptsOf, type Concepts, type Orthant } from "./figures/concepts.ts";
export { numericalRank, spectrumOf, type Spectrum } from "./figures/spectrum.ts";
export { decoderMaps, type DecoderMaps } from "./figures/decoder-maps.ts";
export { embeddingMaps, type EmbeddingMaps } from "./figures/embedding-maps.ts";
export { emergenceTimes, modesOf, modeStrengths, type Modes } from "./figures/modes.ts";
export { supportMask } from "./float64/margin-certificate.ts";
export { cosines, gramMatrix, spreadWithin, structureSimilarity } from "./float64/geometry.ts";
export type { FactorMeasure, Factors } from "./maps/factors.ts";
export { trainMany, type ManyResult, type TrainManyOptions, type TrainManyProgress } from "./studies/train-many.ts";
export { METHODS } from "./training/methods/index.ts";
export {
  chooseMethod,
  defaultStepSize,
  isSpectral,
  OPTIMIZERS,
  safeStepFormula,
  STEP_SIZES,
  type Method,
  type Optimizer,
} from "./training/methods/method.ts";
export { findSafeStep } from "./training/step-bound.ts";
export { SCHEDULES, type Schedule } from "./training/methods/schedule.ts";
export { requireSeal, type TrainState } from "./training/state.ts";
export type { Run } from "./training/run.ts";
export type { TrainProgress, TrainStatus } from "./training/run-settings.ts";
export type { DecoderPoint, TrainOptions, TrainResult } from "./training/train.ts";
export {
  FIGURES,
  USUAL_FIGURES,
  type Figure,
  type FigureLine,
  type FigureRow,
  type LimitFigure,
  type LimitMeasures,
  type TracePoint,
} from "./figures/figures.ts";
export { predict, type PredictedFigure, type PredictedRun, type PredictingLimits } from "./predictions/predict.ts";
export type { Prediction } from "./predictions/prediction.ts";
export {
  describePredictions,
  LAW_SYMBOLS,
  MEASURED_AS,
  predictionRows,
  type PredictionRow,
} from "./results/prediction-facts.ts";
export type { BestMargins, Limits } from "./figures/iterate.ts";
export type { LongWork, WorkProgress } from "./support/long-work.ts";
export type { Measure } from "./maps/loss.ts";
export { svd, type Svd } from "./maps/svd.ts";
export { evaluate, type Evaluation } from "./training/evaluate.ts";
export type { Execution } from "./training/engines/execution.ts";
export { estimateRun, type RunEstimate } from "./training/estimate.ts";
export { memoryNeeded, type MemoryNeed } from "./training/memory.ts";
export type { DecoderRun, EmbeddingsRun, RunChoice } from "./training/run-choice.ts";
export { logSpacedSteps } from "./training/recorded-steps.ts";
export { logOdds } from "./solvers/log-odds/log-odds.ts";
export { project } from "./solvers/log-odds/project.ts";
export type { LogOddsOptions, SolveProgress } from "./solvers/log-odds/settings.ts";
export type { LogOdds, LogOddsStatus, Projection } from "./solvers/log-odds/status.ts";
export { sparseLimit } from "./solvers/sparse-limit.ts";
export type { SubspaceRank } from "./solvers/log-odds/subspace-rank.ts";
export { referenceLoss, type ReferenceLoss } from "./float64/loss.ts";
export { referenceDescent } from "./training/reference-descent.ts";
export {
  trainInFloat64,
  type Float64Options,
  type Float64Result,
  type Float64State,
} from "./training/train-in-float64.ts";
export { checkInFloat64, type Float64Check, type FoundGap, type SampledContexts } from "./float64/gap-check.ts";
export { checkOfRun, describeCheck } from "./results/float64-check.ts";
export { analyse } from "./studies/analyse.ts";
export { preview } from "./studies/preview.ts";
export type { Analysis, AnalyseOptions, AnalyseProgress, Preview } from "./studies/analysis.ts";
export { describeEmbeddingPoint, embeddingFacts, type EmbeddingFacts } from "./results/embedding-facts.ts";
export { embeddingTheory } from "./results/embedding-theory.ts";
export { describeNuclear, nuclearFacts, type NuclearFacts } from "./results/nuclear-facts.ts";
export { formatFigure } from "./results/format-figure.ts";
export { traceCsv } from "./results/csv.ts";
export { packArrays, type ResultArrays } from "./results/arrays.ts";
export { edgeOf, type EdgeRun } from "./studies/edge.ts";
export { NORM_THEOREM, whichIsAhead, type Ahead, type RelativeMargins } from "./studies/norm-panel.ts";
export { EXPERIMENTS, type Arm, type Experiment } from "./studies/experiments.ts";
export { runExperiment } from "./studies/run-experiment.ts";
export type { ExperimentOptions, ExperimentProgress } from "./studies/arms.ts";
export { EMBEDDING_EXPERIMENTS, type EmbeddingArm, type EmbeddingExperiment } from "./studies/embedding-experiments.ts";
export { runEmbeddingExperiment } from "./studies/run-embedding-experiment.ts";
export type {
  ConceptsRecord,
  EmbeddingArmPoint,
  EmbeddingArmRecord,
  EmbeddingExperimentOutcome,
  EmbeddingExperimentRecord,
  EmergenceRecord,
  SpectrumRecord,
} from "./studies/embedding-experiment-record.ts";
export type { ArmRecord, ExperimentRecord, PlanePicture } from "./studies/experiment-record.ts";
export { findLimits, type FindLimitsOptions, type FoundLimits } from "./results/find-limits.ts";
export { findLimitsInFloat64 } from "./results/find-limits-in-float64.ts";
export { limitFacts, minimiserAt, type LimitFacts, type Places } from "./results/limit-facts.ts";
export type { Direction, HeldBack, Margin, Recession } from "./float64/recession.ts";
export {
  describeEdge,
  stepMarks,
  stepRangeOf,
  stepRanges,
  type StepMark,
  type StepRange,
  type StepSizes,
} from "./results/step-sizes.ts";
export type { EdgeOfStability } from "./float64/edge-of-stability.ts";
export type { Condition, Conditions, Steps, Supports } from "./results/theory.ts";
export {
  describeVerdict,
  giveVerdict,
  type Evidence,
  type Measured,
  type Verdict,
  type VerdictLine,
} from "./results/verdict.ts";
export { CITATION } from "./results/citation.ts";
export { pythonScript } from "./results/python-script/script.ts";
export { reportText, runRecord, type Figures, type RunFacts, type RunRecord } from "./results/record.ts";
export { STUDIES } from "./questions/studies.ts";
export { runStudy, studyReport, type RunStudyOptions } from "./questions/run-study.ts";
export type {
  Choices,
  ChoiceValue,
  Study,
  StudyChoice,
  StudyFigure,
  StudyReport,
  StudySeries,
  Unit,
  UnitResult,
} from "./questions/study.ts";
