import { openGpu } from "../../src/gpu/device.ts";
import {
  drawProblem,
  maxMargin,
  maxMarginMany,
  type MaxMarginManyOptions,
  type MaxMarginManyProgress,
  type MaxMarginOfMany,
  type Problem,
  type RandomProblems,
} from "../../src/index.ts";
import { aliveOf, buffersMade, ofTasks } from "../support/buffers.ts";
import { open, problemOf, type ProblemText } from "../support/page-problem.ts";

export async function solveMany(
  source: RandomProblems | readonly ProblemText[],
  options: MaxMarginManyOptions = {},
): Promise<MaxMarginOfMany[]> {
  const problems = "count" in source ? source : await Promise.all(source.map(problemOf));
  const results: MaxMarginOfMany[] = [];
  for await (const result of maxMarginMany(await open(), problems, options)) results.push(result);
  return results;
}

/** What maxMargin says of the same problems, and the problems. */
export async function solveEach(
  random: RandomProblems,
  options: Pick<MaxMarginManyOptions, "gapTolerance" | "maxIterations">,
): Promise<{ problem: Problem; status: string; lowerBound: number; upperBound: number }[]> {
  const results = [];
  for (let index = 0; index < random.count; index++) {
    const problem = await drawProblem(await open(), random, index);
    const { status, lowerBound, upperBound } = await maxMargin(await open(), problem, options);
    results.push({ problem, status, lowerBound, upperBound });
  }
  return results;
}

/** A study on a device of its own that is left after so many results, by an abort or by a break; and the buffers that are then alive. */
export async function leave(
  random: RandomProblems,
  after: number,
  how: "abort" | "break",
): Promise<{ results: MaxMarginOfMany[]; told: number[]; alive: number; readbacks: number }> {
  const gpu = await openGpu();
  const made = buffersMade(gpu);
  let readbacks = 0;
  const acquire = gpu.staging.acquire.bind(gpu.staging);
  gpu.staging.acquire = (bytes) => {
    readbacks++;
    return acquire(bytes);
  };
  const controller = new AbortController();
  const results: MaxMarginOfMany[] = [];
  const told: number[] = [];
  const onProgress = ({ problemsDone }: MaxMarginManyProgress): void => void told.push(problemsDone);
  for await (const result of maxMarginMany(gpu, random, { signal: controller.signal, onProgress })) {
    results.push(result);
    if (results.length !== after) continue;
    if (how === "break") break;
    controller.abort();
  }
  // what an abort leaves under way gives its memory back when it has ended
  for (let tries = 0; aliveOf(ofTasks(made)) > 0 && tries < 250; tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  gpu.destroy();
  return { results, told, alive: aliveOf(ofTasks(made)), readbacks };
}

/** The message of the error that a call throws at once. */
export async function refusal(
  source: RandomProblems | readonly ProblemText[],
  options: MaxMarginManyOptions = {},
): Promise<string> {
  const problems = "count" in source ? source : await Promise.all(source.map(problemOf));
  const gpu = await open();
  try {
    maxMarginMany(gpu, problems, options);
    return "accepted";
  } catch (error) {
    return (error as Error).message;
  }
}
