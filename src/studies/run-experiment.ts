import { findLimits, type FoundLimits } from "../results/find-limits.ts";
import { checkInFloat64 } from "../results/float64-check.ts";
import { limitFacts, minimiserAt } from "../results/limit-facts.ts";
import { runRecord } from "../results/record.ts";
import { openGpu, type Gpu } from "../gpu/device.ts";
import type { LongWork, WorkProgress } from "../support/long-work.ts";
import { requireKnownOptions, requireOneOf, requireSeed, requireWhole } from "../support/options.ts";
import type { Problem } from "../problem/problem.ts";
import { memoryNeeded } from "../training/memory.ts";
import type { TrainStatus } from "../training/run-settings.ts";
import { train } from "../training/train.ts";
import type { ArmRecord, ExperimentRecord, PlanePicture } from "./experiment-record.ts";
import { experimentReport } from "./experiment-report.ts";
import { EXPERIMENTS, type Arm } from "./experiments.ts";

/** Cancelled, what is done by then is in the record. */
export interface ExperimentOptions extends LongWork<ExperimentProgress> {
  /** Draws the problems and LeCun starts; default 1. */
  readonly seed?: number;
  /** Steps of every run; default 10,000, as in the paper. */
  readonly steps?: number;
  /** A GPU that is already open; left open. */
  readonly gpu?: Gpu;
}

/** The phase is the run under way, as in "2 of 4, its label"; the fraction is of the whole experiment. */
export type ExperimentProgress = WorkProgress;

const OPTION_NAMES: readonly (keyof ExperimentOptions)[] = ["seed", "steps", "signal", "onProgress", "gpu"];
const DEFAULT_STEPS = 10_000;

/**
 * Runs the experiment of that name: every arm from its start, held against the limits of its problem.
 * @throws OptionError for a name or an option that does not exist, or one out of range; GpuUnavailableError, DeviceLostError.
 */
export async function runExperiment(name: string, options: ExperimentOptions = {}): Promise<ExperimentRecord> {
  requireKnownOptions(options, OPTION_NAMES);
  requireOneOf("experiment", name, Object.keys(EXPERIMENTS));
  const experiment = EXPERIMENTS[name]!;
  const { seed = 1, steps = DEFAULT_STEPS, signal } = options;
  requireSeed(seed);
  requireWhole("steps", steps, 0, 1e9);
  const arms = experiment.arms(seed);
  const needs = await Promise.all(arms.map(({ problem }) => memoryNeeded(problem)));
  const largestBufferBytes = Math.max(...needs.map((need) => need.largestBufferBytes));
  const gpu = options.gpu ?? (await openGpu({ largestBufferBytes }));
  const records: ArmRecord[] = [];
  const limits = new Map<Problem, FoundLimits>();
  try {
    for (const [i, arm] of arms.entries()) {
      if (signal?.aborted) break;
      const report = (fraction: number, message: string): void =>
        options.onProgress?.({
          phase: `${i + 1} of ${arms.length}, ${arm.label}`,
          fraction: (i + fraction) / arms.length,
          message,
        });
      const known =
        limits.get(arm.problem) ??
        (await findLimits(gpu, arm.problem, {
          signal,
          onProgress: ({ phase, message }) => report(0, `${phase}: ${message}`),
        }));
      limits.set(arm.problem, known);
      records.push(await runArm(gpu, arm, known, { seed, steps, signal, report }));
    }
  } finally {
    if (!options.gpu) gpu.destroy();
  }
  const failed = records.find(({ status }) => status !== "done")?.status as TrainStatus | undefined;
  const { title, question } = experiment;
  const status = signal?.aborted ? "cancelled" : (failed ?? "done");
  const record = { experiment: name, title, question, status, seed, steps, arms: records };
  return { ...record, report: experimentReport(record) };
}

interface ArmRun {
  readonly seed: number;
  readonly steps: number;
  readonly signal: AbortSignal | undefined;
  readonly report: (fraction: number, message: string) => void;
}

async function runArm(
  gpu: Gpu,
  { label, problem, options }: Arm,
  limits: FoundLimits,
  { seed, steps, signal, report }: ArmRun,
): Promise<ArmRecord> {
  const begin = performance.now();
  const trained = await train(gpu, problem, {
    ...options,
    steps,
    seed,
    towards: limits,
    signal,
    onProgress: ({ fraction, message }) => report(fraction, message),
  }).result();
  const trainingMs = performance.now() - begin;
  const last = trained.trace.at(-1);
  const isMeasured = last?.step === trained.state.step && trained.status !== "diverged";
  const record = runRecord(problem, {
    status: trained.status,
    source: { name: label, kind: "experiment", notes: [] },
    adapter: trained.adapter,
    seed,
    initial: options.initial === "lecun" ? "lecun" : "zero",
    optimizer: trained.optimizer,
    schedule: trained.schedule,
    stepSize: trained.stepSize,
    stepSizeRule: options.stepSize === "safe" ? "safe" : "given",
    steps: trained.state.step,
    trainingMs,
    execution: trained.execution,
    memoryBytes: trained.memoryBytes,
    final: last,
    ...(isMeasured && { float64Check: checkInFloat64(problem, trained.decoder, last) }),
    ...limitFacts(problem, limits, {
      trace: trained.trace,
      optimizer: trained.optimizer,
      schedule: trained.schedule,
      stepSize: trained.stepSize,
      heldBack: isMeasured ? await minimiserAt(problem, limits, trained.decoder) : undefined,
    }),
    trace: trained.trace,
  });
  return { ...record, label, ...(problem.embeddingDim === 2 && { plane: picture(problem, limits, trained.decoder) }) };
}

function picture(problem: Problem, { finite, margin }: FoundLimits, decoder: Float64Array): PlanePicture {
  const { contextCount, offsets, tokens, probabilities, embeddings } = problem;
  const rows = (values: Uint32Array | Float64Array): number[][] =>
    Array.from({ length: contextCount }, (_, j) => [...values.subarray(offsets[j], offsets[j + 1])]);
  return {
    embeddings: [...embeddings],
    supports: rows(tokens),
    probabilities: rows(probabilities),
    decoder: [...decoder],
    ...(finite && { logOddsDecoder: [...finite.decoder] }),
    ...(margin?.decoder && { maxMarginDecoder: [...margin.decoder] }),
  };
}
