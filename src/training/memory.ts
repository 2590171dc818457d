import { stagingBytes } from "../gpu/staging.ts";
import { deviceShape, type DeviceShape } from "../maps/device-problem.ts";
import { MOVING_PARTS } from "../kernels/one-workgroup-descent.ts";
import type { Problem } from "../problem/problem.ts";
import { averagesOf, chooseMethod, isPlain, stepOf, type Method } from "./methods/method.ts";
import { chooseExecution, hasCoefficients } from "./engines/execution.ts";
import type { TrainOptions } from "./train.ts";

/** What a run holds on the device, in bytes. */
export interface MemoryNeed {
  /** Everything together. */
  readonly totalBytes: number;
  /** The largest single buffer: what `openGpu({ largestBufferBytes })` has to be given when it is above 128 MiB. */
  readonly largestBufferBytes: number;
}

/**
 * GPU memory that `train` with an optimiser, a schedule and an execution holds for a problem, the buffers that results are
 * read through included; without options that of gradient descent. `evaluate` holds no more.
 * @throws OptionError for names that do not exist.
 */
export function memoryNeeded(
  problem: Problem,
  options: Pick<TrainOptions, "optimizer" | "schedule" | "execution"> = {},
): MemoryNeed {
  const method = chooseMethod(options);
  const shape = deviceShape(problem);
  const { words, paddedDim, paddedContexts, contextsAtOnce, entries } = shape;
  const [embeddings, logits] = [paddedContexts * paddedDim * 4, words * contextsAtOnce * 4];
  const inBlocks = contextsAtOnce < paddedContexts ? blockArrays : segmentArrays;
  const needOf = chooseExecution(shape, method, options.execution) === "one-workgroup" ? oneWorkgroupArrays : inBlocks;
  const { arrays, read } = needOf(method, shape);
  const all = [
    ...arrays,
    ...Array<number>(3).fill(embeddings),
    logits,
    entries * 16,
    entries * 32,
    paddedContexts * 16,
  ];
  return {
    totalBytes: sum(all) + stagingBytes(read),
    largestBufferBytes: Math.max(...arrays, embeddings, logits, entries * 16),
  };
}

/** Bytes of arrays beside those of the loss, and of what is read at the end. */
interface Arrays {
  readonly arrays: readonly number[];
  readonly read: number;
}

/** Three decoders in pairs and the relative logits; the direction too and averages too. */
function segmentArrays(method: Method, { words, paddedDim, paddedContexts, entries }: DeviceShape): Arrays {
  const decoder = words * paddedDim * 4;
  const [{ decay }, averages] = [stepOf(method), averagesOf(method).length];
  const count = (isPlain(method) ? 6 : 8) + averages;
  const read = (decay > 0 ? 7 : 6) + averages;
  return {
    arrays: [...Array<number>(count).fill(decoder), words * paddedContexts * 4, entries * 4],
    read: read * decoder,
  };
}

/** Two accumulators in pairs and the decoder; the whole direction too and averages too. */
function blockArrays(method: Method, { words, paddedDim }: DeviceShape): Arrays {
  const decoder = words * paddedDim * 4;
  const [{ decay }, averages] = [stepOf(method), averagesOf(method).length];
  const [count, read] = isPlain(method) ? [6, 6] : [8 + averages, (decay > 0 ? 6 : 2) + averages];
  return { arrays: Array<number>(count).fill(decoder), read: read * decoder };
}

/** Two decoders in pairs, the dense problem, and what the steps of a segment move. */
function oneWorkgroupArrays(method: Method, shape: DeviceShape): Arrays {
  const { words, paddedDim, paddedContexts } = shape;
  const [decoder, matrix] = [words * paddedDim * 4, words * paddedContexts * 4];
  const dense = [matrix, 2 * matrix, matrix, 2 * matrix, 2 * matrix, matrix, matrix, matrix, matrix];
  const pairs = Array<number>(4).fill(decoder);
  if (!hasCoefficients(method, shape))
    return {
      arrays: [...pairs, ...dense, MOVING_PARTS * decoder, decoder],
      read: (4 + MOVING_PARTS) * decoder,
    };
  const coefficients = stepOf(method).decay > 0 ? [matrix, matrix] : [matrix];
  return {
    arrays: [...pairs, ...dense, paddedContexts ** 2 * 4, ...coefficients],
    read: 4 * decoder + sum(coefficients),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
