import { maxMargin, openGpu, synthetic, type AdapterDescription, type Gpu, type Problem } from "../src/index.ts";
import { coordinateDescent } from "./coordinate-descent.ts";
import { CONSOLE, type Screen } from "./screen.ts";
import { median } from "./timing.ts";

/*
 * Time to a max-margin decoder with a certified relative gap of 1e-5, on the GPU and on one CPU thread. Problems as in arXiv
 * 2402.18551: V = 10, six next words, N(0, 1) embeddings with d = 1.2 m (50 and 60 there), well above the border of separability
 * near d = 0.78 m, so that the problems of all sizes are alike.
 */

const SIZES = [10, 20, 50, 100, 200, 500, 1000, 2000];
const DIMENSIONS_PER_CONTEXT = 1.2;
const GAP_TOLERANCE = 1e-5;
/** Problems of a size; fewer when they have taken the time that a size may. */
const REPETITIONS = 5;
const SIZE_LIMIT_MS = 60_000;
/** One solve may take so long. */
const SOLVE_LIMIT_MS = 60_000;

/** Times of solves that reached the gap, and where the others ended. */
interface Timing {
  readonly medianMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
  /** Iterations or sweeps, median. */
  readonly steps: number;
  readonly certified: number;
}

interface SizeResult {
  readonly contexts: number;
  readonly dimensions: number;
  readonly repetitions: number;
  readonly gpu: Timing;
  readonly cpu: Timing;
  /** Median of the CPU's time in the upper bound. */
  readonly cpuCertificateMs: number;
  /** Largest difference between the norms that both ended with, relative. */
  readonly normDifference: number;
}

interface MarginResult {
  readonly adapter: AdapterDescription;
  readonly gapTolerance: number;
  /** The first solve on a new device less the second one: compilation of the pipelines. */
  readonly warmUpMs: number;
  readonly sizes: readonly SizeResult[];
}

interface Solve {
  readonly ms: number;
  readonly steps: number;
  readonly isCertified: boolean;
  readonly norm: number;
}

export async function run({ largest }: { largest: number }, screen: Screen = CONSOLE): Promise<MarginResult> {
  const gpu = await openGpu();
  const small = problemOf(SIZES[0]!, 1);
  const [first, second] = [await solveOnGpu(gpu, small), await solveOnGpu(gpu, small)];
  const warmUpMs = first.ms - second.ms;
  screen.say(`compilation of the pipelines: ${warmUpMs.toFixed(0)} ms, not counted below`);
  coordinateDescent(small, GAP_TOLERANCE, SOLVE_LIMIT_MS);
  const sizes: SizeResult[] = [];
  for (const contexts of SIZES.filter((m) => m <= largest)) {
    const size = await measure(gpu, contexts, screen);
    sizes.push(size);
    screen.say(`m = ${contexts}: ${size.repetitions} problems done`);
  }
  screen.show(`time to a relative gap of ${GAP_TOLERANCE}`, tableOf(sizes));
  gpu.destroy();
  return { adapter: gpu.adapter, gapTolerance: GAP_TOLERANCE, warmUpMs, sizes };
}

async function measure(gpu: Gpu, contexts: number, screen: Screen): Promise<SizeResult> {
  const begin = performance.now();
  const [onGpu, onCpu, certificates, differences]: [Solve[], Solve[], number[], number[]] = [[], [], [], []];
  for (let seed = 1; seed <= REPETITIONS; seed++) {
    screen.signal?.throwIfAborted();
    const problem = problemOf(contexts, seed);
    const fromGpu = await solveOnGpu(gpu, problem);
    const { certificateMs, ...fromCpu } = solveOnCpu(problem);
    onGpu.push(fromGpu);
    onCpu.push(fromCpu);
    certificates.push(certificateMs);
    if (fromGpu.isCertified && fromCpu.isCertified) differences.push(Math.abs(fromGpu.norm / fromCpu.norm - 1));
    if (performance.now() - begin > SIZE_LIMIT_MS) break;
  }
  const normDifference = Math.max(0, ...differences);
  // both norms are within half the gap above ‖W_mm‖
  if (normDifference > GAP_TOLERANCE) throw new Error(`m = ${contexts}: the two norms differ by ${normDifference}`);
  return {
    contexts,
    dimensions: dimensionsOf(contexts),
    repetitions: onGpu.length,
    gpu: timingOf(onGpu),
    cpu: timingOf(onCpu),
    cpuCertificateMs: median(certificates),
    normDifference,
  };
}

async function solveOnGpu(gpu: Gpu, problem: Problem): Promise<Solve> {
  const begin = performance.now();
  const signal = AbortSignal.timeout(SOLVE_LIMIT_MS);
  const { status, iterations, norm } = await maxMargin(gpu, problem, { gapTolerance: GAP_TOLERANCE, signal });
  return { ms: performance.now() - begin, steps: iterations, isCertified: status === "optimal-certified", norm };
}

function solveOnCpu(problem: Problem): Solve & { readonly certificateMs: number } {
  const begin = performance.now();
  const { relativeGap, sweeps, upperBound, certificateMs } = coordinateDescent(problem, GAP_TOLERANCE, SOLVE_LIMIT_MS);
  const ms = performance.now() - begin;
  return { ms, steps: sweeps, isCertified: relativeGap <= GAP_TOLERANCE, norm: upperBound, certificateMs };
}

const dimensionsOf = (contexts: number): number => Math.round(DIMENSIONS_PER_CONTEXT * contexts);

const problemOf = (contexts: number, seed: number): Problem =>
  synthetic({ contextCount: contexts, embeddingDim: dimensionsOf(contexts), vocabularySize: 10, supportSize: 6, seed });

function timingOf(solves: readonly Solve[]): Timing {
  const times = solves.map(({ ms }) => ms);
  return {
    medianMs: median(times),
    leastMs: Math.min(...times),
    mostMs: Math.max(...times),
    steps: median(solves.map(({ steps }) => steps)),
    certified: solves.filter(({ isCertified }) => isCertified).length,
  };
}

function tableOf(sizes: readonly SizeResult[]): string[][] {
  const title = [
    "m",
    "d",
    "GPU ms",
    "least – most",
    "iterations",
    "certified",
    "CPU ms",
    "least – most",
    "sweeps",
    "certified",
  ];
  const rows = sizes.map(({ contexts, dimensions, repetitions, gpu, cpu }) => [
    ...[String(contexts), String(dimensions), ...cellsOf(gpu, repetitions), ...cellsOf(cpu, repetitions)],
    Math.min(gpu.certified, cpu.certified) === repetitions ? (gpu.medianMs / cpu.medianMs).toPrecision(2) : "–",
  ]);
  return [[...title, "GPU/CPU"], ...rows];
}

const cellsOf = ({ medianMs, leastMs, mostMs, steps, certified }: Timing, repetitions: number): string[] => [
  medianMs.toFixed(1),
  `${leastMs.toFixed(1)} – ${mostMs.toFixed(1)}`,
  String(steps),
  `${certified}/${repetitions}`,
];
