import { runEmbeddingExperiment, type EmbeddingExperimentOutcome } from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

export async function run(name: string, steps?: number): Promise<EmbeddingExperimentOutcome> {
  return runEmbeddingExperiment(name, { gpu: await open(), ...(steps !== undefined && { steps }) });
}

/** Stops after so many calls of onProgress. */
export async function stopAfter(name: string, calls: number): Promise<EmbeddingExperimentOutcome> {
  const controller = new AbortController();
  let left = calls;
  const onProgress = (): void => {
    if (--left === 0) controller.abort();
  };
  return runEmbeddingExperiment(name, { signal: controller.signal, onProgress, gpu: await open() });
}
