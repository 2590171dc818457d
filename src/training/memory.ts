import { DryWorkspace } from "../gpu/workspace.ts";
import type { Problem } from "../problem/problem.ts";
import { pointsArray, stagingOfRun } from "./progress.ts";
import { prepareRun, type RunChoice } from "./run-choice.ts";

/** What a run holds on the device, in bytes. */
export interface MemoryNeed {
  /** Everything together: `memoryBytes` of its result. */
  readonly totalBytes: number;
  /** The largest single buffer: what `openGpu({ largestBufferBytes })` has to be given when it is above 128 MiB. */
  readonly largestBufferBytes: number;
}

/**
 * GPU memory that a run holds for a problem, the buffers that results are read through included: one of `train`, without options
 * gradient descent, or of `trainEmbeddings` for `{ model: "embeddings" }`. `evaluate` holds no more than `train`. No device is needed:
 * the run is prepared on a workspace that only counts.
 * @throws OptionError for names that do not exist, and numbers out of range.
 */
export async function memoryNeeded(problem: Problem, choice: RunChoice = {}): Promise<MemoryNeed> {
  const workspace = new DryWorkspace();
  const { iteration, kept, read } = await prepareRun(workspace, problem, choice, { stepSize: 1, taken: 0 });
  const points = pointsArray(workspace, iteration, read);
  return {
    totalBytes: workspace.bytes + stagingOfRun({ iteration, kept, points, read: [] }),
    largestBufferBytes: workspace.largestBytes,
  };
}
