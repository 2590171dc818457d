import { GpuArray } from "../src/gpu/array.ts";
import { openGpu, synthetic, train, type AdapterDescription, type Gpu } from "../src/index.ts";
import { readArrays } from "../src/readback/read-arrays.ts";
import { RECEIPT_BYTES } from "../src/readback/receipts.ts";
import { corruptedRuns, type CorruptedRuns } from "../test/studies/readbacks.page.ts";
import { CONSOLE, type Screen } from "./screen.ts";
import { SIZES, type SizeName } from "./sizes.ts";
import { median } from "./timing.ts";

/*
 * What receipts of readbacks cost: how much longer the readbacks of a run take than bare ones of the same size, as a part of the run.
 * And what they are for: tasks with a readback that arrives as another give the figures of an undisturbed one, or none.
 */

/** Steps of a run of some seconds on a software adapter. */
const STEPS = { tiny: 20_000, small: 500, medium: 40 } as const satisfies Partial<Record<SizeName, number>>;
const REPETITIONS = 31;
const TASKS = [
  "train",
  "analyse",
  "trainEmbeddings",
  "maxMargin",
  "logOdds",
  "ridgePath",
  "trainMany",
  "maxMarginMany",
];

interface Cost {
  readonly size: string;
  readonly steps: number;
  readonly runMs: number;
  readonly readbacks: number;
  /** How much longer all of them take together than without receipts. */
  readonly extraMs: number;
  readonly share: number;
}

interface ReceiptsResult {
  readonly adapter: AdapterDescription;
  readonly costs: readonly Cost[];
  readonly corrupted: Readonly<Record<string, CorruptedRuns>>;
}

export async function run(
  { corruptions, seed }: { corruptions: number; seed: number },
  screen: Screen = CONSOLE,
): Promise<ReceiptsResult> {
  const gpu = await openGpu();
  const costs: Cost[] = [];
  for (const size of Object.keys(STEPS) as (keyof typeof STEPS)[]) {
    const cost = await costOf(gpu, size);
    costs.push(cost);
    screen.say(
      `${size}: ${cost.readbacks} readbacks in ${(cost.runMs / 1000).toFixed(1)} s, receipts take ${cost.extraMs.toFixed(1)} ms, ${(100 * cost.share).toFixed(2)} % of the run`,
    );
  }
  gpu.destroy();
  const given = new Uint8Array(await (await fetch("/test/fixtures/plane.npz")).arrayBuffer());
  const corrupted: Record<string, CorruptedRuns> = {};
  for (const task of TASKS) {
    const runs = await corruptedRuns(task, given, Math.ceil(corruptions / TASKS.length), seed);
    corrupted[task] = runs;
    const { readbacks, same, refused, wrong } = runs;
    screen.say(
      `${task}: ${readbacks} readbacks; of ${same + refused + wrong.length} runs ${same} right, ${refused} refused, ${wrong.length} wrong`,
    );
  }
  return { adapter: gpu.adapter, costs, corrupted };
}

async function costOf(gpu: Gpu, size: keyof typeof STEPS): Promise<Cost> {
  const problem = synthetic({ ...SIZES[size], seed: 1 });
  const steps = STEPS[size];
  await train(gpu, problem, { steps: 2 }).result();
  const read: number[] = [];
  const prototype = GPUBuffer.prototype as { mapAsync: (this: GPUBuffer, mode: number) => Promise<undefined> };
  const { mapAsync } = prototype;
  prototype.mapAsync = function (mode) {
    read.push(this.size - RECEIPT_BYTES);
    return mapAsync.call(this, mode);
  };
  const begin = performance.now();
  await train(gpu, problem, { steps }).result();
  const runMs = performance.now() - begin;
  prototype.mapAsync = mapAsync;
  let extraMs = 0;
  for (const bytes of new Set(read))
    extraMs += read.filter((one) => one === bytes).length * (await extraOf(gpu, bytes));
  return { size, steps, runMs, readbacks: read.length, extraMs, share: extraMs / runMs };
}

/** How much longer a readback of so many bytes takes with a receipt, the two in turns. */
async function extraOf(gpu: Gpu, bytes: number): Promise<number> {
  const array = new GpuArray(gpu, "read", "f32", [bytes / 4], new Float32Array(bytes / 4).fill(1.5));
  const [checked, bare]: [number[], number[]] = [[], []];
  for (let i = 0; i < REPETITIONS; i++) {
    checked.push(await timeOf(() => readArrays(array)));
    bare.push(await timeOf(() => readBare(gpu, array)));
  }
  array.destroy();
  return median(checked) - median(bare);
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

async function readBare(gpu: Gpu, { buffer, length }: GpuArray): Promise<Float32Array> {
  const staging = gpu.staging.acquire(4 * length);
  const encoder = gpu.device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, 4 * length);
  gpu.device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(staging.getMappedRange().slice(0));
  staging.unmap();
  gpu.staging.release(staging);
  return values;
}
