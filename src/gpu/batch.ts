import type { GpuArray } from "./array.ts";
import type { Gpu } from "./device.ts";
import { record, type Dispatch } from "./kernel.ts";

/** What takes dispatches, copies and clears, in the order in which they are to run. */
export interface Recorder {
  dispatch(...dispatches: readonly Dispatch[]): void;
  /** Copies `count` elements; the source and the target must not be the same array. */
  copy(source: GpuArray, target: GpuArray, targetStart: number, count: number): void;
  /** Sets the first `count` elements to zero. */
  clear(array: GpuArray, count: number): void;
}

/** A recorder that keeps the dispatches and runs nothing: for questions about them. */
export class DispatchList implements Recorder {
  readonly dispatches: Dispatch[] = [];

  dispatch(...dispatches: readonly Dispatch[]): void {
    this.dispatches.push(...dispatches);
  }

  copy(): void {}

  clear(): void {}
}

/** Device work that is recorded first and submitted as one command buffer. After `submit` it takes no more. */
export class Batch implements Recorder {
  readonly #gpu: Gpu;
  readonly #encoder: GPUCommandEncoder;
  #pass: GPUComputePassEncoder | undefined;

  constructor(gpu: Gpu, label: string) {
    this.#gpu = gpu;
    this.#encoder = gpu.device.createCommandEncoder({ label });
  }

  dispatch(...dispatches: readonly Dispatch[]): void {
    this.#pass ??= this.#encoder.beginComputePass();
    for (const dispatch of dispatches) record(this.#pass, dispatch);
  }

  copy(source: GpuArray, target: GpuArray, targetStart: number, count: number): void {
    this.#endPass();
    this.#encoder.copyBufferToBuffer(source.buffer, 0, target.buffer, targetStart * 4, count * 4);
  }

  clear(array: GpuArray, count: number): void {
    this.#endPass();
    this.#encoder.clearBuffer(array.buffer, 0, count * 4);
  }

  submit(): void {
    this.#endPass();
    this.#gpu.device.queue.submit([this.#encoder.finish()]);
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }
}
