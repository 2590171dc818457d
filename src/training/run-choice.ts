import type { GpuArray } from "../gpu/array.ts";
import type { Workspace } from "../gpu/workspace.ts";
import { deviceProblem } from "../maps/device-problem.ts";
import { factorShape } from "../maps/factors.ts";
import type { Problem } from "../problem/problem.ts";
import { requireOneOf } from "../support/options.ts";
import { chooseExecution, type Execution } from "./engines/execution.ts";
import { arraysOf, type Recorded, type Stepping } from "./engines/iteration.ts";
import { prepareIteration } from "./engines/prepare-iteration.ts";
import { chooseMethod, type Method } from "./methods/method.ts";
import { prepareTrainedEmbeddings } from "./models/trained-embeddings.ts";
import type { TrainOptions } from "./train.ts";
import { embeddingModel, type TrainEmbeddingsOptions } from "./train-embeddings.ts";

/** A run that is asked about before it starts: one of `train`, unless the model is `"embeddings"`. */
export type RunChoice = DecoderRun | EmbeddingsRun;

/** A run of {@link train}; without options gradient descent. */
export interface DecoderRun extends Partial<Method>, Pick<TrainOptions, "execution"> {
  readonly model?: "decoder";
}

/** A run of {@link trainEmbeddings}, with the options of it that count. */
export interface EmbeddingsRun
  extends Partial<Method>, Pick<TrainEmbeddingsOptions, "execution" | "dimension" | "ridge" | "decay" | "initial"> {
  readonly model: "embeddings";
}

/** The kernels of a run, compiled and bound on a workspace. */
export interface PreparedRun {
  readonly execution: Execution;
  readonly iteration: Recorded;
  /** What is read of it at its end besides its state. */
  readonly kept: readonly GpuArray<"f32">[];
  /** What its points are measured on. */
  readonly read: readonly GpuArray<"f32">[];
}

/** @throws OptionError for options out of range */
export async function prepareRun(
  workspace: Workspace,
  problem: Problem,
  choice: RunChoice,
  pace: Omit<Stepping, "method">,
): Promise<PreparedRun> {
  requireOneOf("model", choice.model ?? "decoder", ["decoder", "embeddings"]);
  const stepping = { method: chooseMethod(choice), ...pace };
  const device = deviceProblem(workspace, problem);
  if (choice.model === "embeddings") {
    const { dimension, ridge, decay, execution } = embeddingModel(problem, choice, stepping.method);
    const shape = factorShape(problem.vocabularySize, problem.contextCount, dimension);
    const both = { ...stepping, ridge, decay };
    const iteration = await prepareTrainedEmbeddings(workspace, device, shape, execution, both);
    const kept = arraysOf(iteration.factors);
    return { execution, iteration, kept, read: kept };
  }
  const execution = chooseExecution(device.shape, stepping.method, choice.execution);
  const iteration = await prepareIteration(workspace, device, execution, stepping);
  const kept = arraysOf(iteration.decoder);
  return { execution, iteration, kept, read: [...kept, iteration.gaps] };
}
