import { joinDecoder } from "../../src/maps/decoder.ts";
import { deviceProblem } from "../../src/maps/device-problem.ts";
import { deviceShape } from "../../src/maps/device-shape.ts";
import { readMeasure } from "../../src/maps/loss.ts";
import { Batch } from "../../src/gpu/batch.ts";
import { openGpu, type Gpu } from "../../src/gpu/device.ts";
import { readArrays } from "../../src/readback/read-arrays.ts";
import { withWorkspace } from "../../src/gpu/workspace.ts";
import { chooseMethod, type Method } from "../../src/training/methods/method.ts";
import { aliveOf, buffersMade, bytesOf } from "../support/buffers.ts";
import { deferred } from "../../src/support/deferred.ts";
import type { Execution } from "../../src/training/engines/execution.ts";
import { prepareIteration } from "../../src/training/engines/prepare-iteration.ts";
import {
  analyse,
  estimateRun,
  evaluate,
  logOdds,
  maxMargin,
  memoryNeeded,
  referenceLoss,
  ridgePath,
  train,
  trainEmbeddings,
  type Problem,
  type RunChoice,
  type RunEstimate,
  type TracePoint,
  type TrainOptions,
  type TrainResult,
  type TrainRun,
} from "../../src/index.ts";
import { closeBeside, open, openBeside, problemOf, type ProblemText } from "../support/page-problem.ts";

export async function entropyOf(given: ProblemText): Promise<number> {
  return (await problemOf(given)).entropy;
}

export async function evaluateAt(given: ProblemText, decoder: Float64Array): ReturnType<typeof evaluate> {
  return evaluate(await open(), await problemOf(given), decoder);
}

export async function trainOn(given: ProblemText, options: TrainOptions): Promise<TrainResult> {
  return train(await open(), await problemOf(given), options).result();
}

/** The loss gap after some steps, and the float64 one of the decoder that came back: large decoders stay on the page. */
export async function lossGapAfter(given: ProblemText, steps: number): Promise<Record<"found" | "expected", number>> {
  const problem = await problemOf(given);
  const { trace, decoder } = await train(await open(), problem, { steps, record: [steps] }).result();
  return { found: trace[0]!.lossGap, expected: referenceLoss(problem, decoder).lossGap };
}

/** A run that is held against both limits. */
export async function trainTowards(given: ProblemText, options: TrainOptions): Promise<TrainResult> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  const towards = { finite: await logOdds(gpu, problem), margin: await maxMargin(gpu, problem) };
  return train(gpu, problem, { ...options, towards }).result();
}

export async function memoryOf(given: ProblemText, choice: RunChoice): ReturnType<typeof memoryNeeded> {
  return memoryNeeded(await problemOf(given), choice);
}

/** Bytes of storage and staging buffers that were created during a run. */
export async function allocatedIn(
  given: ProblemText,
  choice: RunChoice,
): Promise<{ total: number; largest: number; alive: number; reported: number }> {
  const gpu = await openBeside();
  const made = buffersMade(gpu);
  const { memoryBytes: reported } = await startOf(gpu, await problemOf(given), choice).result();
  closeBeside(gpu);
  const storage = made.filter(({ usage }) => usage & GPUBufferUsage.STORAGE);
  const used = [...storage, ...made.filter(({ usage }) => usage & GPUBufferUsage.MAP_READ)];
  const largest = Math.max(...storage.map(({ size }) => size));
  return { total: bytesOf(used), largest, alive: aliveOf(used), reported };
}

/** Two steps of a run. */
function startOf(
  gpu: Gpu,
  problem: Problem,
  choice: RunChoice,
): { result(): Promise<{ readonly memoryBytes: number }> } {
  const two = { steps: 2, stepSize: 0.1 };
  if (choice.model === "embeddings") {
    const { model: _, ...options } = choice;
    return trainEmbeddings(gpu, problem, { ...options, ...two });
  }
  const { model: _, ...options } = choice;
  return train(gpu, problem, { ...options, ...two });
}

/** What a run is said to cost, beside what it holds. */
export async function estimateOf(
  given: ProblemText,
  choice: RunChoice,
): Promise<{ estimate: RunEstimate; memoryBytes: number }> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  const { memoryBytes } = await startOf(gpu, problem, choice).result();
  return { estimate: await estimateRun(gpu, problem, choice), memoryBytes };
}

