import { STORAGE_USAGE } from "./storage-usage.ts";

/** Words of a receipt: the device's epoch, the readback's number, checksums, and a canary. */
export const RECEIPT_WORDS = 64;

/** Mappable buffers by size, handed out and taken back, so that reading allocates nothing after the first time. */
export class StagingRing {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, GPUBuffer[]>();
  /** Where the device writes the receipt of each readback; some bytes, which go with the device. */
  readonly receipt: GPUBuffer;
  #serial = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.receipt = device.createBuffer({ label: "receipt", size: 4 * RECEIPT_WORDS, usage: STORAGE_USAGE });
  }

  /** A number for a readback that none of the last 2³² had. */
  nextSerial(): number {
    return (this.#serial = (this.#serial + 1) >>> 0);
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
