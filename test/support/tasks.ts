import {
  analyse,
  logOdds,
  maxMargin,
  maxMarginMany,
  ridgePath,
  train,
  trainEmbeddings,
  trainMany,
  type Gpu,
  type RandomProblems,
} from "../../src/index.ts";
import { problemOf, type ProblemText } from "./page-problem.ts";

const RANDOM: RandomProblems = {
  count: 6,
  seed: 3,
  contextCount: 5,
  embeddingDim: 6,
  vocabularySize: 7,
  supportSize: 2,
};

/** Every task by name, with what its figures are; no times among them. */
export const TASKS: Readonly<Record<string, (gpu: Gpu, given: ProblemText) => Promise<unknown>>> = {
  train: async (gpu, given) => {
    const { trace, decoder, state } = await train(gpu, await problemOf(given), { steps: 500 }).result();
    return { trace, decoder, state };
  },
  analyse: async (gpu, given) => {
    const file = new File([given as Uint8Array<ArrayBuffer>], "case.npz");
    const { arrays } = await analyse(file, { gpu, steps: 300 });
    return { arrays };
  },
  trainEmbeddings: async (gpu, given) => {
    const run = trainEmbeddings(gpu, await problemOf(given), { steps: 300, dimension: 5 });
    const { trace, decoder, embeddings } = await run.result();
    return { trace, decoder, embeddings };
  },
  maxMargin: async (gpu, given) => maxMargin(gpu, await problemOf(given)),
  logOdds: async (gpu, given) => logOdds(gpu, await problemOf(given)),
  ridgePath: async (gpu, given) => ridgePath(gpu, await problemOf(given), { lambdas: [1e-1, 1e-2] }),
  trainMany: async (gpu) => collect(trainMany(gpu, RANDOM, { steps: 200 })),
  maxMarginMany: async (gpu) => collect(maxMarginMany(gpu, RANDOM)),
};

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

/** Everything in a value, with the bits of its numbers. */
export async function textOf(value: unknown): Promise<string> {
  const text = JSON.stringify(value, (_, one: unknown) =>
    ArrayBuffer.isView(one)
      ? Array.from(new Uint8Array(one.buffer, one.byteOffset, one.byteLength))
      : typeof one === "number" && !Number.isFinite(one)
        ? String(one)
        : one,
  );
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).join();
}