/** GPU objects that are created while the steps of a run are taken, after its first recorded point. */
export async function createdPerStep(given: ProblemText, options: TrainOptions): Promise<Record<string, number>> {
  const gpu = await openBeside();
  const counts: Record<string, number> = {};
  let counting = false;
  for (const name of ["createBuffer", "createBindGroup", "createComputePipelineAsync", "createShaderModule"] as const) {
    counts[name] = 0;
    const create = gpu.device[name].bind(gpu.device) as (descriptor: never) => never;
    gpu.device[name] = (descriptor: never) => {
      if (counting) counts[name]!++;
      return create(descriptor);
    };
  }
  const prototype = GPUBuffer.prototype as { mapAsync: (this: GPUBuffer, mode: number) => Promise<undefined> };
  const { mapAsync } = prototype;
  counts["mapAsync"] = 0;
  prototype.mapAsync = function (mode) {
    if (counting) counts["mapAsync"]!++;
    return mapAsync.call(this, mode);
  };
  for await (const point of train(gpu, await problemOf(given), { ...options, steps: 600, record: [1, 2, 600] })) {
    if (point.step === 2) counting = true;
    if (point.step === 600) counting = false;
  }
  prototype.mapAsync = mapAsync;
  closeBeside(gpu);
  return counts;
}

/** Aborts a long run as soon as a submission after its first points is under way; what ended between that and the end of its iteration. */
export async function cancelRun(given: ProblemText): Promise<{
  result: TrainResult;
  submissionsAwaited: number;
  pointsSeen: number;
}> {
  const gpu = await openGpu();
  const controller = new AbortController();
  let [reached, endedSince] = [0, 0];
  const { queue } = gpu.device;
  const submit = queue.submit.bind(queue);
  queue.submit = (buffers) => {
    submit(buffers);
    // the run waits for the submission by then
    if (reached >= 100) queueMicrotask(() => controller.abort());
  };
  const run = train(gpu, await problemOf(given), {
    steps: 1e8,
    signal: controller.signal,
    onProgress: ({ step }) => {
      reached = step;
      if (controller.signal.aborted) endedSince++;
    },
  });
  const seen: TracePoint[] = [];
  for await (const point of run) seen.push(point);
  const submissionsAwaited = endedSince;
  const result = await run.result();
  gpu.destroy();
  return { result, submissionsAwaited, pointsSeen: seen.length };
}

export async function runAborted(given: ProblemText): Promise<TrainResult> {
  return train(await open(), await problemOf(given), { signal: AbortSignal.abort() }).result();
}

/** Time in which a run that goes on would end a submission, however long that takes. */
async function untilIdle(gpu: Gpu): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await gpu.idle();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Pauses a run, waits, and resumes it. */
export async function pauseRun(given: ProblemText): Promise<{ whilePaused: number[]; result: TrainResult }> {
  const reached: number[] = [];
  const gpu = await open();
  const paused = deferred<void>();
  const run = train(gpu, await problemOf(given), {
    steps: 5000,
    onProgress: ({ step }) => {
      if (reached.push(step) > 1) return;
      run.pause();
      paused.resolve();
    },
  });
  const result = run.result();
  await paused.promise;
  const before = reached.at(-1)!;
  await untilIdle(gpu);
  const after = reached.at(-1)!;
  run.resume();
  return { whilePaused: [before, after], result: await result };
}

/** Leaves the iteration in the middle. */
export async function breakOff(given: ProblemText): Promise<{ seen: TracePoint[]; result: TrainResult }> {
  const run = train(await open(), await problemOf(given), { steps: 100_000 });
  const seen: TracePoint[] = [];
  for await (const point of run) {
    seen.push(point);
    if (seen.length === 3) break;
  }
  return { seen, result: await run.result() };
}

/** Continues a run from its state, beside the same run in one go. */
export async function continueRun(
  given: ProblemText,
  first: number,
  last: number,
  options: TrainOptions = {},
): Promise<TrainResult[]> {
  const gpu = await open();
  const problem = await problemOf(given);
  const whole = await train(gpu, problem, { ...options, steps: last, initial: "lecun" }).result();
  const begun = await train(gpu, problem, { ...options, steps: first, initial: "lecun" }).result();
  const ended = await train(gpu, problem, { steps: last, from: begun.state }).result();
  return [whole, ended];
}

/** The end of a run, and where it was one step before. */
export async function lastStep(given: ProblemText, steps: number, options: TrainOptions): Promise<TrainResult[]> {
  const gpu = await open();
  const problem = await problemOf(given);
  const before = await train(gpu, problem, { ...options, steps: steps - 1 }).result();
  return [await train(gpu, problem, { steps, record: [], from: before.state }).result(), before];
}

