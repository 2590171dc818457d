import {
  drawProblem,
  maxMargin,
  maxMarginMany,
  openGpu,
  train,
  trainMany,
  type AdapterDescription,
  type Gpu,
  type Problem,
  type RandomProblems,
} from "../src/index.ts";
import { table } from "./table.ts";

/*
 * Many problems at once: 1,024 of each of two tiny sizes, trained and solved for their max margin, batched against one after
 * another, and a study of the border of
 * separability, the share of separable problems over m/d for V = 10 and six next words.
 */

const BATCHED = 1024;
/** Of those that are solved one after another, so many are: the time of the rest is like theirs. */
const ONE_BY_ONE = 64;
const TINY = [
  { contextCount: 5, embeddingDim: 8 },
  { contextCount: 20, embeddingDim: 24 },
];
const STUDY_DIM = 8;
const STUDY_CONTEXTS = Array.from({ length: 13 }, (_, i) => 4 + i);
/** Done as soon as it is known on which side of the border a problem is. */
const DECIDED_GAP = 0.9;

const STEPS = 1000;

interface BatchResult {
  readonly task: "training" | "max margin";
  readonly contextCount: number;
  readonly embeddingDim: number;
  readonly batchedMs: number;
  readonly oneByOneMs: number;
  /** Throughput of the batch over that of one after another. */
  readonly ratio: number;
}

interface StudyRow {
  readonly contexts: number;
  readonly problems: number;
  readonly separable: number;
  readonly inseparable: number;
  readonly undecided: number;
  readonly seconds: number;
}

interface ManyResult {
  readonly adapter: AdapterDescription;
  readonly batches: readonly BatchResult[];
  readonly study: readonly StudyRow[];
}

export async function run({ problems }: { problems: number }): Promise<ManyResult> {
  const gpu = await openGpu();
  const batches: BatchResult[] = [];
  for (const size of TINY) batches.push(await compareTraining(gpu, size), await compareMargins(gpu, size));
  console.log(`\n${batchTable(batches)}\n`);
  const study: StudyRow[] = [];
  for (const contexts of STUDY_CONTEXTS)
    study.push(await decide(gpu, contexts, Math.ceil(problems / STUDY_CONTEXTS.length)));
  console.log(`${studyTable(study)}\n`);
  gpu.destroy();
  return { adapter: gpu.adapter, batches, study };
}

const randomOf = (size: Size, count: number, seed = 1): RandomProblems => ({
  ...size,
  ...{ count, seed, vocabularySize: 10, supportSize: 6 },
});

type Size = Pick<RandomProblems, "contextCount" | "embeddingDim">;

async function compareTraining(gpu: Gpu, size: Size): Promise<BatchResult> {
  const trainOne = async (problem: Problem): Promise<string> =>
    (await train(gpu, problem, { steps: STEPS, record: [] }).result()).status;
  const trainAll = async function* (random: RandomProblems): AsyncGenerator<string> {
    for await (const { status } of trainMany(gpu, random, { steps: STEPS })) yield status;
  };
  return { task: "training", ...size, ...(await compare(gpu, size, { one: trainOne, all: trainAll })) };
}

async function compareMargins(gpu: Gpu, size: Size): Promise<BatchResult> {
  const solveOne = async (problem: Problem): Promise<string> => (await maxMargin(gpu, problem)).status;
  const solveAll = async function* (random: RandomProblems): AsyncGenerator<string> {
    for await (const { status } of maxMarginMany(gpu, random)) yield status;
  };
  return { task: "max margin", ...size, ...(await compare(gpu, size, { one: solveOne, all: solveAll })) };
}

/** One problem, and all of a set: how each of them ends. */
interface Ways {
  one(problem: Problem): Promise<string>;
  all(random: RandomProblems): AsyncIterable<string>;
}

async function compare(
  gpu: Gpu,
  size: Size,
  ways: Ways,
): Promise<Pick<BatchResult, "batchedMs" | "oneByOneMs" | "ratio">> {
  const given: Problem[] = [];
  for (let p = 0; p < ONE_BY_ONE; p++) given.push(await drawProblem(gpu, randomOf(size, BATCHED), p));
  // both once before: pipelines and JavaScript are compiled
  for (const problem of given) await ways.one(problem);
  for await (const status of ways.all(randomOf(size, BATCHED, 2))) requireEnd(status);
  const begin = performance.now();
  for (const problem of given) requireEnd(await ways.one(problem));
  const oneByOneMs = ((performance.now() - begin) * BATCHED) / ONE_BY_ONE;
  const batchBegin = performance.now();
  for await (const status of ways.all(randomOf(size, BATCHED))) requireEnd(status);
  const batchedMs = performance.now() - batchBegin;
  return { batchedMs, oneByOneMs, ratio: oneByOneMs / batchedMs };
}

function requireEnd(status: string): void {
  if (!status.startsWith("optimal-") && status !== "stalled" && status !== "done")
    throw new Error(`a problem ended as ${status}`);
}

async function decide(gpu: Gpu, contexts: number, problems: number): Promise<StudyRow> {
  const begin = performance.now();
  const counts = { separable: 0, inseparable: 0, undecided: 0 };
  const random = randomOf({ contextCount: contexts, embeddingDim: STUDY_DIM }, problems, contexts);
  for await (const { separable } of maxMarginMany(gpu, random, { gapTolerance: DECIDED_GAP }))
    counts[separable === undefined ? "undecided" : separable ? "separable" : "inseparable"]++;
  const seconds = (performance.now() - begin) / 1000;
  console.log(`m = ${contexts}: ${problems} problems in ${seconds.toFixed(1)} s`);
  return { contexts, problems, ...counts, seconds };
}

const batchTable = (batches: readonly BatchResult[]): string =>
  table([
    ["", "m", "d", `${BATCHED} batched, s`, "one after another, s", "ratio"],
    ...batches.map(({ task, contextCount, embeddingDim, batchedMs, oneByOneMs, ratio }) => [
      ...[
        task,
        String(contextCount),
        String(embeddingDim),
        (batchedMs / 1000).toFixed(2),
        (oneByOneMs / 1000).toFixed(2),
      ],
      ratio.toPrecision(2),
    ]),
  ]);

const studyTable = (study: readonly StudyRow[]): string =>
  table([
    ["m/d", "m", "problems", "separable", "share", "not separable", "undecided", "s"],
    ...study.map(({ contexts, problems, separable, inseparable, undecided, seconds }) => [
      ...[(contexts / STUDY_DIM).toFixed(3), String(contexts), String(problems), String(separable)],
      ...[(separable / problems).toFixed(4), String(inseparable), String(undecided), seconds.toFixed(1)],
    ]),
  ]);
