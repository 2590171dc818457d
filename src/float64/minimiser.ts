import type { Work } from "../problem/pacing.ts";
import type { Problem } from "../problem/problem.ts";
import { F64_UNIT, norm } from "../reference/data-subspace.ts";
import { contextLogits, supportMask } from "../reference/margin-certificate.ts";
import { evenScales } from "./constraints.ts";
import { exactRank } from "./exact-rank.ts";
import type { HeldBack } from "./recession.ts";
import { dot, RowBasis } from "./row-basis.ts";

/** Multiply-adds up to which a repair is made: a few seconds of one core. */
const MOST_WORK = 1e9;

/** Whether a problem is small enough for {@link proveMinimiser}. */
export function canProveMinimiser({ contextCount: m, vocabularySize: V, embeddingDim: d }: Problem): boolean {
  return 8 * m * d * (V + d) <= MOST_WORK;
}

/**
 * Whether every word is held back, so that CE has a minimiser, as far as a decoder near to one tells. Its β_j = π_j (p_j − q_j) are below
 * zero off the supports, and Σ_j β_j h_jᵀ = −∇CE. The smallest change that makes that zero is found by an orthonormal basis of the
 * columns of H; where the signs survive it, every word has a multiplier in Gordan's alternative. Undefined where independent
 * embeddings exclude that.
 * @param decoder W, V × d
 */
export function* proveMinimiser(problem: Problem, decoder: Float64Array): Work<HeldBack | undefined> {
  const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings } = problem;
  const scales = evenScales(problem);
  const columns = Array.from({ length: d }, (_, i) => scales.map((scale, j) => scale * embeddings[j * d + i]!));
  const basis = new RowBasis();
  const kept: Float64Array[] = [];
  for (const column of columns) {
    const split = basis.split(column);
    if (split.size > 16 * F64_UNIT * m * norm(column)) {
      basis.add(split);
      kept.push(column);
    }
    yield undefined;
  }
  if (basis.length === m) return undefined;
  const leastSingular = basis.smallestSingularValue();
  const isExact = leastSingular > 0 && (basis.length === d || (yield* exactRank(columns)) === basis.length);

  const words = multipliersOf(problem, decoder, scales);
  for (let round = 0; round < 2; round++)
    for (const word of words) {
      const change = basis.point(basis.coordinates(kept.map((column) => dot(column, word))), m);
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
    rests.push(...kept.map((column) => dot(column, word)));
  });
  // rows of β whose sums are zero to V roundings, and sums over m contexts of embeddings of norm √2 at most
  const rounding = (m + V + 4) * F64_UNIT * Math.SQRT2 * sizes;
  const uncertainty = (2 * (norm(rests) + rounding)) / leastSingular / largest;
  const dual = new Float64Array(m * V);
  words.forEach((word, v) => word.forEach((b, j) => (dual[j * V + v] = (b * scales[j]!) / largest)));
  const isProved = isExact && smallest / largest > uncertainty;
  return { dual, isProved, smallest: smallest / largest, uncertainty };
}

/** π_j (p_j − q_j) / s_j, a word a row. */
function multipliersOf(problem: Problem, decoder: Float64Array, scales: Float64Array): Float64Array[] {
  const { contextCount: m, vocabularySize: V, offsets, tokens, probabilities, weights } = problem;
  const logits = contextLogits(problem, decoder);
  const words = Array.from({ length: V }, () => new Float64Array(m));
  for (let j = 0; j < m; j++) {
    const row = logits.subarray(j * V, (j + 1) * V);
    const largest = row.reduce((a, b) => Math.max(a, b));
    const total = row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
    const weight = weights[j]! / scales[j]!;
    row.forEach((logit, v) => (words[v]![j] = (-weight * Math.exp(logit - largest)) / total));
    for (let k = offsets[j]!; k < offsets[j + 1]!; k++) words[tokens[k]!]![j]! += weight * probabilities[k]!;
  }
  return words;
}

/** Takes what rounding left of each context's sum from the words of its support. */
function spreadSums({ contextCount: m, offsets, tokens }: Problem, words: readonly Float64Array[]): void {
  for (let j = 0; j < m; j++) {
    const sum = words.reduce((total, word) => total + word[j]!, 0);
    const support = tokens.subarray(offsets[j], offsets[j + 1]);
    for (const z of support) words[z]![j]! -= sum / support.length;
  }
}
