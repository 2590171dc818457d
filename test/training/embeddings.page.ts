import {
  createProblem,
  embeddingLimits,
  emergenceTimes,
  modesOf,
  nuclearMargin,
  smoothed,
  trainEmbeddings,
  type EmbeddingPoint,
  type NuclearMargin,
  type ProblemInput,
  type TrainEmbeddingsOptions,
  type TrainEmbeddingsResult,
} from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

export async function run(given: ProblemInput, options: TrainEmbeddingsOptions = {}): Promise<TrainEmbeddingsResult> {
  return trainEmbeddings(await open(), createProblem(given), options).result();
}

/** A run that is stopped at a step and continued to its end, beside one that is not. */
export async function continued(
  given: ProblemInput,
  options: TrainEmbeddingsOptions,
  stop: number,
): Promise<{ whole: TrainEmbeddingsResult; parts: TrainEmbeddingsResult }> {
  const [gpu, problem] = [await open(), createProblem(given)];
  const whole = await trainEmbeddings(gpu, problem, options).result();
  const first = await trainEmbeddings(gpu, problem, { ...options, steps: stop }).result();
  const { initial: _i, scale: _s, seed: _n, ...rest } = options;
  const parts = await trainEmbeddings(gpu, problem, { ...rest, from: first.state }).result();
  return { whole, parts };
}

/** A run that is iterated over, paused at a point, resumed, and cancelled at another. */
export async function watched(
  given: ProblemInput,
  options: TrainEmbeddingsOptions,
  { pauseAt, cancelAt }: { pauseAt: number; cancelAt: number },
): Promise<{ points: EmbeddingPoint[]; paused: boolean; result: TrainEmbeddingsResult }> {
  const controller = new AbortController();
  const run = trainEmbeddings(await open(), createProblem(given), { ...options, signal: controller.signal });
  const points: EmbeddingPoint[] = [];
  let paused = false;
  for await (const point of run) {
    points.push(point);
    if (point.step === pauseAt) {
      run.pause();
      paused = run.isPaused;
      setTimeout(() => run.resume(), 20);
    }
    if (point.step === cancelAt) controller.abort();
  }
  return { points, paused, result: await run.result() };
}

/** A run on the smoothed problem towards the limits of the problem as it was, whose nuclear margin comes with it. */
export async function runSmoothed(
  given: ProblemInput,
  smoothing: number,
  options: TrainEmbeddingsOptions,
): Promise<{ result: TrainEmbeddingsResult; margin: NuclearMargin }> {
  const [gpu, problem] = [await open(), createProblem(given)];
  const margin = await nuclearMargin(gpu, problem);
  const towards = await embeddingLimits(gpu, problem, margin);
  const run = trainEmbeddings(gpu, smoothed(problem, smoothing), { ...options, towards });
  return { result: await run.result(), margin };
}

/** A run towards the limits of another problem. */
export async function runTowardsOther(given: ProblemInput, other: ProblemInput): Promise<TrainEmbeddingsResult> {
  const [gpu, problem] = [await open(), createProblem(other)];
  const towards = await embeddingLimits(gpu, problem, await nuclearMargin(gpu, problem));
  return trainEmbeddings(gpu, createProblem(given), { steps: 0, towards }).result();
}

/** A run towards the nuclear margin, with when its modes are expected to have reached a strength. */
export async function towards(
  given: ProblemInput,
  options: TrainEmbeddingsOptions,
  threshold: number,
): Promise<{ result: TrainEmbeddingsResult; margin: NuclearMargin; times: Float64Array }> {
  const [gpu, problem] = [await open(), createProblem(given)];
  const margin = await nuclearMargin(gpu, problem);
  const start = await trainEmbeddings(gpu, problem, { ...options, steps: 0, record: [] }).result();
  const modes = await modesOf(gpu, problem);
  const times = emergenceTimes(modes, start, start.dimension, threshold);
  const result = await trainEmbeddings(gpu, problem, { ...options, towards: margin }).result();
  return { result, margin, times };
}
