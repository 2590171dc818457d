import { DeviceLostError } from "../errors.ts";
import type { ElementType, GpuArray, HostArray } from "./array.ts";

/** Mappable buffers by size, handed out and taken back, so that reading allocates nothing after the first time. */
export class StagingRing {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, GPUBuffer[]>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  acquire(bytes: number): GPUBuffer {
    return (
      this.#free.get(bytes)?.pop() ??
      this.#device.createBuffer({
        label: `staging ${bytes}`,
        size: bytes,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      })
    );
  }

  release(buffer: GPUBuffer): void {
    const free = this.#free.get(buffer.size);
    if (free) free.push(buffer);
    else this.#free.set(buffer.size, [buffer]);
  }

  destroy(): void {
    for (const buffers of this.#free.values()) buffers.forEach((buffer) => buffer.destroy());
    this.#free.clear();
  }
}

/**
 * Copies arrays of one device to the host, all in one submission and one wait.
 * @throws DeviceLostError when the device went away before the copy arrived: nothing is ever made up in its place.
 */
export async function readArrays<A extends readonly GpuArray[]>(
  ...arrays: A
): Promise<{ -readonly [K in keyof A]: A[K] extends GpuArray<infer T extends ElementType> ? HostArray<T> : never }> {
  const { gpu } = arrays[0]!;
  const bytes = arrays.reduce((sum, array) => sum + array.length * 4, 0);
  const staging = gpu.staging.acquire(bytes);
  const encoder = gpu.device.createCommandEncoder({ label: "readback" });
  let offset = 0;
  for (const array of arrays) {
    encoder.copyBufferToBuffer(array.buffer, 0, staging, offset, array.length * 4);
    offset += array.length * 4;
  }
  gpu.device.queue.submit([encoder.finish()]);
  try {
    await staging.mapAsync(GPUMapMode.READ);
  } catch (cause) {
    staging.destroy();
    gpu.assertHealthy();
    throw new DeviceLostError("The GPU device was lost before its results arrived.", { cause });
  }
  gpu.assertHealthy();
  const copy = staging.getMappedRange().slice(0);
  staging.unmap();
  gpu.staging.release(staging);
  offset = 0;
  const values = arrays.map((array) => {
    const start = offset;
    offset += array.length * 4;
    return array.type === "f32"
      ? new Float32Array(copy, start, array.length)
      : new Uint32Array(copy, start, array.length);
  });
  return values as never;
}
