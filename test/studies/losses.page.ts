import { openGpu, type Gpu } from "../../src/index.ts";
import type { ProblemText } from "../support/page-problem.ts";
import { TASKS, textOf } from "../support/tasks.ts";

/** How a device goes: by its own method, by a crash of the browser's GPU process, or by its end. */
export type Cause = "destroy" | "crash" | "kill";

declare global {
  /** Ends the browser's GPU process, from outside. */
  var endGpuProcess: (how: "crash" | "kill") => Promise<void>;
}

/** A loss at a call of the device, counted over submissions, maps and compilations. */
export interface Loss {
  readonly call: number;
  readonly cause: Cause;
}

export interface LossyRun {
  readonly text: string;
  readonly calls: number;
  readonly losses: number;
  readonly totalMs: number;
  /** Until the browser had another device. */
  readonly reopeningMs: number;
}

/** A task on a device of its own, which is lost on the way; with a digest of its figures. */
export async function runLosing(name: string, given: ProblemText, loss?: Loss): Promise<LossyRun> {
  let [calls, losses, lostAt, reopeningMs] = [0, 0, 0, 0];
  let device: GPUDevice | undefined;
  const lose = (): void => {
    lostAt = performance.now();
    if (loss!.cause === "destroy") device!.destroy();
    else void globalThis.endGpuProcess(loss!.cause);
  };
  const count = (): void => {
    if (++calls === loss?.call) lose();
  };
  const undo = [
    watch(GPUQueue.prototype, "submit", count),
    watch(GPUBuffer.prototype, "mapAsync", count),
    watch(GPUDevice.prototype, "createComputePipelineAsync", count),
  ];
  const adapters = GPUAdapter.prototype as { requestDevice: (descriptor: GPUDeviceDescriptor) => Promise<GPUDevice> };
  const { requestDevice } = adapters;
  adapters.requestDevice = async function (descriptor) {
    device = await requestDevice.call(this, descriptor);
    if (lostAt > 0) reopeningMs = performance.now() - lostAt;
    return device;
  };
  let gpu: Gpu | undefined;
  try {
    gpu = await openGpu({ onLoss: () => losses++ });
    const begun = performance.now();
    const text = await textOf(await TASKS[name]!(gpu, given));
    return { text, calls, losses, totalMs: performance.now() - begun, reopeningMs };
  } finally {
    undo.forEach((restore) => restore());
    adapters.requestDevice = requestDevice;
    gpu?.destroy();
  }
}

/** Calls `before` before each call of a method; gives what undoes it. */
function watch(prototype: object, name: string, before: () => void): () => void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[name]!;
  methods[name] = function (...args) {
    before();
    return original.apply(this, args);
  };
  return () => void (methods[name] = original);
}
