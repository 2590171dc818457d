import { OptionError } from "../errors.ts";
import { readProblem, type ProblemFile, type ProblemSource } from "../formats/problem-file.ts";
import { smoothed } from "../problem/changes.ts";
import type { Problem } from "../problem/problem.ts";
import { memoryNeeded } from "../training/memory.ts";
import type { EmbeddingsRun, RunChoice } from "../training/run-choice.ts";
import { ANALYSE_DEFAULTS, analyseRun } from "./analyse-options.ts";
import type { AnalyseOptions } from "./analysis.ts";

/** What an analysis is of. */
export interface AnalysisInput {
  readonly file: ProblemFile;
  /** What was done to the problem on the way. */
  readonly notes: readonly string[];
  /** That of the file, smoothed where that is asked for. */
  readonly problem: Problem;
  readonly seed: number;
  readonly run: ReturnType<typeof analyseRun>;
  /** What the run of both factors has beside the optimiser's own. */
  readonly both: Omit<EmbeddingsRun, "model"> & { readonly ridge: number };
  readonly runs: readonly RunChoice[];
  /** Of the largest buffer of all runs. */
  readonly largestBufferBytes: number;
}

/** @throws OptionError, before the file is read for one of the run; FileError */
export async function readInput(source: ProblemSource, options: AnalyseOptions): Promise<AnalysisInput> {
  const { seed = ANALYSE_DEFAULTS.seed, signal, onProgress } = options;
  const run = analyseRun(options);
  const file = await readProblem(source, {
    seed,
    ...(options.corpus && { corpus: options.corpus }),
    ...(options.vectors && { vectors: options.vectors }),
    signal,
    onProgress,
  });
  const { trainedEmbeddings = false, fromEmbeddings = false, dimension, smoothing } = options;
  const problem = smoothing === undefined ? file.problem : smoothed(file.problem, smoothing);
  const ridge = trainedEmbeddings ? lambdaOf(options.ridge) : 0;
  if (dimension !== undefined && !trainedEmbeddings)
    throw new OptionError("dimension", `expected none without trained embeddings, found ${dimension}`);
  if (fromEmbeddings && !trainedEmbeddings)
    throw new OptionError("fromEmbeddings", "expected none without trained embeddings");
  const both = {
    ...{ ...run.method, ridge },
    ...(dimension !== undefined && { dimension }),
    ...(fromEmbeddings && { initial: "given" as const }),
  };
  const runs: RunChoice[] = [run.method, ...(trainedEmbeddings ? [{ model: "embeddings" as const, ...both }] : [])];
  const needs = await Promise.all(runs.map((one) => memoryNeeded(problem, one)));
  return {
    ...{ file, problem, seed, run, both, runs },
    notes: [...file.notes, ...smoothingNotes(smoothing)],
    largestBufferBytes: Math.max(...needs.map((need) => need.largestBufferBytes)),
  };
}

/** λ of both factors, from the λs of a path. */
function lambdaOf(ridge: readonly number[] = [0]): number {
  if (ridge.length !== 1)
    throw new OptionError("ridge", `expected one number for trained embeddings, found ${ridge.length}`);
  return ridge[0]!;
}

const smoothingNotes = (smoothing: number | undefined): string[] =>
  smoothing === undefined ? [] : [`Probabilities smoothed by ε = ${smoothing}: every word follows every context.`];
