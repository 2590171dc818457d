import { maxMargin, openGpu, readProblem, type AdapterDescription, type Gpu, type Problem } from "../src/index.ts";
import { Batch } from "../src/gpu/batch.ts";
import { withWorkspace } from "../src/gpu/workspace.ts";
import { deviceShape } from "../src/maps/device-shape.ts";
import { prepareDualAscent } from "../src/solvers/max-margin/dual-ascent.ts";
import { MarginCertificate } from "../src/solvers/max-margin/certificate.ts";
import { ascend } from "./ascent.ts";
import type { LoopsName } from "./plain-descent.ts";
import { table } from "./table.ts";
import { median } from "./timing.ts";

/*
 * Time to a max-margin decoder with a certified relative gap of 1e-5, by one method on the GPU and in float64 JavaScript on one
 * thread, on two of the solved problems: `wide` (V = 10, d = 60, m = 50) and `medium` (V = 128, d = 256, m = 200).
 */

const FIXTURES = ["wide", "medium"];
const GAP_TOLERANCE = 1e-5;
const LIMIT_MS = 60_000;
const RATE_WORK = 5e7;

interface Side {
  readonly medianMs: number;
  readonly leastMs: number;
  readonly iterations: number;
  readonly norm: number;
  /** Iterations a second, the bounds left out. */
  readonly rate: number;
  /** Median time of this side over that on the GPU. */
  readonly speedUp: number;
}

interface FixtureResult {
  readonly fixture: string;
  readonly gpu: Side;
  readonly plain: Side;
  readonly blocked: Side;
}

interface CertifiedResult {
  readonly adapter: AdapterDescription;
  readonly gapTolerance: number;
  readonly fixtures: readonly FixtureResult[];
}

export async function run({ repetitions }: { repetitions: number }): Promise<CertifiedResult> {
  const gpu = await openGpu();
  const fixtures: FixtureResult[] = [];
  for (const fixture of FIXTURES) fixtures.push(await measure(gpu, fixture, repetitions));
  console.log(`\n${tableOf(fixtures)}\n`);
  gpu.destroy();
  return { adapter: gpu.adapter, gapTolerance: GAP_TOLERANCE, fixtures };
}

async function measure(gpu: Gpu, fixture: string, repetitions: number): Promise<FixtureResult> {
  const bytes = await (await fetch(`/test/fixtures/${fixture}.npz`)).arrayBuffer();
  const { problem } = await readProblem(new File([bytes], `${fixture}.npz`));
  const sides = {
    gpu: () => onGpu(gpu, problem),
    plain: () => onCpu(problem, "plain"),
    blocked: () => onCpu(problem, "blocked"),
  };
  const names = Object.keys(sides) as (keyof typeof sides)[];
  const runs: Record<keyof typeof sides, Run[]> = { gpu: [], plain: [], blocked: [] };
  // all once before: pipelines and JavaScript are compiled
  for (const name of names) await sides[name]();
  for (let r = 0; r < repetitions; r++) for (const name of names) runs[name].push(await sides[name]());
  const gpuMs = median(runs.gpu.map(({ ms }) => ms));
  const sideOf = (name: keyof typeof sides): Side => sideOfRuns(runs[name], gpuMs);
  const result = { fixture, gpu: sideOf("gpu"), plain: sideOf("plain"), blocked: sideOf("blocked") };
  for (const { norm } of [result.plain, result.blocked])
    // all norms are within half the gap above ‖W_mm‖
    if (!(Math.abs(result.gpu.norm / norm - 1) <= GAP_TOLERANCE)) throw new Error(`${fixture}: two norms differ`);
  return result;
}

interface Run {
  readonly ms: number;
  readonly iterations: number;
  readonly norm: number;
  readonly rate: number;
}

async function onGpu(gpu: Gpu, problem: Problem): Promise<Run> {
  const begin = performance.now();
  const { status, iterations, norm } = await maxMargin(gpu, problem, { gapTolerance: GAP_TOLERANCE });
  if (status !== "optimal-certified") throw new Error(`the GPU ended as ${status}`);
  const ms = performance.now() - begin;
  return { ms, iterations, norm, rate: await rateOnGpu(gpu, problem) };
}

function onCpu(problem: Problem, loops: LoopsName): Run {
  const begin = performance.now();
  const { relativeGap, iterations, iterationMs, upperBound } = ascend(problem, GAP_TOLERANCE, LIMIT_MS, loops);
  if (!(relativeGap <= GAP_TOLERANCE)) throw new Error("JavaScript did not get to the gap");
  return { ms: performance.now() - begin, iterations, norm: upperBound, rate: (1000 * iterations) / iterationMs };
}

/** Iterations a second of one submission of about RATE_WORK multiply-adds. */
async function rateOnGpu(gpu: Gpu, problem: Problem): Promise<number> {
  return withWorkspace(gpu, async (workspace) => {
    const certificate = new MarginCertificate(problem);
    const ascent = await prepareDualAscent(workspace, deviceShape(problem), certificate.scaledEmbeddings());
    const count = Math.max(Math.floor(RATE_WORK / ascent.work), 1);
    ascent.startRound(certificate);
    await gpu.idle();
    const batch = new Batch(gpu, "rate");
    ascent.iterate(batch, count);
    const begin = performance.now();
    batch.submit();
    await gpu.idle();
    return (1000 * count) / (performance.now() - begin);
  });
}

const sideOfRuns = (runs: readonly Run[], gpuMs: number): Side => ({
  medianMs: median(runs.map(({ ms }) => ms)),
  leastMs: Math.min(...runs.map(({ ms }) => ms)),
  iterations: median(runs.map(({ iterations }) => iterations)),
  norm: runs[0]!.norm,
  rate: median(runs.map(({ rate }) => rate)),
  speedUp: median(runs.map(({ ms }) => ms)) / gpuMs,
});

function tableOf(fixtures: readonly FixtureResult[]): string {
  const rowOf = (name: string, side: Side): string[] => [
    name,
    side.medianMs.toFixed(1),
    side.leastMs.toFixed(1),
    String(side.iterations),
    side.rate.toFixed(0),
    side.speedUp.toPrecision(2),
  ];
  return table([
    ["", "median ms", "least", "iterations", "a second", "of the GPU's"],
    ...fixtures.flatMap(({ fixture, gpu, plain, blocked }) => [
      rowOf(`${fixture}, GPU`, gpu),
      rowOf(`${fixture}, plain JS`, plain),
      rowOf(`${fixture}, blocked JS`, blocked),
    ]),
  ]);
}
