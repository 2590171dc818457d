import {
  marginInNorm,
  openGpu,
  synthetic,
  type AdapterDescription,
  type DecoderNorm,
  type NormMargin,
} from "../src/index.ts";
import { CONSOLE, type Screen } from "./screen.ts";

/*
 * Time to a decoder of least max and spectral norm with a certified relative gap of 1e-5, and the gap where the time ran out. Gaussian
 * embeddings and four next words, with dimensions enough to separate.
 */

const SIZES = [
  { vocabularySize: 40, contextCount: 50, embeddingDim: 40 },
  { vocabularySize: 100, contextCount: 100, embeddingDim: 80 },
  { vocabularySize: 200, contextCount: 150, embeddingDim: 100 },
  { vocabularySize: 1000, contextCount: 100, embeddingDim: 80 },
  { vocabularySize: 250, contextCount: 400, embeddingDim: 300 },
] as const;
const NORMS: readonly DecoderNorm[] = ["max", "spectral"];
const GAP_TOLERANCE = 1e-5;

interface Solve extends Pick<NormMargin, "norm" | "status" | "iterations" | "relativeGap" | "upperBound"> {
  readonly vocabularySize: number;
  readonly contextCount: number;
  readonly embeddingDim: number;
  /** Compilation left out, as another solve has been made before. */
  readonly seconds: number;
}

interface NormsResult {
  readonly adapter: AdapterDescription;
  readonly gapTolerance: number;
  readonly solves: readonly Solve[];
}

/** @param largest V m of the largest problem; @param seconds that a solve may take */
export async function run(
  { largest, seconds, seed }: { largest: number; seconds: number; seed: number },
  screen: Screen = CONSOLE,
): Promise<NormsResult> {
  const gpu = await openGpu();
  await marginInNorm(gpu, synthetic({ ...SIZES[0], supportSize: 4, seed }), { norm: "max", maxIterations: 1 });
  const solves: Solve[] = [];
  for (const size of SIZES.filter(({ vocabularySize, contextCount }) => vocabularySize * contextCount <= largest)) {
    const problem = synthetic({ ...size, supportSize: 4, seed });
    for (const norm of NORMS) {
      screen.signal?.throwIfAborted();
      const begin = performance.now();
      const found = await marginInNorm(gpu, problem, {
        ...{ norm, gapTolerance: GAP_TOLERANCE, withinSeconds: seconds },
        signal: screen.signal,
      });
      const { status, iterations, relativeGap, upperBound } = found;
      const solve: Solve = {
        ...{ ...size, norm, status, iterations, relativeGap, upperBound },
        seconds: (performance.now() - begin) / 1000,
      };
      solves.push(solve);
      screen.say(cellsOf(solve).join("  "));
    }
  }
  screen.show(`time to a relative gap of ${GAP_TOLERANCE}`, [
    ["V", "m", "d", "norm", "seconds", "iterations", "gap", "status"],
    ...solves.map(cellsOf),
  ]);
  gpu.destroy();
  return { adapter: gpu.adapter, gapTolerance: GAP_TOLERANCE, solves };
}

const cellsOf = (solve: Solve): string[] => [
  ...[solve.vocabularySize, solve.contextCount, solve.embeddingDim].map(String),
  ...[solve.norm, solve.seconds.toFixed(1), String(solve.iterations), solve.relativeGap.toExponential(1), solve.status],
];
