import { estimateRun, openGpu, train, type AdapterDescription } from "../src/index.ts";
import { contextBlocks, deviceShape } from "../src/maps/device-shape.ts";
import { FLOAT32_ROUNDOFF } from "./contestant.ts";
import { FLOAT64_LOOPS } from "./plain-loops.ts";
import { CONSOLE, type Screen } from "./screen.ts";
import { distance, settingOf, toleranceOf } from "./setting.ts";
import { formatMs } from "./timing.ts";

/*
 * An iteration of gradient descent whose logits do not fit into a buffer: V words in m contexts, on a device with the limits that
 * WebGPU promises everywhere. Time and memory are foretold, then measured, and the decoder is held to blocked loops in float64.
 */

const STEPS = 1;

export interface VocabularyOptions {
  readonly words: number;
  readonly dim: number;
  readonly contexts: number;
}

interface VocabularyResult extends VocabularyOptions {
  readonly adapter: AdapterDescription;
  /** Parts that the contexts are taken in. */
  readonly blocks: number;
  readonly largestBufferBytes: number;
  readonly foretold: { readonly ms: number; readonly memoryBytes: number };
  readonly measured: { readonly ms: number; readonly memoryBytes: number };
  /** ‖W − W_ref‖ / ‖W_ref − W_0‖ after the step, and what rounding allows. */
  readonly error: number;
  readonly tolerance: number;
}

export async function run(
  { words, dim, contexts }: VocabularyOptions,
  screen: Screen = CONSOLE,
): Promise<VocabularyResult> {
  const gpu = await openGpu();
  const setting = await settingOf(gpu, {
    vocabularySize: words,
    embeddingDim: dim,
    contextCount: contexts,
    supportSize: 8,
  });
  const { problem, start: initial, stepSize } = setting;
  const blocks = contextBlocks(deviceShape(problem)).length;
  const estimate = await estimateRun(gpu, problem);
  const foretold = { ms: STEPS * estimate.msPerStep, memoryBytes: estimate.memory.totalBytes };
  screen.say(
    `${blocks} blocks of contexts; foretold: ${formatMs(foretold.ms)} ms a step, ${mebibytes(foretold.memoryBytes)}`,
  );
  // what the run needs has been compiled; upload and readback count
  const begin = performance.now();
  const { decoder, memoryBytes } = await train(gpu, problem, {
    ...{ initial, stepSize, steps: STEPS, record: [] },
    ...(screen.signal && { signal: screen.signal }),
  }).result();
  screen.signal?.throwIfAborted();
  const measured = { ms: performance.now() - begin, memoryBytes };
  screen.say(`measured: ${formatMs(measured.ms)} ms, ${mebibytes(memoryBytes)}; the same in float64 …`);

  const loops = await FLOAT64_LOOPS.open(setting);
  const reference = await loops.decoderAfter(STEPS);
  const tolerance = toleranceOf(setting, STEPS, reference, FLOAT32_ROUNDOFF);
  const error = distance(decoder, reference) / distance(reference, initial);
  if (!(error <= tolerance))
    throw new Error(
      `the step is wrong: ${error.toExponential(1)} of the way off, and rounding explains ${tolerance.toExponential(1)}`,
    );
  screen.show(`V = ${words}, d = ${dim}, m = ${contexts}, ${blocks} blocks; right to ${error.toExponential(1)}`, [
    ["", "ms a step", "memory", "largest buffer"],
    ["foretold", formatMs(foretold.ms), mebibytes(foretold.memoryBytes), mebibytes(estimate.memory.largestBufferBytes)],
    ["measured", formatMs(measured.ms), mebibytes(measured.memoryBytes), ""],
  ]);
  gpu.destroy();
  const largestBufferBytes = estimate.memory.largestBufferBytes;
  return {
    adapter: gpu.adapter,
    words,
    dim,
    contexts,
    blocks,
    largestBufferBytes,
    foretold,
    measured,
    error,
    tolerance,
  };
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