/** How a run ends; the code where it fails. */
const endOf = (run: TrainRun): Promise<string> =>
  run.result().then(
    ({ status }) => status,
    (error: unknown) => (error as { code: string }).code,
  );

/** Loses the device in the middle of a run. */
export async function closeDevice(given: ProblemText): Promise<string> {
  const gpu = await openGpu();
  return endOf(train(gpu, await problemOf(given), { steps: 1e8, onProgress: () => gpu.destroy() }));
}

/** The decoder after some steps, and that of a run which goes on from there and is cancelled before. */
export async function cancelContinued(
  given: ProblemText,
  options: TrainOptions,
): Promise<{ decoder: Float64Array; found: Float64Array }> {
  const [gpu, problem] = [await open(), await problemOf(given)];
  const { decoder, state } = await train(gpu, problem, { ...options, steps: 300 }).result();
  const cancelled = train(gpu, problem, { from: state, steps: 1000, signal: AbortSignal.abort() });
  return { decoder, found: (await cancelled.result()).decoder };
}

/** A run on a device whose sums are a thousandth too large, and the float64 gap at its end. */
export async function trainOnWrongSums(
  given: ProblemText,
  options: TrainOptions,
): Promise<{ result: TrainResult; report: string; lossGap: number }> {
  const [gpu, problem] = [await openGpu(), await problemOf(given)];
  const create = gpu.device.createShaderModule.bind(gpu.device);
  gpu.device.createShaderModule = (descriptor) =>
    create(
      descriptor.label === "sum"
        ? { ...descriptor, code: descriptor.code.replace("= total;", "= 1.001 * total;") }
        : descriptor,
    );
  const result = await train(gpu, problem, options).result();
  const file = new File([given as Uint8Array<ArrayBuffer>], "case.npz");
  const { report } = await analyse(file, { gpu, steps: 10 });
  gpu.destroy();
  return { result, report, lossGap: referenceLoss(problem, result.decoder).lossGap };
}

