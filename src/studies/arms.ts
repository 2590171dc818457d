import { openUnlessAborted, type Gpu } from "../gpu/device.ts";
import { unlessLate } from "../support/abort.ts";
import type { LongWork, WorkProgress } from "../support/long-work.ts";
import { requireKnownOptions, requireSeed, requireWhole } from "../support/options.ts";
import type { TrainStatus } from "../training/run-settings.ts";

/** Cancelled, what is done by then is in the record. */
export interface ExperimentOptions extends LongWork<ExperimentProgress> {
  /** Draws the problems and starts; default 1. */
  readonly seed?: number;
  /** Steps of every run; the default is the experiment's own, 10,000 where it has none. */
  readonly steps?: number;
  /** A GPU that is already open; left open. */
  readonly gpu?: Gpu;
}

/** The phase is the run under way, as in "2 of 4, its label"; the fraction is of the whole experiment. */
export type ExperimentProgress = WorkProgress;

const OPTION_NAMES: readonly (keyof ExperimentOptions)[] = ["seed", "steps", "signal", "onProgress", "gpu"];
const DEFAULT_STEPS = 10_000;
/** How long an arm is given, once cancelled, to sum up what it has come to; else it is left out. */
const GRACE_MS = 600;

/** What an arm is told and tells while it runs. */
export interface ArmRun {
  readonly gpu: Gpu;
  readonly seed: number;
  readonly steps: number;
  readonly signal: AbortSignal | undefined;
  readonly report: (fraction: number, message: string) => void;
}

/** Where the arms of an experiment come from. */
interface ArmSource<Arm> {
  readonly steps?: number;
  readonly arms: (seed: number) => readonly Arm[];
}

/**
 * Runs the arms of an experiment one after another.
 * @param largestBuffer what the GPU has to hold for an arm, in bytes
 * @throws OptionError for options that do not exist or are out of range; GpuUnavailableError, DeviceLostError
 */
export async function runArms<Arm extends { readonly label: string }, ArmOutcome extends { readonly status: string }>(
  experiment: ArmSource<Arm>,
  options: ExperimentOptions,
  largestBuffer: (arm: Arm) => Promise<number>,
  run: (arm: Arm, how: ArmRun) => Promise<ArmOutcome>,
): Promise<{ status: TrainStatus; seed: number; steps: number; arms: ArmOutcome[] }> {
  requireKnownOptions(options, OPTION_NAMES);
  const { seed = 1, steps = experiment.steps ?? DEFAULT_STEPS, signal, onProgress } = options;
  requireSeed(seed);
  requireWhole("steps", steps, 0, 1e9);
  const arms = experiment.arms(seed);
  const largestBufferBytes = Math.max(...(await Promise.all(arms.map(largestBuffer))));
  const gpu = options.gpu ?? (await openUnlessAborted(signal, { largestBufferBytes }));
  if (!gpu) return { status: "cancelled", seed, steps, arms: [] };
  const outcomes: ArmOutcome[] = [];
  try {
    for (const [i, arm] of arms.entries()) {
      if (signal?.aborted) break;
      const phase = `${i + 1} of ${arms.length}, ${arm.label}`;
      const report = (fraction: number, message: string): void =>
        onProgress?.({ phase, fraction: (i + fraction) / arms.length, message });
      const outcome = await unlessLate(signal, GRACE_MS, () => run(arm, { gpu, seed, steps, signal, report }));
      if (outcome) outcomes.push(outcome);
    }
  } finally {
    if (!options.gpu) gpu.destroy();
  }
  const failed = outcomes.find(({ status }) => status !== "done")?.status as TrainStatus | undefined;
  return { status: signal?.aborted ? "cancelled" : (failed ?? "done"), seed, steps, arms: outcomes };
}
