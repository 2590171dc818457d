import { ReadbackError } from "../errors.ts";
import { BINDING_ALIGNMENT, type ElementType, type GpuArray, type HostArray } from "../gpu/array.ts";
import type { Gpu } from "../gpu/device.ts";
import { MOST_PIECES, RECEIPT_BYTES, prepareReceipt, type Piece, type Receipt } from "./receipts.ts";

/** Bytes that one staging buffer may take; larger reads go in several rounds. */
const STAGING_BYTES = 64 * 2 ** 20;

/** What does not arrive as it was sent is fetched so many times in all. */
const MOST_ATTEMPTS = 3;

/** Bytes of the largest staging buffer that reading so many bytes takes. */
export const stagingBytes = (bytes: number): number => Math.min(bytes, STAGING_BYTES) + RECEIPT_BYTES;

/** What is read of an array in one round, and where it goes. */
interface Reading extends Piece {
  readonly values: HostArray;
}

/**
 * Copies arrays of one device to the host: in one submission and one wait when they fit into 64 MiB together.
 * Every readback is held against its receipt (see {@link prepareReceipt}), and fetched again where it is another.
 * @throws DeviceLostError when the device went away before the copy arrived, ReadbackError when what arrived was not what had been sent,
 * several times: nothing is ever made up in its place.
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
function rounds(arrays: readonly GpuArray[], values: readonly HostArray[]): Reading[][] {
  const { maxStorageBufferBindingSize } = arrays[0]!.gpu.device.limits;
  // the checksum of a piece begins where a binding may, before the piece
  const most = Math.min(STAGING_BYTES / 4, Math.floor(maxStorageBufferBindingSize / 4) - BINDING_ALIGNMENT);
  const groups: Reading[][] = [[]];
  let room = most;
  arrays.forEach((array, i) => {
    for (let start = 0; start < array.length;) {
      if (room === 0 || groups.at(-1)!.length === MOST_PIECES) {
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

async function readRound(gpu: Gpu, readings: readonly Reading[]): Promise<void> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    if (await readOnce(gpu, readings, await prepareReceipt(gpu, readings))) return;
  }
  const labels = readings.map(({ array }) => array.label).join(", ");
  throw new ReadbackError(
    `${labels}: expected what the GPU sent, found other data on arrival, ${MOST_ATTEMPTS} times in a row.`,
  );
}

/** Whether what arrived is what was sent; if not, the values are left as they are. */
async function readOnce(gpu: Gpu, readings: readonly Reading[], receipt: Receipt): Promise<boolean> {
  const staging = gpu.staging.acquire(readings.reduce((sum, { count }) => sum + 4 * count, RECEIPT_BYTES));
  const encoder = gpu.device.createCommandEncoder({ label: "readback" });
  receipt.record(encoder, staging);
  let offset = 0;
  for (const { array, start, count } of readings) {
    encoder.copyBufferToBuffer(array.buffer, 4 * start, staging, offset, 4 * count);
    offset += 4 * count;
  }
  gpu.device.queue.submit([encoder.finish()]);
  try {
    await gpu.settled(staging.mapAsync(GPUMapMode.READ));
  } catch (error) {
    staging.destroy();
    throw error;
  }
  gpu.assertHealthy();
  // a copy first: what has been checked can no longer change
  const arrived = staging.getMappedRange().slice(0);
  staging.unmap();
  gpu.staging.release(staging);
  if (!receipt.isOf(new Uint32Array(arrived))) return false;
  offset = 0;
  for (const { array, values, start, count } of readings) {
    const View = array.type === "f32" ? Float32Array : Uint32Array;
    values.set(new View(arrived, offset, count), start);
    offset += 4 * count;
  }
  return true;
}
