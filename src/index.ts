export * from "./errors.ts";
export { openGpu, type AdapterDescription, type Gpu, type OpenGpuOptions } from "./gpu/context.ts";
export { createProblem, type Problem, type ProblemInput } from "./problem/problem.ts";
export { train, type TrainRun } from "./training/train.ts";
export type {
  PairState,
  TracePoint,
  TrainOptions,
  TrainResult,
  TrainState,
  TrainStatus,
} from "./training/train.ts";
export type { Measure } from "./training/descent.ts";
export { evaluate, type Evaluation } from "./training/evaluate.ts";
export { memoryNeeded, type MemoryNeed } from "./training/device-problem.ts";
export { logSpacedSteps } from "./training/recorded-steps.ts";
export { referenceDescent, referenceLoss, type ReferenceLoss } from "./reference/descent.ts";
