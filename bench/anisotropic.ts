import { maxMargin, openGpu, type AdapterDescription, type Gpu, type Problem } from "../src/index.ts";
import { withWorkspace } from "../src/gpu/workspace.ts";
import { Ascent } from "../src/solvers/max-margin/ascent.ts";
import { anisotropic } from "../test/support/anisotropic.ts";
import { CONSOLE, type Screen } from "./screen.ts";

/*
 * Time to a max-margin decoder with a certified relative gap of 1e-4 where embeddings are anisotropic: by `maxMargin`, which goes on with
 * Newton's method in float64, and by its dual ascent alone, or what gap that has when the time is up.
 */

const SIZES = [100, 160, 300, 1000];
/** m/d, at which these problems are separable. */
const CONTEXTS_PER_DIMENSION = 1.6;
const GAP_TOLERANCE = 1e-4;

interface Solve {
  readonly seconds: number;
  readonly status: string;
  readonly iterations: number;
  readonly relativeGap: number;
}

interface SizeResult {
  readonly contexts: number;
  readonly dimensions: number;
  readonly whole: Solve;
  readonly ascent: Solve;
  /** Seconds of the whole over those of the ascent alone; at most that where the ascent was not done. */
  readonly ratio: number;
}

interface AnisotropicResult {
  readonly adapter: AdapterDescription;
  readonly gapTolerance: number;
  readonly sizes: readonly SizeResult[];
}

/** @param largest contexts; @param seconds that a solve may take */
export async function run(
  { largest, words, seconds, seed }: { largest: number; words: number; seconds: number; seed: number },
  screen: Screen = CONSOLE,
): Promise<AnisotropicResult> {
  const gpu = await openGpu();
  const sizes: SizeResult[] = [];
  for (const contexts of SIZES.filter((m) => m <= largest)) {
    screen.signal?.throwIfAborted();
    const dimensions = Math.round(contexts / CONTEXTS_PER_DIMENSION);
    const problem = anisotropic({
      ...{ contextCount: contexts, embeddingDim: dimensions, vocabularySize: words, supportSize: 6, seed },
    });
    // compiles
    await solve(gpu, problem, 0);
    const whole = await solve(gpu, problem, seconds);
    const ascent = await ascend(gpu, problem, seconds);
    sizes.push({
      ...{ contexts, dimensions, whole, ascent },
      ratio: whole.seconds / ascent.seconds,
    });
    screen.say(cellsOf(sizes.at(-1)!).join("  "));
  }
  screen.show(`time to a relative gap of ${GAP_TOLERANCE}`, [
    ["m", "d", "seconds", "iterations", "gap", "ascent alone", "iterations", "gap", "ratio"],
    ...sizes.map(cellsOf),
  ]);
  gpu.destroy();
  return { adapter: gpu.adapter, gapTolerance: GAP_TOLERANCE, sizes };
}

async function solve(gpu: Gpu, problem: Problem, seconds: number): Promise<Solve> {
  const begin = performance.now();
  const found = await maxMargin(gpu, problem, { gapTolerance: GAP_TOLERANCE, withinSeconds: seconds });
  return { ...figuresOf(found), seconds: (performance.now() - begin) / 1000 };
}

async function ascend(gpu: Gpu, problem: Problem, seconds: number): Promise<Solve> {
  const begin = performance.now();
  const ascent = new Ascent(problem, { withinSeconds: seconds });
  const found = await withWorkspace(gpu, async (workspace) => {
    const end = await ascent.run(workspace, GAP_TOLERANCE, Number.MAX_SAFE_INTEGER);
    return ascent.result(end, GAP_TOLERANCE, gpu.adapter);
  });
  return { ...figuresOf(found), seconds: (performance.now() - begin) / 1000 };
}

const figuresOf = ({ status, iterations, relativeGap }: Omit<Solve, "seconds">): Omit<Solve, "seconds"> => ({
  ...{ status, iterations, relativeGap },
});

const solveCells = ({ seconds, iterations, relativeGap }: Solve): string[] => [
  seconds.toFixed(1),
  String(iterations),
  relativeGap.toExponential(1),
];

const cellsOf = ({ contexts, dimensions, whole, ascent, ratio }: SizeResult): string[] => [
  ...[String(contexts), String(dimensions), ...solveCells(whole), ...solveCells(ascent)],
  `${ascent.relativeGap > GAP_TOLERANCE ? "≤ " : ""}${ratio.toPrecision(2)}`,
];
