import { conceptsOf, runEmbeddingExperiment, type Concepts, type EmbeddingExperimentOutcome } from "../../src/index.ts";
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

export async function concepts(logits: Float64Array, m: number, V: number, terms: number): Promise<Concepts> {
  return conceptsOf(await open(), logits, m, V, terms);
}
