import type { Workspace } from "../../gpu/workspace.ts";
import type { DeviceProblem } from "../../maps/device-problem.ts";
import type { FactorShape } from "../../maps/factors.ts";
import { MOST_ONE_WORKGROUP_WORDS, MOST_WORK, requireFitting, type Execution } from "../engines/execution.ts";
import type { FactorIteration, FactorStepping } from "../engines/factor-iteration.ts";
import { prepareOneWorkgroupFactors } from "../engines/one-workgroup-factors.ts";
import { prepareStepwiseFactors } from "../engines/stepwise-factors.ts";

/**
 * How a run of both factors is executed: as asked for, or by whether a workgroup can have its three products to itself.
 * @throws OptionError for a run in one workgroup of more words than fit.
 */
export function factorExecution({ words, contexts, paddedDim }: FactorShape, asked?: Execution): Execution {
  requireFitting(words, asked);
  const isSmall = words <= MOST_ONE_WORKGROUP_WORDS && 3 * words * contexts * paddedDim <= MOST_WORK;
  return asked ?? (isSmall ? "one-workgroup" : "stepwise");
}

/** Compiles and binds the kernels of a run of both factors. */
export function prepareTrainedEmbeddings(
  workspace: Workspace,
  device: DeviceProblem,
  shape: FactorShape,
  execution: Execution,
  stepping: FactorStepping,
): Promise<FactorIteration> {
  const prepare = execution === "one-workgroup" ? prepareOneWorkgroupFactors : prepareStepwiseFactors;
  return prepare(workspace, device, shape, stepping);
}
