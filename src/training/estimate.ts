import { DispatchList, type Batch } from "../gpu/batch.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { submitTimed } from "../gpu/paced-submissions.ts";
import { withWorkspace } from "../gpu/workspace.ts";
import type { Problem } from "../problem/problem.ts";
import type { Execution } from "./engines/execution.ts";
import type { Recorded } from "./engines/iteration.ts";
import { memoryNeeded, type MemoryNeed } from "./memory.ts";
import { SEGMENT } from "./engines/segments.ts";
import { prepareRun, type RunChoice } from "./run-choice.ts";

/** What a run will cost on this device. */
export interface RunEstimate {
  readonly execution: Execution;
  readonly memory: MemoryNeed;
  /** Time of one step, from a moment of the run's own kernels. */
  readonly msPerStep: number;
}

/** Floating-point operations of a dispatch that are waited for, some 40 ms; of a larger one a part is timed, so many workgroups of all. */
const SAMPLE_OPERATIONS = { software: 4e8, hardware: 4e10 };
/** A moment long enough to be timed. */
const SAMPLE_MS = 10;

/**
 * Time and memory of a run before it starts, see {@link memoryNeeded} for which: its kernels are compiled, and timed for a moment on the problem itself, the large
 * ones in part.
 * @throws OptionError for options out of range
 */
export function estimateRun(gpu: Gpu, problem: Problem, choice: RunChoice = {}): Promise<RunEstimate> {
  return withWorkspace(gpu, async (workspace) => {
    // steps so short that nothing can grow while it is timed
    const pace = { stepSize: 1e-30, taken: SEGMENT };
    const { iteration, execution } = await prepareRun(workspace, problem, choice, pace);
    const { each, once } = recordSegment(iteration, execution);
    return {
      execution,
      memory: await memoryNeeded(problem, choice),
      msPerStep: (await timeDispatches(workspace.gpu, each)) + (await timeDispatches(workspace.gpu, once)) / SEGMENT,
    };
  });
}

/** The dispatches of each step of a segment, and those of the segment. */
export function recordSegment(iteration: Recorded, execution: Execution): Record<"each" | "once", Dispatch[]> {
  const record = (steps: number): Dispatch[] => {
    const list = new DispatchList();
    iteration.advance(list, steps);
    return list.dispatches;
  };
  if (execution === "one-workgroup") return { each: [], once: record(SEGMENT) };
  const [first, second] = [record(1), record(1)];
  return { each: second, once: first.slice(0, first.length - second.length) };
}

/** Time of dispatches one after another, in milliseconds; of those with many operations only a part is run. */
export async function timeDispatches(gpu: Gpu, dispatches: readonly Dispatch[]): Promise<number> {
  const sample = SAMPLE_OPERATIONS[gpu.adapter.isSoftware ? "software" : "hardware"];
  const isSmall = ({ cost }: Dispatch): boolean => cost.operations <= sample;
  let total = await timeRepeated(gpu, dispatches.filter(isSmall));
  for (const dispatch of dispatches) {
    if (isSmall(dispatch)) continue;
    const { part, share } = partOf(dispatch, sample / dispatch.cost.operations);
    total += (await timeRepeated(gpu, [part])) / share;
  }
  return total;
}

/** The first workgroups of a dispatch, of each range of its rows, and what part of it they are. */
function partOf(dispatch: Dispatch, share: number): { part: Dispatch; share: number } {
  const groups = (all: Dispatch["parts"]): number => all.reduce((sum, { x, y }) => sum + x * y, 0);
  const parts = dispatch.parts.map(({ bindGroup, x, y }) => {
    return { bindGroup, x: Math.min(Math.max(Math.ceil(share * x * y), 1), x), y: 1 };
  });
  return { part: { ...dispatch, parts }, share: groups(parts) / groups(dispatch.parts) };
}

/** Once to warm up, then as often as makes a moment. */
async function timeRepeated(gpu: Gpu, dispatches: readonly Dispatch[]): Promise<number> {
  if (dispatches.length === 0) return 0;
  await runRepeated(gpu, dispatches, 1);
  for (let count = 1; ; count *= 4) {
    const elapsedMs = await runRepeated(gpu, dispatches, count);
    if (elapsedMs >= SAMPLE_MS) return elapsedMs / count;
  }
}

async function runRepeated(gpu: Gpu, dispatches: readonly Dispatch[], count: number): Promise<number> {
  const repeat = (batch: Batch): void => {
    for (let k = 0; k < count; k++) batch.dispatch(...dispatches);
  };
  const { begun, done } = await submitTimed(gpu, "timing", repeat, () => gpu.idle());
  return done - begun;
}
