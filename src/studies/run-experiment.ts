import type { ExperimentOptions } from "./arms.ts";
import type { ExperimentRecord } from "./experiment-record.ts";

/**
 * Runs the experiment of that name: every arm from its start, held against the limits of its problem.
 * @throws OptionError for a name or an option that does not exist, or one out of range; GpuUnavailableError, DeviceLostError.
 */
export async function runExperiment(name: string, options: ExperimentOptions = {}): Promise<ExperimentRecord> {
  const { doExperiment } = await import("./experiment-work.ts");
  return doExperiment(name, options);
}
