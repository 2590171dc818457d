import { OptionError, ProblemError } from "../errors.ts";
import { requireKnownOptions, requireWhole } from "../support/options.ts";
import type { Gpu } from "../gpu/device.ts";
import { drawAndRead, requireRandomProblems, type RandomProblems } from "./random-problems.ts";
import { fitsOneWorkgroup, MOST_LANES, MOST_WORDS } from "../kernels/one-workgroup-ascent.ts";
import type { Problem } from "../problem/problem.ts";
import { DEFAULT_GAP, requireGapTolerance } from "../solvers/max-margin/settings.ts";
import type {
  MaxMarginManyOptions,
  MaxMarginManySettings,
  MaxMarginOfMany,
  MaxMarginSource,
} from "./max-margin-many-settings.ts";

const OPTION_NAMES: readonly (keyof MaxMarginManyOptions)[] = ["gapTolerance", "maxIterations", "signal", "onProgress"];

const DEFAULT_ITERATIONS = 10_000;

/**
 * {@link maxMargin} for many small problems of one size side by side: a workgroup each, thousands of them a submission, results read
 * back in bulk. They are drawn on the device (any of them can be had by itself from {@link drawProblem}) or given. Results come in
 * the order of the problems, each certified in float64. Memory is that of some groups of problems, however many there are.
 * @throws OptionError at once for options out of range, and for more than 16 words or 256 contexts; ProblemError when every context
 *   is followed by every word, or problems differ in size.
 */
export function maxMarginMany(
  gpu: Gpu,
  problems: RandomProblems | readonly Problem[],
  options: MaxMarginManyOptions = {},
): AsyncGenerator<MaxMarginOfMany, void, void> {
  requireKnownOptions(options, OPTION_NAMES);
  const settings = {
    ...options,
    gapTolerance: options.gapTolerance ?? DEFAULT_GAP,
    maxIterations: options.maxIterations ?? DEFAULT_ITERATIONS,
  };
  requireGapTolerance(settings.gapTolerance);
  requireWhole("maxIterations", settings.maxIterations, 1);
  const source = isList(problems) ? givenSource(problems) : randomSource(gpu, problems, options.signal);
  if (!fitsOneWorkgroup(source))
    throw new OptionError(
      "problems",
      `expected at most ${MOST_WORDS} words and ${MOST_LANES} contexts, found ${source.words} and ${source.contexts}; maxMargin takes larger ones`,
    );
  return solve(gpu, source, settings);
}

async function* solve(
  gpu: Gpu,
  source: MaxMarginSource,
  settings: MaxMarginManySettings,
): AsyncGenerator<MaxMarginOfMany, void, void> {
  const { ManyMargins } = await import("./many-margins.ts");
  yield* new ManyMargins(gpu, source, settings).run();
}

const isList = (problems: RandomProblems | readonly Problem[]): problems is readonly Problem[] =>
  Array.isArray(problems);

function givenSource(problems: readonly Problem[]): MaxMarginSource {
  if (problems.length === 0) throw new OptionError("problems", "expected at least one, found none");
  const { vocabularySize: words, contextCount: contexts, embeddingDim: dim } = problems[0]!;
  problems.forEach((problem, p) => {
    const { vocabularySize, contextCount, embeddingDim, tokens } = problem;
    if (vocabularySize !== words || contextCount !== contexts || embeddingDim !== dim)
      throw new ProblemError(
        `problems[${p}]: expected V = ${words}, m = ${contexts} and d = ${dim} as in the first, found ${vocabularySize}, ${contextCount} and ${embeddingDim}`,
      );
    if (tokens.length === contexts * words)
      throw new ProblemError(`problems[${p}]: every context is followed by every word, there is no margin to maximise`);
  });
  const take = (first: number, count: number): Promise<readonly Problem[]> =>
    Promise.resolve(problems.slice(first, first + count));
  return { count: problems.length, words, contexts, dim, take };
}

function randomSource(gpu: Gpu, random: RandomProblems, signal: AbortSignal | undefined): MaxMarginSource {
  requireRandomProblems(random);
  const { count, vocabularySize: words, contextCount: contexts, embeddingDim: dim, supportSize } = random;
  if (supportSize === words)
    throw new ProblemError("supportSize: every context is followed by every word, there is no margin to maximise");
  return { count, words, contexts, dim, take: (first, some) => drawAndRead(gpu, random, first, some, signal) };
}
