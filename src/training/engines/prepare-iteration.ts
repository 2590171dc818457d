import type { Workspace } from "../../gpu/workspace.ts";
import type { DeviceProblem } from "../../maps/device-problem.ts";
import { contextBlocks } from "../../maps/device-shape.ts";
import { prepareBlocks } from "./blocks.ts";
import type { Execution } from "./execution.ts";
import type { Iteration, Stepping } from "./iteration.ts";
import { prepareOneWorkgroup } from "./one-workgroup.ts";
import { prepareSegments } from "./segments.ts";

/** Compiles and binds the kernels of a run. */
export function prepareIteration(
  workspace: Workspace,
  device: DeviceProblem,
  execution: Execution,
  stepping: Stepping,
): Promise<Iteration> {
  if (execution === "one-workgroup") return prepareOneWorkgroup(workspace, device, stepping);
  const prepare = contextBlocks(device.shape).length > 1 ? prepareBlocks : prepareSegments;
  return prepare(workspace, device, stepping);
}
