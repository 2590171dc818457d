import { runExperiment, type ExperimentRecord } from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

export async function run(name: string, steps: number): Promise<ExperimentRecord> {
  return runExperiment(name, { steps, gpu: await open() });
}

/** Stops after so many calls of onProgress. */
export async function stopAfter(name: string, calls: number): Promise<ExperimentRecord> {
  const controller = new AbortController();
  let left = calls;
  const onProgress = (): void => {
    if (--left === 0) controller.abort();
  };
  return runExperiment(name, { signal: controller.signal, onProgress, gpu: await open() });
}
