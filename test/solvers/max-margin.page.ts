import { GpuArray, type HostArray } from "../../src/gpu/array.ts";
import { openGpu } from "../../src/gpu/device.ts";
import { withWorkspace } from "../../src/gpu/workspace.ts";
import { deviceShape } from "../../src/maps/device-shape.ts";
import { Ascent } from "../../src/solvers/max-margin/ascent.ts";
import {
  findLimits,
  maxMargin,
  type FoundLimits,
  type MaxMargin,
  type MaxMarginOptions,
  type MaxMarginProgress,
} from "../../src/index.ts";
import { aliveOf, buffersMade, bytesOf, ofTasks } from "../support/buffers.ts";
import { open, problemOf, type ProblemText } from "../support/page-problem.ts";

/** A solution with how long it took. */
export type Timed = MaxMargin & { readonly durationMs: number };

export async function solve(given: ProblemText, options: MaxMarginOptions = {}): Promise<Timed> {
  const gpu = await open();
  const problem = await problemOf(given);
  const begin = performance.now();
  return { ...(await maxMargin(gpu, problem, options)), durationMs: performance.now() - begin };
}

/** What the ascent alone comes to with so many contexts on the device at one time, in so many iterations at most. */
export async function ascendInBlocks(
  given: ProblemText,
  contextsAtOnce: number,
  gapTolerance: number,
  maxIterations: number,
): Promise<MaxMargin> {
  const problem = await problemOf(given);
  const ascent = new Ascent(problem, {}, { ...deviceShape(problem), contextsAtOnce });
  return withWorkspace(await open(), async (workspace) => {
    const end = await ascent.run(workspace, gapTolerance, maxIterations);
    return ascent.result(end, gapTolerance, workspace.gpu.adapter);
  });
}

/** A solution, and what was reported on the way. */
export async function solveWatched(
  given: ProblemText,
  options: MaxMarginOptions = {},
): Promise<{ result: MaxMargin; reports: MaxMarginProgress[] }> {
  const reports: MaxMarginProgress[] = [];
  const onProgress = (report: MaxMarginProgress): void => void reports.push(report);
  const result = await maxMargin(await open(), await problemOf(given), { ...options, onProgress });
  return { result, reports };
}

/** A solution that is aborted before it starts, or at its first report of both bounds; with the reports. */
export async function solveAborted(
  given: ProblemText,
  when: "before" | "bounded",
): Promise<{ result: MaxMargin; reports: MaxMarginProgress[] }> {
  const controller = new AbortController();
  const reports: MaxMarginProgress[] = [];
  if (when === "before") controller.abort();
  const result = await maxMargin(await open(), await problemOf(given), {
    gapTolerance: 1e-15,
    signal: controller.signal,
    onProgress: (report) => {
      reports.push(report);
      if (report.lowerBound > 0 && report.upperBound < Infinity) controller.abort();
    },
  });
  return { result, reports };
}

/** A solution on a device that computes with other numbers than it was given: NaN, or multiplied by noise. */
export async function solveOnFaultyDevice(
  given: ProblemText,
  fault: "nan" | "noise",
  options: MaxMarginOptions,
): Promise<MaxMargin> {
  const prototype = GpuArray.prototype as { write: (this: GpuArray, data: HostArray) => void };
  const { write } = prototype;
  prototype.write = function (data) {
    const isWrong = this.label === (fault === "nan" ? "y" : "linear part");
    write.call(this, isWrong ? data.map((x, i) => (fault === "nan" ? NaN : x * (1 + 0.5 * Math.sin(i)))) : data);
  };
  try {
    return await maxMargin(await open(), await problemOf(given), options);
  } finally {
    prototype.write = write;
  }
}

/** Storage and uniform buffers that are alive after a solution, and the bytes of those that there were. */
export async function allocatedIn(given: ProblemText): Promise<{ made: number; alive: number }> {
  const gpu = await openGpu();
  const made = buffersMade(gpu);
  await maxMargin(gpu, await problemOf(given), { maxIterations: 70 });
  gpu.destroy();
  return { made: bytesOf(ofTasks(made)), alive: aliveOf(ofTasks(made)) };
}

/** The code of the error of a device that is closed on the way. */
export async function closeDevice(given: ProblemText): Promise<string> {
  const gpu = await openGpu();
  try {
    await maxMargin(gpu, await problemOf(given), {
      gapTolerance: 1e-15,
      onProgress: () => gpu.destroy(),
    });
    return "finished";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** Both limits on a device that allows buffers of so many bytes. */
export async function limitsWithin(given: ProblemText, bytes: number): Promise<FoundLimits> {
  const gpu = await openGpu();
  const limits = { maxStorageBufferBindingSize: bytes, maxBufferSize: bytes };
  Object.defineProperty(gpu.device, "limits", { value: limits });
  try {
    return await findLimits(gpu, await problemOf(given));
  } finally {
    gpu.destroy();
  }
}

/** Both limits, searched for so many seconds, on a device that takes so many milliseconds to compile each pipeline. */
export async function limitsAfterCompiling(given: ProblemText, seconds: number, ms: number): Promise<FoundLimits> {
  const gpu = await openGpu({ tuning: new Map() });
  const compile = gpu.device.createComputePipelineAsync.bind(gpu.device);
  gpu.device.createComputePipelineAsync = async (descriptor) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return compile(descriptor);
  };
  try {
    return await findLimits(gpu, await problemOf(given), { withinSeconds: seconds });
  } finally {
    gpu.destroy();
  }
}
