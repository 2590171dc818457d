import { distinctSupports } from "../problem/distinct-supports.ts";
import type { Problem } from "../problem/problem.ts";

/** Cosines between the contexts whose supports share so many words. */
export interface SharedWords {
  readonly shared: number;
  /** How many pairs of contexts do. */
  readonly pairs: number;
  readonly least: number;
  readonly mean: number;
  readonly most: number;
  /** Where the supports are all k-subsets of the words, each as often: (shared − k²/V) / (k − k²/V). */
  readonly expected?: number;
}

/**
 * Cosines between contexts by how many words their supports share.
 * @param contextCosines [m, m]
 */
export function cosinesByOverlap(problem: Problem, contextCosines: Float64Array): SharedWords[] {
  const { contextCount: m, vocabularySize: V, offsets, tokens } = problem;
  const supports = Array.from({ length: m }, (_, j) => new Set(tokens.subarray(offsets[j], offsets[j + 1])));
  const byShared = new Map<number, number[]>();
  for (let i = 0; i < m; i++)
    for (let j = i + 1; j < m; j++) {
      const shared = [...supports[i]!].filter((word) => supports[j]!.has(word)).length;
      if (!byShared.has(shared)) byShared.set(shared, []);
      byShared.get(shared)!.push(contextCosines[i * m + j]!);
    }
  const k = sizeOfAllSubsets(problem);
  return [...byShared]
    .sort(([a], [b]) => b - a)
    .map(([shared, cosines]) => ({
      ...{ shared, pairs: cosines.length },
      least: cosines.reduce((a, b) => Math.min(a, b)),
      mean: cosines.reduce((a, b) => a + b) / cosines.length,
      most: cosines.reduce((a, b) => Math.max(a, b)),
      ...(k !== undefined && { expected: (shared - (k * k) / V) / (k - (k * k) / V) }),
    }));
}

/** k where the supports are all k-subsets of the words, each as often. */
function sizeOfAllSubsets(problem: Problem): number | undefined {
  const { count, words, multiplicities } = distinctSupports(problem);
  const { vocabularySize: V } = problem;
  const k = words[0]!.length;
  let subsets = 1;
  for (let i = 1; i <= k; i++) subsets = (subsets * (V - k + i)) / i;
  const isSame = words.every(({ length }) => length === k) && multiplicities.every((n) => n === multiplicities[0]);
  return isSame && Math.round(subsets) === count && k < V ? k : undefined;
}
