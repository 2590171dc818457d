import { STAGING_BYTES } from "../gpu/readback.ts";
import { deviceShape } from "../kernels/device-problem.ts";
import type { Problem } from "../problem/problem.ts";

/** What a run of gradient descent holds on the device, in bytes. */
export interface MemoryNeed {
  /** Everything together. */
  readonly totalBytes: number;
  /** The largest single buffer: what `openGpu({ largestBufferBytes })` has to be given when it is above 128 MiB. */
  readonly largestBufferBytes: number;
}

/** GPU memory that `train` and `evaluate` hold for a problem, the buffers that results are read through included. */
export function memoryNeeded(problem: Problem): MemoryNeed {
  const { words, paddedDim, paddedContexts, entries } = deviceShape(problem);
  const embeddingBytes = paddedContexts * paddedDim * 4;
  const decoderBytes = words * paddedDim * 4;
  const logitBytes = words * paddedContexts * 4;
  const stagingBytes = Math.min(6 * decoderBytes, STAGING_BYTES);
  return {
    totalBytes: 3 * embeddingBytes + 6 * decoderBytes + logitBytes + stagingBytes + entries * 44 + paddedContexts * 16,
    largestBufferBytes: Math.max(embeddingBytes, decoderBytes, logitBytes, entries * 16),
  };
}
