import { DeviceLostError } from "../errors.ts";
import type { ElementType, GpuArray, HostArray } from "./array.ts";
import type { Gpu } from "./device.ts";

/** Bytes that one staging buffer may take; larger reads go in several rounds. */
const STAGING_BYTES = 64 * 2 ** 20;

/** Bytes of the largest staging buffer that reading so many bytes takes. */
export const stagingBytes = (bytes: number): number => Math.min(bytes, STAGING_BYTES);

interface Piece {
  readonly array: GpuArray;
  readonly values: HostArray;
  readonly start: number;
  readonly count: number;
}

/**
 * Copies arrays of one device to the host: in one submission and one wait when they fit into 64 MiB together.
 * @throws DeviceLostError when the device went away before the copy arrived: nothing is ever made up in its place.
 */
export async function readArrays<A extends readonly GpuArray[]>(
  ...arrays: A
): Promise<{ -readonly [K in keyof A]: A[K] extends GpuArray<infer T extends ElementType> ? HostArray<T> : never }> {
  const { gpu } = arrays[0]!;
  const values = arrays.map((array) =>
    array.type === "f32" ? new Float32Array(array.length) : new Uint32Array(array.length),
  );
  for (const round of rounds(arrays, values)) await readRound(gpu, round);
  return values as never;
}

/** Cuts arrays into pieces, and groups these so that no group exceeds the staging size. */
function rounds(arrays: readonly GpuArray[], values: readonly HostArray[]): Piece[][] {
  const most = STAGING_BYTES / 4;
  const groups: Piece[][] = [[]];
  let room = most;
  arrays.forEach((array, i) => {
    for (let start = 0; start < array.length;) {
      if (room === 0) {
        groups.push([]);
        room = most;
      }
      const count = Math.min(array.length - start, room);
      groups.at(-1)!.push({ array, values: values[i]!, start, count });
      start += count;
      room -= count;
    }
  });
  return groups;
}

async function readRound(gpu: Gpu, pieces: readonly Piece[]): Promise<void> {
  const staging = gpu.staging.acquire(pieces.reduce((sum, { count }) => sum + 4 * count, 0));
  const encoder = gpu.device.createCommandEncoder({ label: "readback" });
  let offset = 0;
  for (const { array, start, count } of pieces) {
    encoder.copyBufferToBuffer(array.buffer, 4 * start, staging, offset, 4 * count);
    offset += 4 * count;
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
  const copied = staging.getMappedRange();
  offset = 0;
  for (const { array, values, start, count } of pieces) {
    const View = array.type === "f32" ? Float32Array : Uint32Array;
    values.set(new View(copied, offset, count), start);
    offset += 4 * count;
  }
  staging.unmap();
  gpu.staging.release(staging);
}
