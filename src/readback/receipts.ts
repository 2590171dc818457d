import { wordChecksum } from "../kernels/word-checksum.ts";
import { wordChecksum as checksumOf } from "../reference/word-checksum.ts";
import { BINDING_ALIGNMENT, type ArrayView, type GpuArray } from "../gpu/array.ts";
import type { Gpu } from "../gpu/device.ts";
import { prepare, record, type Dispatch } from "../gpu/kernel.ts";
import { RECEIPT_WORDS } from "../gpu/staging-ring.ts";

/** What of an array is read in one go. */
export interface Piece {
  readonly array: GpuArray;
  readonly start: number;
  readonly count: number;
}

/** Pieces that one receipt can name. */
export const MOST_PIECES: number = RECEIPT_WORDS - 3;
export const RECEIPT_BYTES: number = 4 * RECEIPT_WORDS;

/** One readback of pieces, as it is recorded. */
export interface Receipt {
  /** Adds the checksums and, to the end of the target, the receipt. The pieces are what the target holds from its beginning. */
  record(encoder: GPUCommandEncoder, target: GPUBuffer): void;
  /** Whether what arrived is what the device sent: words of the target. */
  isOf(arrived: Uint32Array): boolean;
}

/**
 * Prepares the receipt of a readback. The device itself makes a checksum of the words that it is about to send, each at its place; the
 * host makes it again of those that arrived. With it come the epoch of the device and the number of the readback, which tell old
 * data from new, and a canary at the end.
 */
export async function prepareReceipt(gpu: Gpu, pieces: readonly Piece[]): Promise<Receipt> {
  const dispatches = await Promise.all(pieces.map((piece, i) => prepareChecksum(gpu, piece, 2 + i)));
  const { epoch } = gpu;
  const { receipt: buffer } = gpu.staging;
  const serial = gpu.staging.nextSerial();
  return {
    record: (encoder, target) => {
      const header = new Uint32Array(RECEIPT_WORDS);
      header[0] = epoch;
      header[1] = serial;
      header[RECEIPT_WORDS - 1] = canaryOf(epoch, serial);
      gpu.device.queue.writeBuffer(buffer, 0, header);
      const pass = encoder.beginComputePass();
      for (const dispatch of dispatches) record(pass, dispatch);
      pass.end();
      encoder.copyBufferToBuffer(buffer, 0, target, target.size - RECEIPT_BYTES, RECEIPT_BYTES);
    },
    isOf: (arrived) => {
      const receipt = arrived.subarray(arrived.length - RECEIPT_WORDS);
      if (receipt[0] !== epoch || receipt[1] !== serial) return false;
      if (receipt[RECEIPT_WORDS - 1] !== canaryOf(epoch, serial)) return false;
      let start = 0;
      return pieces.every(
        ({ count }, i) => checksumOf(arrived.subarray(start, (start += count)), serial) === receipt[2 + i],
      );
    },
  };
}

/** Kept with the array: what is read again and again is prepared once. */
function prepareChecksum(gpu: Gpu, { array, start, count }: Piece, slot: number): Promise<Dispatch> {
  const skipped = start % BINDING_ALIGNMENT;
  const { length, buffer, byteOffset } = array.from(start - skipped);
  const words: ArrayView<"u32"> = { type: "u32", length, buffer, byteOffset };
  const sums: ArrayView<"u32"> = { type: "u32", length: RECEIPT_WORDS, buffer: gpu.staging.receipt, byteOffset: 0 };
  return array.kept(`checksum ${start} ${count} ${slot}`, () =>
    prepare(gpu, wordChecksum, { arrays: { words, sums }, params: { start: skipped, count, slot, zero: 0 } }),
  );
}

const canaryOf = (epoch: number, serial: number): number => ~(serial ^ Math.imul(epoch, 0x9e3779b1)) >>> 0;
