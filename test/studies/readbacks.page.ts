import {
  analyse,
  logOdds,
  maxMargin,
  maxMarginMany,
  ridgePath,
  train,
  trainEmbeddings,
  trainMany,
  type RandomProblems,
} from "../../src/index.ts";
import { CORRUPTIONS, withReadbacks, type CorruptedReadback } from "../support/corruption.ts";
import { dice } from "../support/draw.ts";
import { open, problemOf, type ProblemText } from "../support/page-problem.ts";

const RANDOM: RandomProblems = {
  count: 6,
  seed: 3,
  contextCount: 5,
  embeddingDim: 6,
  vocabularySize: 7,
  supportSize: 2,
};

/** Every task by name, with what its figures are; no times among them. */
const TASKS: Readonly<Record<string, (given: ProblemText) => Promise<unknown>>> = {
  train: async (given) => {
    const { trace, decoder, state } = await train(await open(), await problemOf(given), { steps: 500 }).result();
    return { trace, decoder, state };
  },
  analyse: async (given) => {
    const file = new File([given as Uint8Array<ArrayBuffer>], "case.npz");
    const { arrays } = await analyse(file, { gpu: await open(), steps: 300 });
    return { arrays };
  },
  trainEmbeddings: async (given) => {
    const run = trainEmbeddings(await open(), await problemOf(given), { steps: 300, dimension: 5 });
    const { trace, decoder, embeddings } = await run.result();
    return { trace, decoder, embeddings };
  },
  maxMargin: async (given) => maxMargin(await open(), await problemOf(given)),
  logOdds: async (given) => logOdds(await open(), await problemOf(given)),
  ridgePath: async (given) => ridgePath(await open(), await problemOf(given), { lambdas: [1e-1, 1e-2] }),
  trainMany: async () => collect(trainMany(await open(), RANDOM, { steps: 200 })),
  maxMarginMany: async () => collect(maxMarginMany(await open(), RANDOM)),
};

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

export interface CorruptedRuns {
  readonly readbacks: number;
  /** Runs in which at least one word arrived as another. */
  readonly corrupted: number;
  /** Those that gave the figures of the undisturbed run, and those that said that they could not. */
  readonly same: number;
  readonly refused: number;
  /** All others. */
  readonly wrong: readonly string[];
}

/** Runs of a task, each with a readback that arrives as another; two thirds of them once, the others several times in a row. */
export async function corruptedRuns(
  name: string,
  given: ProblemText,
  count: number,
  seed: number,
): Promise<CorruptedRuns> {
  const task = (): Promise<unknown> => TASKS[name]!(given);
  const { readbacks } = await withReadbacks(task);
  const roll = dice(seed);
  const expected = await textOf(await task());
  let [corrupted, same, refused] = [0, 0, 0];
  const wrong: string[] = [];
  for (let i = 0; i < count; i++) {
    const kind = CORRUPTIONS[i % CORRUPTIONS.length]!;
    const fault: CorruptedReadback = { index: roll(readbacks), kind, seed: roll(2 ** 30), times: i % 3 === 2 ? 5 : 1 };
    const run = await withReadbacks(task, fault);
    if (run.corrupted > 0) corrupted++;
    if (run.found instanceof Error) {
      if ("code" in run.found && run.found.code === "READBACK") refused++;
      else wrong.push(`${JSON.stringify(fault)}: ${String(run.found)}`);
    } else if ((await textOf(run.found)) === expected) same++;
    else wrong.push(`${JSON.stringify(fault)}: other figures`);
  }
  return { readbacks, corrupted, same, refused, wrong };
}

/** Everything in a value, with the bits of its numbers. */
async function textOf(value: unknown): Promise<string> {
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