/** The ways to use a run twice, or not at all. */
export async function misuseRun(given: ProblemText): Promise<Record<string, unknown>> {
  const gpu = await open();
  const problem = await problemOf(given);
  const codeOf = (use: () => unknown): unknown => {
    try {
      use();
      return "accepted";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const twice = train(gpu, problem, { steps: 3 });
  twice[Symbol.asyncIterator]();
  const secondLoop = codeOf(() => twice[Symbol.asyncIterator]());
  const untouched = (await twice.result()).status;

  const started = train(gpu, problem, { steps: 3 });
  const ending = started.result();
  const loopAfterResult = codeOf(() => started[Symbol.asyncIterator]());
  const points = (await ending).trace.length;

  const left = train(gpu, problem, { steps: 1000 });
  await left[Symbol.asyncIterator]().return?.();
  const { status, state } = await left.result();
  return { secondLoop, untouched, loopAfterResult, points, leftBeforeItBegan: [status, state.step] };
}

/** Resumes and pauses within one moment, while the run stands still. */
export async function pauseTwice(given: ProblemText): Promise<[number, number]> {
  let reached = 0;
  const controller = new AbortController();
  const gpu = await open();
  const begun = deferred<void>();
  const run = train(gpu, await problemOf(given), {
    steps: 1e8,
    signal: controller.signal,
    onProgress: ({ step }) => {
      reached = step;
      begun.resolve();
    },
  });
  const result = run.result();
  await begun.promise;
  run.pause();
  await untilIdle(gpu);
  const before = reached;
  run.resume();
  run.pause();
  await untilIdle(gpu);
  const after = reached;
  controller.abort();
  await result;
  return [before, after];
}

/** Loses the device while a run is paused. */
export async function closePaused(given: ProblemText): Promise<string> {
  const gpu = await openGpu();
  const begun = deferred<void>();
  const run = train(gpu, await problemOf(given), { steps: 1e8, onProgress: () => begun.resolve() });
  const end = endOf(run);
  await begun.promise;
  run.pause();
  await untilIdle(gpu);
  gpu.destroy();
  return end;
}

/** Buffers that are left when one kernel of a run does not compile. */
export async function failToPrepare(given: ProblemText): Promise<{ code: string; alive: number }> {
  const gpu = await openGpu();
  const compile = gpu.device.createComputePipelineAsync.bind(gpu.device);
  const compiled: Promise<GPUComputePipeline>[] = [];
  gpu.device.createComputePipelineAsync = (descriptor) => {
    const pipeline = descriptor.label === "matrix-product" ? Promise.reject(new Error("refused")) : compile(descriptor);
    compiled.push(pipeline);
    return pipeline;
  };
  const made = buffersMade(gpu);
  const code = await endOf(train(gpu, await problemOf(given), { steps: 1, stepSize: 1 }));
  await Promise.allSettled(compiled);
  await untilIdle(gpu);
  gpu.destroy();
  return { code, alive: aliveOf(made) };
}

/** Steps of gradient descent with the logits of so many contexts on the device at one time, measured at the end. */
export async function descendInBlocks(
  source: ProblemText,
  contextsAtOnce: number,
  given: Partial<Method>,
  stepSize: number,
  steps: number,
): Promise<{ blocks: number; lossGap: number; decoder: Float64Array }> {
  const [problem, method] = [await problemOf(source), chooseMethod(given)];
  return withWorkspace(await open(), async (workspace) => {
    const device = deviceProblem(workspace, problem, { ...deviceShape(problem), contextsAtOnce });
    const iteration = await prepareIteration(workspace, device, "stepwise", { method, stepSize, taken: 0 });
    const batch = new Batch(workspace.gpu, "blocks");
    iteration.advance(batch, steps - 1);
    iteration.loss(batch);
    iteration.advance(batch, 1);
    iteration.loss(batch);
    iteration.measure(batch);
    batch.submit();
    const { high, low } = iteration.decoder;
    const [measures, ...pair] = await readArrays(iteration.measures, high, low);
    return {
      blocks: iteration.blocks.length,
      lossGap: readMeasure(measures).lossGap,
      decoder: joinDecoder(pair, device.shape),
    };
  });
}

/** How the steps of a run reach the device: `contextsAtOnce` only where they go through blocks of contexts. */
export interface Engine {
  readonly execution: Execution;
  readonly contextsAtOnce?: number;
}

/**
 * The decoder some steps on from a state: in one go, from all of the state, and from the state with one array forgotten, for
 * each array that is not zero by itself.
 */
export async function goOn(
  source: ProblemText,
  { execution, contextsAtOnce }: Engine,
  given: Partial<Method>,
  first: number,
  last: number,
): Promise<{ whole: Float64Array; continued: Float64Array; forgotten: Record<string, Float64Array> }> {
  const [problem, method] = [await problemOf(source), chooseMethod(given)];
  const gpu = await open();
  const shape = { ...deviceShape(problem), ...(contextsAtOnce !== undefined && { contextsAtOnce }) };
  const advance = (from: Readonly<Record<string, Float32Array>> | undefined, taken: number, steps: number) =>
    withWorkspace(gpu, async (workspace) => {
      const device = deviceProblem(workspace, problem, shape);
      const iteration = await prepareIteration(workspace, device, execution, { method, stepSize: 0.05, taken });
      if (from) for (const array of iteration.state) array.write(from[array.label]!);
      const batch = new Batch(gpu, "steps");
      iteration.advance(batch, steps);
      iteration.materialise(batch);
      batch.submit();
      const { high, low } = iteration.decoder;
      const values = await readArrays(...iteration.state, high, low);
      const state = Object.fromEntries(iteration.state.map(({ label }, i) => [label, values[i]!]));
      return { state, decoder: joinDecoder(values.slice(-2), shape) };
    });
  const { state } = await advance(undefined, 0, first);
  const goOnFrom = async (arrays: typeof state) => (await advance(arrays, first, last - first)).decoder;
  const forgotten: Record<string, Float64Array> = {};
  for (const [label, array] of Object.entries(state))
    if (array.some((value) => value !== 0))
      forgotten[label] = await goOnFrom({ ...state, [label]: new Float32Array(array.length) });
  return { whole: (await advance(undefined, 0, last)).decoder, continued: await goOnFrom(state), forgotten };
}

/** How often a problem's embeddings go to the device in several tasks on it, and how many copies are left when the GPU is given back. */
export async function uploadsOf(source: ProblemText): Promise<{ uploads: number; left: number }> {
  const [gpu, problem] = [await openGpu(), await problemOf(source)];
  const made = buffersMade(gpu);
  await estimateRun(gpu, problem);
  const { decoder } = await train(gpu, problem, { steps: 2, stepSize: 0.1 }).result();
  await evaluate(gpu, problem, decoder);
  await ridgePath(gpu, problem, { lambdas: [1] });
  gpu.destroy();
  const copies = made.filter(({ label }) => label === "embeddings");
  return { uploads: copies.length, left: aliveOf(copies) };
}
