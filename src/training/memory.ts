import { stagingBytes } from "../gpu/staging.ts";
import { DryWorkspace } from "../gpu/workspace.ts";
import { deviceProblem } from "../maps/device-problem.ts";
import { factorShape } from "../maps/factors.ts";
import type { GpuArray } from "../gpu/array.ts";
import type { Problem } from "../problem/problem.ts";
import type { Recorded } from "./engines/iteration.ts";
import { chooseExecution } from "./engines/execution.ts";
import { prepareIteration } from "./engines/prepare-iteration.ts";
import { arraysOf } from "./engines/iteration.ts";
import { chooseMethod } from "./methods/method.ts";
import { arraysAtEnd, pointsArray } from "./progress.ts";
import { factorExecution, prepareTrainedEmbeddings } from "./models/trained-embeddings.ts";
import type { TrainEmbeddingsOptions } from "./train-embeddings.ts";
import type { TrainOptions } from "./train.ts";

/** What a run holds on the device, in bytes. */
export interface MemoryNeed {
  /** Everything together: `memoryBytes` of its result. */
  readonly totalBytes: number;
  /** The largest single buffer: what `openGpu({ largestBufferBytes })` has to be given when it is above 128 MiB. */
  readonly largestBufferBytes: number;
}

/**
 * GPU memory that `trainEmbeddings` holds for a problem, as {@link memoryNeeded} counts it; by default that of gradient descent on V dimensions.
 * @throws OptionError for names that do not exist.
 */
export async function embeddingsMemoryNeeded(
  problem: Problem,
  options: Pick<TrainEmbeddingsOptions, "dimension" | "optimizer" | "schedule" | "execution"> = {},
): Promise<MemoryNeed> {
  const method = chooseMethod(options);
  const workspace = new DryWorkspace();
  const device = deviceProblem(workspace, problem);
  const { contextCount, vocabularySize } = problem;
  const shape = factorShape(vocabularySize, contextCount, options.dimension ?? vocabularySize);
  const execution = factorExecution(shape, options.execution);
  const stepping = { method, stepSize: 1, taken: 0, ridge: 0, decay: "coupled" } as const;
  const iteration = await prepareTrainedEmbeddings(workspace, device, shape, execution, stepping);
  return memoryOf(workspace, iteration, arraysOf(iteration.factors));
}

/**
 * GPU memory that `train` with an optimiser, a schedule and an execution holds for a problem, the buffers that results are
 * read through included; without options that of gradient descent. `evaluate` holds no more. No device is needed: the run is
 * prepared on a workspace that only counts.
 * @throws OptionError for names that do not exist.
 */
export async function memoryNeeded(
  problem: Problem,
  options: Pick<TrainOptions, "optimizer" | "schedule" | "execution"> = {},
): Promise<MemoryNeed> {
  const method = chooseMethod(options);
  const workspace = new DryWorkspace();
  const device = deviceProblem(workspace, problem);
  const execution = chooseExecution(device.shape, method, options.execution);
  const iteration = await prepareIteration(workspace, device, execution, { method, stepSize: 1, taken: 0 });
  return memoryOf(workspace, iteration, arraysOf(iteration.decoder));
}

function memoryOf(workspace: DryWorkspace, iteration: Recorded, kept: readonly GpuArray<"f32">[]): MemoryNeed {
  pointsArray(workspace, iteration);
  const read = arraysAtEnd(iteration, kept).reduce((sum, { buffer }) => sum + buffer.size, 0);
  return { totalBytes: workspace.bytes + stagingBytes(read), largestBufferBytes: workspace.largestBytes };
}
