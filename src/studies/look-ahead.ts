import type { ProblemSource } from "../formats/problem-file.ts";
import { openUnlessAborted } from "../gpu/device.ts";
import type { Problem } from "../problem/problem.ts";
import { describeLines, describeProblem } from "../results/record.ts";
import { estimateRun } from "../training/estimate.ts";
import { ANALYSE_DEFAULTS } from "./analyse-options.ts";
import type { AnalyseOptions, Preview } from "./analysis.ts";
import { readInput } from "./analysis-input.ts";

/** What `preview` does. */
export async function lookAhead(source: ProblemSource, options: AnalyseOptions): Promise<Preview> {
  const { file, notes, problem, run, runs, largestBufferBytes } = await readInput(source, options);
  const { signal } = options;
  const gpu = options.gpu ?? (await openUnlessAborted(signal, { largestBufferBytes }));
  if (!gpu) throw signal?.reason;
  try {
    const estimates: Preview["runs"][number][] = [];
    for (const choice of runs) {
      signal?.throwIfAborted();
      estimates.push({ ...(await estimateRun(gpu, problem, choice)), model: choice.model ?? "decoder" });
    }
    const facts = {
      source: { name: source.name, kind: file.kind, notes },
      contextCount: problem.contextCount,
      vocabularySize: problem.vocabularySize,
      embeddingDim: problem.embeddingDim,
      mergedCount: problem.mergedCount,
      supportSizes: supportSizes(problem),
      runs: estimates,
      steps: run.steps,
      limitsWithin: options.limitsWithin ?? ANALYSE_DEFAULTS.limitsWithin,
      adapter: gpu.adapter,
    };
    return { ...facts, report: describe(problem, facts, unpredicted(options)) };
  } finally {
    if (!options.gpu) gpu.destroy();
  }
}

/** What is asked for besides, whose time is not known before it is over. */
function unpredicted({ ridge, nuclear, trainedEmbeddings, evaluate }: AnalyseOptions): string[] {
  return [
    ...(ridge && !trainedEmbeddings ? ["the regularization path"] : []),
    ...(nuclear || trainedEmbeddings ? ["L_mm"] : []),
    ...(evaluate ? [`the evaluation of ${evaluate.name}`] : []),
  ];
}

function supportSizes({ offsets, contextCount: m }: Problem): [number, number, number] {
  const sizes = Array.from({ length: m }, (_, j) => offsets[j + 1]! - offsets[j]!).sort((a, b) => a - b);
  return [sizes[0]!, sizes[Math.floor((m - 1) / 2)]!, sizes[m - 1]!];
}

function describe(problem: Problem, facts: Omit<Preview, "report">, unpredicted: readonly string[]): string {
  const { source, mergedCount, runs, steps, limitsWithin, adapter } = facts;
  const [least, median, most] = facts.supportSizes;
  return describeLines([
    ["problem", describeProblem(source, problem, problem.tokens.length)],
    ...source.notes.map((note): [string, string] => ["note", note]),
    ["supports", `${least} to ${most} words, ${median} in the middle`],
    ["merged", `${mergedCount} contexts had the embedding of another one`],
    ["adapter", adapter.label],
    ...runs.flatMap(({ model, execution, memory, msPerStep }): [string, string][] => [
      [model === "decoder" ? "run" : "run of both factors", `${steps} steps, ${execution}`],
      [
        "memory",
        `${mebibytes(memory.totalBytes)} on the GPU, the largest buffer ${mebibytes(memory.largestBufferBytes)}`,
      ],
      ["predicted time", `${duration(steps * msPerStep)}, ${msPerStep.toPrecision(2)} ms a step`],
    ]),
    ["limits", `searched for during the run, at most ${limitsWithin} s`],
    ...unpredicted.map((what): [string, string] => ["not predicted", what]),
  ]);
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toPrecision(3)} MiB`;

function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 100) return `${seconds.toPrecision(2)} s`;
  const minutes = seconds / 60;
  return minutes < 100 ? `${minutes.toPrecision(2)} min` : `${(minutes / 60).toPrecision(2)} h`;
}
