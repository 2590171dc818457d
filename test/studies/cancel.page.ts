import { openGpu, type Gpu } from "../../src/gpu/device.ts";
import {
  analyse,
  embeddingPath,
  logOdds,
  maxMargin,
  maxMarginMany,
  nuclearMargin,
  project,
  ridgePath,
  runEmbeddingExperiment,
  runExperiment,
  synthetic,
  train,
  trainEmbeddings,
  trainMany,
} from "../../src/index.ts";
import { aliveOf, buffersMade, ofTasks } from "../support/buffers.ts";

const SIZES = { contextCount: 7, embeddingDim: 9, vocabularySize: 5 };
const problem = synthetic({ ...SIZES, supportSize: { min: 1, max: 3 }, seed: 1 });
const random = { count: 20, ...SIZES, supportSize: 2 };
const text = "one two three one three two two one three one two three ".repeat(5);
const file = (): File => new File([text], "rhyme.txt");

async function statuses(results: AsyncIterable<{ status: string }>): Promise<string> {
  const found = new Set<string>();
  for await (const { status } of results) found.add(status);
  return [...found].join(" ") || "none";
}

/** Every long operation: with what status it ends. */
const OPERATIONS = {
  train: async (gpu, signal) => (await train(gpu, problem, { signal }).result()).status,
  trainInOneWorkgroup: async (gpu, signal) =>
    (await train(gpu, problem, { signal, optimizer: "adam", initial: "lecun", execution: "one-workgroup" }).result())
      .status,
  trainEmbeddings: async (gpu, signal) => (await trainEmbeddings(gpu, problem, { signal }).result()).status,
  trainMany: (gpu, signal) => statuses(trainMany(gpu, [problem, problem], { signal })),
  trainManyRandom: (gpu, signal) => statuses(trainMany(gpu, random, { signal })),
  maxMargin: async (gpu, signal) => (await maxMargin(gpu, problem, { signal })).status,
  maxMarginMany: (gpu, signal) => statuses(maxMarginMany(gpu, [problem, problem], { signal })),
  maxMarginManyRandom: (gpu, signal) => statuses(maxMarginMany(gpu, random, { signal })),
  logOdds: async (gpu, signal) => (await logOdds(gpu, problem, { signal })).status,
  project: async (gpu, signal) =>
    (await project(gpu, problem, new Float64Array(45).fill(1).with(3, 2), { signal })).status,
  ridgePath: async (gpu, signal) => (await ridgePath(gpu, problem, { signal })).points.at(-1)!.status,
  ridgePathOfRadii: async (gpu, signal) =>
    (await ridgePath(gpu, problem, { radii: [1, 2], signal })).points.at(-1)!.status,
  embeddingPath: async (gpu, signal) => (await embeddingPath(gpu, problem, { signal })).points.at(-1)!.status,
  nuclearMargin: async (gpu, signal) => (await nuclearMargin(gpu, problem, { signal })).status,
  runExperiment: async (gpu, signal) => (await runExperiment("plane", { gpu, signal })).status,
  runEmbeddingExperiment: async (gpu, signal) =>
    (await runEmbeddingExperiment("collapse", { gpu, signal })).record.status,
  analyse: async (gpu, signal) => (await analyse(file(), { gpu, signal, ridge: [0.1], nuclear: true })).status,
  analyseEmbeddings: async (gpu, signal) =>
    (await analyse(file(), { gpu, signal, trainedEmbeddings: true, limitsWithin: 0 })).status,
} satisfies Record<string, (gpu: Gpu, signal: AbortSignal) => Promise<string>>;

export type Operation = keyof typeof OPERATIONS;

/** When the signal fires: before the call, at the first pipeline that is created, or when the first work is waited for; neither then ends. */
export type Moment = "before" | "compiling" | "waiting";

export interface Cancelled {
  readonly status: string;
  readonly pipelines: number;
  readonly buffers: number;
  readonly unhandled: string[];
}

/** What comes of an operation on a device of its own. Returns once all that it has allocated is given back. */
export async function cancel(name: Operation, moment: Moment): Promise<Cancelled> {
  const gpu = await openGpu();
  const { device } = gpu;
  const controller = new AbortController();
  const fire = (): void => controller.abort();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  /** Makes a method wait for the release, and fires once somebody waits for it. */
  const hold = <Owner extends object>(owner: Owner, method: keyof Owner): (() => void) => {
    const had = Object.getOwnPropertyDescriptor(owner, method);
    const original = owner[method] as (...args: unknown[]) => Promise<unknown>;
    const held = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
      queueMicrotask(fire);
      await released;
      return original.apply(this, args);
    };
    Object.defineProperty(owner, method, { value: held, configurable: true, writable: true });
    return () => (had ? Object.defineProperty(owner, method, had) : delete owner[method]);
  };
  let pipelines = 0;
  const createPipeline = device.createComputePipelineAsync.bind(device);
  device.createComputePipelineAsync = (descriptor) => {
    pipelines++;
    return createPipeline(descriptor);
  };
  const made = buffersMade(gpu);
  const unhandled: string[] = [];
  const note = (event: PromiseRejectionEvent): void => void unhandled.push(String(event.reason));
  addEventListener("unhandledrejection", note);
  const restore: (() => void)[] = [];
  if (moment === "before") fire();
  if (moment === "compiling") restore.push(hold(device, "createComputePipelineAsync"));
  if (moment === "waiting")
    restore.push(hold(GPUBuffer.prototype, "mapAsync"), hold(device.queue, "onSubmittedWorkDone"));
  try {
    const status = await OPERATIONS[name](gpu, controller.signal).catch((error: unknown) => {
      if (controller.signal.aborted && error === controller.signal.reason) return "rejected with the reason";
      throw error;
    });
    const result = { status, pipelines, buffers: made.length };
    restore.forEach((undo) => undo());
    release();
    for (gpu.shared.clear(); aliveOf(ofTasks(made)) > 0; gpu.shared.clear())
      await new Promise((resolve) => setTimeout(resolve, 10));
    return { ...result, unhandled };
  } finally {
    removeEventListener("unhandledrejection", note);
    gpu.destroy();
  }
}
