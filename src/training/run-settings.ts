import type { WorkProgress } from "../support/long-work.ts";
import { requireWhole } from "../support/options.ts";
import { chooseMethod, defaultStepSize, requireStepSize, type Method } from "./methods/method.ts";
import { keptSteps, recordedSteps } from "./recorded-steps.ts";

/** How far a run has come. */
export interface TrainProgress extends WorkProgress<"training"> {
  /** Number of the step reached. */
  readonly step: number;
}

export function stepProgress(step: number, lastStep: number): TrainProgress {
  return { phase: "training", fraction: step / Math.max(lastStep, 1), message: `step ${step} of ${lastStep}`, step };
}

/** How a run ended: `"diverged"` means that a recorded loss or norm was not finite, or that what is trained outgrew float32 products (1e18). */
export type TrainStatus = "done" | "cancelled" | "diverged";

/** The options that every run has. */
export interface RunOptions extends Partial<Method> {
  readonly steps?: number;
  readonly stepSize?: number | "safe";
  readonly record?: "log" | readonly number[];
  readonly keep?: readonly number[];
  readonly from?: Method & { readonly step: number; readonly stepSize: number };
}

/** What they come to. */
export interface RunSettings {
  readonly method: Method;
  readonly stepSize: number | "safe";
  /** The step that the run goes on from, 0 for a new one. */
  readonly firstStep: number;
  readonly lastStep: number;
  /** The steps to record, ascending. */
  readonly recorded: readonly number[];
  /** Those of them whose point keeps what is trained. */
  readonly kept: ReadonlySet<number>;
}

const DEFAULT_STEPS = 10_000;
/** The last step that a run can have. */
export const MOST_STEPS = 1e9;

/** @throws OptionError for options out of range, or other than the state's to go on from */
export function runSettings(options: RunOptions): RunSettings {
  const { steps = DEFAULT_STEPS, record = "log", keep = [], from } = options;
  const firstStep = from?.step ?? 0;
  requireWhole("from.step", firstStep, 0, MOST_STEPS);
  requireWhole("steps", steps, firstStep, MOST_STEPS);
  const method = chooseMethod(options, from);
  const unsaid = defaultStepSize(method);
  const recorded = recordedSteps(record, firstStep, steps);
  requireStepSize("stepSize", options.stepSize ?? unsaid, method);
  requireStepSize("from.stepSize", from?.stepSize ?? unsaid, method);
  return {
    method,
    stepSize: options.stepSize ?? from?.stepSize ?? unsaid,
    firstStep,
    lastStep: steps,
    recorded,
    kept: keptSteps(keep, recorded),
  };
}
