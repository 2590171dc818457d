import type { Workspace } from "../gpu/workspace.ts";
import { contextBlocks, type DeviceProblem } from "../kernels/device-problem.ts";
import { prepareBlocks } from "./blocks.ts";
import type { Execution } from "./execution.ts";
import type { Iteration, Stepping } from "./iteration.ts";
import { prepareResident } from "./resident.ts";
import { prepareStretches } from "./stretches.ts";

/** Compiles and binds the kernels of a run. */
export function prepareIteration(
  workspace: Workspace,
  device: DeviceProblem,
  execution: Execution,
  stepping: Stepping,
): Promise<Iteration> {
  if (execution === "resident") return prepareResident(workspace, device, stepping);
  const prepare = contextBlocks(device.shape).length > 1 ? prepareBlocks : prepareStretches;
  return prepare(workspace, device, stepping);
}
