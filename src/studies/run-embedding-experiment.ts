import type { ExperimentOptions } from "./arms.ts";
import type { EmbeddingExperimentOutcome } from "./embedding-experiment-record.ts";

/**
 * Runs the experiment on trained embeddings of that name: every run from its start, every path from its largest λ, held against the
 * limits of its problem.
 * @throws OptionError for a name or an option that does not exist, or one out of range; GpuUnavailableError, DeviceLostError.
 */
export async function runEmbeddingExperiment(
  name: string,
  options: ExperimentOptions = {},
): Promise<EmbeddingExperimentOutcome> {
  const { doEmbeddingExperiment } = await import("./embedding-experiment-work.ts");
  return doEmbeddingExperiment(name, options);
}
