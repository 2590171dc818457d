import type { Work } from "../support/host-spells.ts";
import type { Problem } from "../problem/problem.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { norm } from "./vectors.ts";
import { contextLogits, supportMask } from "./margin-certificate.ts";
import { columnBasis } from "./column-basis.ts";
import { exactRank } from "./exact-rank.ts";
import type { HeldBack } from "./recession.ts";
import { dot } from "./row-basis.ts";

/** Multiply-adds up to which a repair is made: a few seconds of one core. */
const MOST_WORK = 1e9;

/** Whether a problem is small enough for {@link proveMinimiser}. */
export function canProveMinimiser({ contextCount: m, vocabularySize: V, embeddingDim: d }: Problem): boolean {
  return 8 * m * d * (V + d) <= MOST_WORK;
}

/**
 * Whether CE has a minimiser, as far as a decoder near to one tells: its β_j = π_j (p_j − q_j) are below zero off the supports, and
 * Σ_j β_j h_jᵀ = −∇CE. See {@link proveHeldBack}.
 * @param decoder W, V × d
 */
export function* proveMinimiser(problem: Problem, decoder: Float64Array): Work<HeldBack | undefined> {
  return yield* proveHeldBack(problem, residualsOf(problem, decoder));
}

/**
 * Whether every word is held back (Gordan's alternative), by multipliers near the given ones. The smallest change that makes
 * Σ_j β_j h_jᵀ zero is found by an orthonormal basis of the columns of H; where the signs off the supports survive it, every word has a
 * multiplier. Undefined where independent embeddings exclude that.
 * @param dual β, m × V
 */
export function* proveHeldBack(problem: Problem, dual: Float64Array): Work<HeldBack | undefined> {
  const { contextCount: m, vocabularySize: V, embeddingDim: d } = problem;
  const { scales, columns, kept, basis } = yield* columnBasis(problem);
  if (basis.length === m) return undefined;
  const leastSingular = basis.smallestSingularValue();
  const isExact = leastSingular > 0 && (basis.length === d || (yield* exactRank(columns)) === basis.length);

  const words = Array.from({ length: V }, (_, v) => scales.map((scale, j) => dual[j * V + v]! / scale));
  for (let round = 0; round < 2; round++)
    for (const word of words) {
      const change = basis.point(basis.coordinates(kept.map((i) => dot(columns[i]!, word))), m);
      for (let j = 0; j < m; j++) word[j]! -= change[j]!;
      yield undefined;
    }
  spreadSums(problem, words);

  const mask = supportMask(problem);
  let [smallest, largest, sizes] = [Infinity, 0, 0];
  const rests: number[] = [];
  words.forEach((word, v) => {
    for (let j = 0; j < m; j++) {
      sizes += Math.abs(word[j]!);
      if (mask[j * V + v]) continue;
      smallest = Math.min(smallest, -word[j]!);
      largest = Math.max(largest, -word[j]!);
    }
    rests.push(...kept.map((i) => dot(columns[i]!, word)));
  });
  // rows of β whose sums are zero to V roundings, and sums over m contexts of embeddings of norm √2 at most
  const rounding = (m + V + 4) * F64_UNIT * Math.SQRT2 * sizes;
  const uncertainty = (2 * (norm(rests) + rounding)) / leastSingular / largest;
  const repaired = new Float64Array(m * V);
  words.forEach((word, v) => word.forEach((b, j) => (repaired[j * V + v] = (b * scales[j]!) / largest)));
  const isProved = isExact && smallest / largest > uncertainty;
  return { dual: repaired, isProved, smallest: smallest / largest, uncertainty };
}

/** π_j (p_j − q_j), m × V. */
function residualsOf(problem: Problem, decoder: Float64Array): Float64Array {
  const { contextCount: m, vocabularySize: V, offsets, tokens, probabilities, weights } = problem;
  const residuals = contextLogits(problem, decoder);
  for (let j = 0; j < m; j++) {
    const row = residuals.subarray(j * V, (j + 1) * V);
    const largest = row.reduce((a, b) => Math.max(a, b));
    const total = row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    row.forEach((logit, v) => (row[v] = (-weights[j]! * Math.exp(logit - largest)) / total));
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) row[tokens[k]!]! += weights[j]! * probabilities[k]!;
  }
  return residuals;
}

/** Takes what rounding left of each context's sum from the words of its support. */
function spreadSums({ contextCount: m, offsets, tokens }: Problem, words: readonly Float64Array[]): void {
  for (let j = 0; j < m; j++) {
    const sum = words.reduce((total, word) => total + word[j]!, 0);
    const support = tokens.subarray(offsets[j], offsets[j + 1]);
    for (const z of support) words[z]![j]! -= sum / support.length;
  }
}
