import { logOdds, maxMargin, openGpu, synthetic, type AdapterDescription, type Gpu } from "../src/index.ts";
import { CONSOLE, type Screen } from "./screen.ts";

/*
 * Both limits of a problem of a language model's proportions, far more words than dimensions and more contexts than those: time and GPU
 * memory to W*, and to a max-margin decoder with a certified relative gap of 1e-4.
 */

const GAP_TOLERANCE = 1e-4;
const SUPPORT_SIZE = 6;

interface LargeOptions {
  readonly words: number;
  readonly contexts: number;
  readonly dim: number;
  readonly seconds: number;
  readonly seed: number;
}

interface Found {
  readonly status: string;
  readonly iterations: number;
  readonly seconds: number;
  /** Most bytes of the device's buffers at one time. */
  readonly gpuBytes: number;
}

interface LargeResult {
  readonly adapter: AdapterDescription;
  readonly logOdds: Found;
  readonly margin: Found & { readonly relativeGap: number };
}

/** @param seconds that the margin may take */
export async function run(
  { words, contexts, dim, seconds, seed }: LargeOptions,
  screen: Screen = CONSOLE,
): Promise<LargeResult> {
  const gpu = await openGpu();
  const most = countBytes(gpu);
  const problem = synthetic({
    ...{ vocabularySize: words, contextCount: contexts, embeddingDim: dim, supportSize: SUPPORT_SIZE, seed },
  });
  const timed = async <Result extends { readonly status: string; readonly iterations: number }>(
    solve: () => Promise<Result>,
  ): Promise<[Found, Result]> => {
    const begin = performance.now();
    const result = await solve();
    const { status, iterations } = result;
    const found = { status, iterations, seconds: (performance.now() - begin) / 1000, gpuBytes: most() };
    screen.say(`${status}, ${iterations} iterations, ${found.seconds.toFixed(1)} s, ${mebibytes(found.gpuBytes)}`);
    return [found, result];
  };
  let said = 0;
  const [ofLogOdds] = await timed(() => logOdds(gpu, problem));
  const [ofMargin, { relativeGap }] = await timed(() =>
    maxMargin(gpu, problem, {
      ...{ gapTolerance: GAP_TOLERANCE, withinSeconds: seconds },
      ...(screen.signal && { signal: screen.signal }),
      onProgress: ({ iterations, relativeGap: gap }) => {
        if (iterations >= 2 * said) screen.say(`${(said = iterations)} iterations, gap ${gap.toExponential(1)}`);
      },
    }),
  );
  gpu.destroy();
  const margin = { ...ofMargin, relativeGap };
  screen.show(`V = ${words}, m = ${contexts}, d = ${dim}`, [
    ["", "status", "iterations", "seconds", "GPU memory"],
    ...Object.entries({ "W*": ofLogOdds, W_mm: margin }).map(([name, found]) => [
      ...[name, found.status, String(found.iterations), found.seconds.toFixed(1), mebibytes(found.gpuBytes)],
    ]),
  ]);
  return { adapter: gpu.adapter, logOdds: ofLogOdds, margin };
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toPrecision(3)} MiB`;

/** Counts bytes from now on; gives the most at one time since it was last asked. */
function countBytes({ device }: Gpu): () => number {
  const create = device.createBuffer.bind(device);
  let [alive, most] = [0, 0];
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    let isAlive = true;
    alive += descriptor.size;
    most = Math.max(most, alive);
    buffer.destroy = () => {
      if (isAlive) alive -= descriptor.size;
      isAlive = false;
      destroy();
    };
    return buffer;
  };
  return () => {
    const since = most;
    most = alive;
    return since;
  };
}
