import { GpuUnavailableError, ShapeError } from "../errors.ts";
import type { Gpu } from "./device.ts";
import { STORAGE_USAGE } from "./storage-usage.ts";

export type ElementType = "f32" | "u32";
export type HostArray<T extends ElementType = ElementType> = T extends "f32" ? Float32Array : Uint32Array;

/** Elements whose multiples are where WebGPU lets a binding begin. */
export const BINDING_ALIGNMENT = 64;

/** What a kernel can be bound to: an array, or the end of one. */
export interface ArrayView<T extends ElementType = ElementType> {
  readonly type: T;
  readonly length: number;
  readonly buffer: GPUBuffer;
  readonly byteOffset: number;
}

/** A row-major array in GPU memory, 4 bytes an element. Who makes it destroys it. */
export class GpuArray<T extends ElementType = ElementType> implements ArrayView<T> {
  readonly gpu: Gpu;
  readonly label: string;
  readonly type: T;
  readonly shape: readonly number[];
  readonly length: number;
  readonly buffer: GPUBuffer;
  readonly byteOffset = 0;
  readonly #kept = new Map<string, Promise<{ destroy(): void }>>();

  /** Zero-filled, or holding `data` (its length must be the product of `shape`). */
  constructor(gpu: Gpu, label: string, type: T, shape: readonly number[], data?: HostArray<T>) {
    this.gpu = gpu;
    this.label = label;
    this.type = type;
    this.shape = shape;
    this.length = shape.reduce((product, extent) => product * extent, 1);
    const bytes = Math.max(this.length, 4) * 4;
    const allowed = gpu.device.limits.maxBufferSize;
    if (bytes > allowed)
      throw new GpuUnavailableError(
        "limits",
        `${label} (${shape.join(" × ")}) needs ${bytes} bytes; this device makes buffers of up to ${allowed}: pass largestBufferBytes to openGpu.`,
      );
    this.buffer = gpu.device.createBuffer({
      label,
      size: bytes,
      usage: STORAGE_USAGE,
    });
    if (data) this.write(data);
  }

  write(data: HostArray<T>): void {
    if (data.length !== this.length)
      throw new ShapeError(
        `${this.label}: expected ${this.shape.join(" × ")} = ${this.length} values, found ${data.length}`,
      );
    this.gpu.device.queue.writeBuffer(this.buffer, 0, data.buffer, data.byteOffset, data.byteLength);
  }

  /** The elements from `start` on, a multiple of {@link BINDING_ALIGNMENT}. */
  from(start: number): ArrayView<T> {
    return { type: this.type, length: this.length - start, buffer: this.buffer, byteOffset: 4 * start };
  }

  /** What `make` gives: once by that name, kept as long as the array. @internal */
  kept<T extends { destroy(): void }>(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(name) as Promise<T> | undefined;
    const kept = known ?? make();
    this.#kept.set(name, kept);
    return kept;
  }

  destroy(): void {
    this.buffer.destroy();
    for (const kept of this.#kept.values()) void kept.then((made) => made.destroy()).catch(() => undefined);
    this.#kept.clear();
  }
}
