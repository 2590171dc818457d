import {
  createProblem,
  trainEmbeddings,
  type EmbeddingPoint,
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
