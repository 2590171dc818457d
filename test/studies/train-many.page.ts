import {
  drawProblem,
  openGpu,
  synthetic,
  trainMany,
  type ManyResult,
  type Problem,
  type RandomProblems,
  type TrainManyOptions,
} from "../../src/index.ts";
import { open } from "../support/page-problem.ts";

/** So many problems of the same shape, with seeds 1, 2, … */
export const drawn = (count: number): Problem[] =>
  Array.from({ length: count }, (_, i) =>
    synthetic({ contextCount: 7, embeddingDim: 9, vocabularySize: 5, supportSize: { min: 1, max: 4 }, seed: i + 1 }),
  );

export async function trainDrawn(count: number, options: TrainManyOptions): Promise<ManyResult[]> {
  return collect(drawn(count), options);
}

/** Random problems by their numbers, beside the same as a list. */
export async function trainRandom(random: RandomProblems, options: TrainManyOptions): Promise<ManyResult[][]> {
  const list: Problem[] = [];
  for (let p = 0; p < random.count; p++) list.push(await drawProblem(await open(), random, p));
  return [await collect(random, options), await collect(list, options)];
}

/** A problem of a device that counts otherwise. */
export async function drawWrongly(random: RandomProblems): Promise<Problem> {
  const gpu = await openGpu();
  const create = gpu.device.createShaderModule.bind(gpu.device);
  gpu.device.createShaderModule = (descriptor) =>
    create({ ...descriptor, code: descriptor.code.replace("0xd2511f53", "0xd2511f55") });
  try {
    return await drawProblem(gpu, random, 0);
  } finally {
    gpu.destroy();
  }
}

export const refuseRandom = (random: RandomProblems): Promise<ManyResult[]> => collect(random, {});

/** Stops after the first submission, which is one step long. */
export async function cancelMany(count: number): Promise<{ results: ManyResult[]; calls: number }> {
  const controller = new AbortController();
  let calls = 0;
  const onProgress = (): void => {
    calls++;
    controller.abort();
  };
  const results = await collect(drawn(count), { steps: 1e6, signal: controller.signal, onProgress });
  return { results, calls };
}

/** The second problem has another shape, or more words than fit. */
export async function trainMisfits(vocabularySize: number): Promise<ManyResult[]> {
  const other = synthetic({ contextCount: 7, embeddingDim: 9, vocabularySize, supportSize: 2, seed: 1 });
  return collect(vocabularySize > 32 ? [other] : [...drawn(1), other], {});
}

/** The second problem has embeddings that are all zero. */
export function trainZeros(): Promise<ManyResult[]> {
  const [one, other] = drawn(2) as [Problem, Problem];
  return collect([one, { ...other, embeddings: other.embeddings.map(() => 0) }], {});
}

async function collect(problems: Problem[] | RandomProblems, options: TrainManyOptions): Promise<ManyResult[]> {
  const results: ManyResult[] = [];
  for await (const result of trainMany(await open(), problems, options)) results.push(result);
  return results;
}
