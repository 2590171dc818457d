import { REDUCE_LANES } from "../../shaders/lib/reduce.wgsl.ts";
import type { Problem } from "../problem/problem.ts";
import { RandomStream } from "../support/random.ts";
import { contextGaps, type ContextGap } from "./context-gap.ts";

/** A loss gap recomputed in float64 on the host from the decoder that was read back. */
export type Float64Check =
  | {
      readonly status: "agrees" | "disagrees";
      readonly lossGap: number;
      /** |GPU − float64| / float64. */
      readonly relativeDifference: number;
      /** What float32 explains of it. */
      readonly relativeBound: number;
    }
  | {
      readonly status: "agrees" | "disagrees";
      readonly sampled: SampledContexts;
      /** |GPU's total − sum of its contexts| / that sum. */
      readonly relativeDifference: number;
      readonly relativeBound: number;
    }
  /** At so many of a run's recorded points the GPU's figure is refuted. */
  | { readonly status: "disagrees"; readonly doubtful: number; readonly of: number }
  /** The figure itself is float64 work of the host. */
  | { readonly status: "computed-in-float64"; readonly lossGap: number }
  | { readonly status: "skipped"; readonly why: string };

/** What was recomputed where all contexts are too many. */
export interface SampledContexts {
  readonly contexts: number;
  readonly of: number;
  /** How many of them are off by more than float32 explains. */
  readonly wrong: number;
  /** The largest |GPU − float64| / float64 among them. */
  readonly relativeDifference: number;
}

/** A loss gap to be checked, with its parts [m, 2] as `evaluate` returns them, if they are known. */
export interface FoundGap {
  readonly lossGap: number;
  readonly gaps?: Float32Array | Float64Array;
}

/** The sampled contexts are drawn from it. */
const SEED = 1;

/**
 * Recomputes CE − H in float64, one context after another, and says whether the GPU's figure agrees: within the sum of what the kernels
 * can be off by in each context (see `contextGaps`) and m/64 + 8 roundings of the sum over contexts.
 *
 * Where that takes more than `mostOperations` multiply-adds (default 2e9, some seconds of one core, up to a minute where d is below 10; in
 * which nothing else runs on the thread), as many contexts are drawn at random as that allows, at least one. Each is held against its
 * own figure in `gaps`, and the total against the sum of all of `gaps`. Without `gaps` the check is skipped. Gaps that are float64 were
 * computed on the host, so that there is nothing to compare.
 */
export function checkInFloat64(
  problem: Problem,
  decoder: ArrayLike<number>,
  { lossGap, gaps }: FoundGap,
  { mostOperations = 2e9 }: { readonly mostOperations?: number } = {},
): Float64Check {
  if (gaps instanceof Float64Array) return { status: "computed-in-float64", lossGap };
  const perContext = 2 * problem.vocabularySize * problem.embeddingDim;
  const operations = perContext * problem.contextCount;
  if (operations <= mostOperations) return checkAll(problem, decoder, lossGap);
  if (gaps)
    return checkSample(problem, decoder, { lossGap, gaps }, Math.max(1, Math.floor(mostOperations / perContext)));
  return {
    status: "skipped",
    why: `it takes ${operations.toExponential(1)} multiply-adds, more than ${mostOperations.toExponential(0)}`,
  };
}

/** The two parts of CE − H in float64, and the sum of what the kernels can be off by in each context. */
export function sumOfGaps(problem: Problem, decoder: ArrayLike<number>): ContextGap {
  const gapOf = contextGaps(problem, decoder);
  let [inSupportGap, offSupportGap, bound] = [0, 0, 0];
  for (let j = 0; j < problem.contextCount; j++) {
    const context = gapOf(j);
    inSupportGap += context.inSupportGap;
    offSupportGap += context.offSupportGap;
    bound += context.bound;
  }
  return { inSupportGap, offSupportGap, bound };
}

function checkAll(problem: Problem, decoder: ArrayLike<number>, lossGap: number): Float64Check {
  const { inSupportGap, offSupportGap, bound } = sumOfGaps(problem, decoder);
  const expected = inSupportGap + offSupportGap;
  const compared = compare(lossGap, expected, bound + summation(problem) * (expected + bound));
  return { ...compared, lossGap: expected };
}

function checkSample(
  problem: Problem,
  decoder: ArrayLike<number>,
  { lossGap, gaps }: Required<FoundGap>,
  contexts: number,
): Float64Check {
  const of = problem.contextCount;
  const gapOf = contextGaps(problem, decoder);
  let [wrong, relativeDifference] = [0, 0];
  for (const j of new RandomStream(SEED).sample(of, contexts)) {
    const { inSupportGap, offSupportGap, bound } = gapOf(j);
    const compared = compare(gaps[2 * j]! + gaps[2 * j + 1]!, inSupportGap + offSupportGap, bound);
    if (compared.status === "disagrees") wrong++;
    relativeDifference = Math.max(relativeDifference, compared.relativeDifference);
  }
  let sum = 0;
  for (const part of gaps) sum += part;
  const total = compare(lossGap, sum, summation(problem) * sum);
  return {
    ...total,
    status: wrong === 0 ? total.status : "disagrees",
    sampled: { contexts, of, wrong, relativeDifference },
  };
}

/** What the sum over contexts, 64 lanes and their tree, can be off by, relative. */
const summation = ({ contextCount }: Problem): number => (contextCount / REDUCE_LANES + 8) * 2 ** -24;

function compare(
  found: number,
  expected: number,
  bound: number,
): {
  readonly status: "agrees" | "disagrees";
  readonly relativeDifference: number;
  readonly relativeBound: number;
} {
  const difference = Math.abs(found - expected);
  const relativeTo = expected === 0 ? 1 : expected;
  return {
    status: difference <= bound ? "agrees" : "disagrees",
    relativeDifference: difference / relativeTo,
    relativeBound: bound / relativeTo,
  };
}
