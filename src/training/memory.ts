import { STAGING_BYTES } from "../gpu/readback.ts";
import { deviceShape } from "../kernels/device-problem.ts";
import type { Problem } from "../problem/problem.ts";
import { chooseMethod, isPlain } from "../optimizer.ts";
import type { TrainOptions } from "./train.ts";

/** What a run holds on the device, in bytes. */
export interface MemoryNeed {
  /** Everything together. */
  readonly totalBytes: number;
  /** The largest single buffer: what `openGpu({ largestBufferBytes })` has to be given when it is above 128 MiB. */
  readonly largestBufferBytes: number;
}

/**
 * GPU memory that `train` with an optimiser and a schedule holds for a problem, the buffers that results are read through
 * included; without options that of gradient descent, which `evaluate` holds too.
 * @throws OptionError for names that do not exist.
 */
export function memoryNeeded(problem: Problem, options: Pick<TrainOptions, "optimizer" | "schedule"> = {}): MemoryNeed {
  const method = chooseMethod(options);
  const { words, paddedDim, paddedContexts, entries } = deviceShape(problem);
  const embeddingBytes = paddedContexts * paddedDim * 4;
  const decoderBytes = words * paddedDim * 4;
  const logitBytes = words * paddedContexts * 4;
  // of a decoder's size: two accumulators in pairs and the decoder; the whole direction too; Adam's moments too
  const matrices = isPlain(method) ? 6 : method.optimizer === "adam" ? 10 : 8;
  const carried = { "gradient-descent": isPlain(method) ? 6 : 2, normalised: 2, momentum: 6, adam: 4 }[
    method.optimizer
  ];
  const stagingBytes = Math.min(carried * decoderBytes, STAGING_BYTES);
  return {
    totalBytes:
      3 * embeddingBytes + matrices * decoderBytes + logitBytes + stagingBytes + entries * 48 + paddedContexts * 16,
    largestBufferBytes: Math.max(embeddingBytes, decoderBytes, logitBytes, entries * 16),
  };
}
