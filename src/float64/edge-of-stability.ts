import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { innerProduct } from "../reference/inner-product.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { boundLargestEigenvalue } from "./matrix-norms.ts";

/** Bounds of η_c = 2/λ_max(M), proved in float64; both are Infinity where F has no dimension, as then M = 0 and there is no edge. */
export interface EdgeOfStability {
  readonly lower: number;
  readonly upper: number;
}

/** Of a matrix whose eigenvalue is bounded tightly: some tenths of a second for Cholesky's method. */
const MOST_ROWS = 640;
/** Multiply-adds for making such matrices, some tenths of a second too. */
const MOST_OPERATIONS = 3e8;

/**
 * The edge of stability of gradient descent inside the data subspace F, η_c = 2/λ_max(M) with
 * M = Σ_j π_j (diag p_j − p_j p_jᵀ) ⊗ h_j h_jᵀ [V·d, V·d], the Hessian of the in-support loss at W*. Steps of a constant size above it are
 * repelled by W*, and those below are drawn in from near it. That is a statement on the linearised step: it supposes that the problem
 * is compatible, so that there is a W*, and that the mass off the supports vanishes, so that the Hessian tends to M. M is at most
 * L = ½ λ_max(Σ_j π_j h_j h_jᵀ), so that η_c is 2/L or more.
 *
 * The bounds are some 1e-10 apart where Σ_j |S_j|, over the supports of two words and more, or d times the number of words in them is at
 * most 640. In larger problems the upper one is twice the lower, and further off where even the blocks of single words, [d, d], are too many.
 */
export function* edgeOfStability(problem: Problem): Work<EdgeOfStability> {
  const { lower, upper } = yield* largestCurvature(problem);
  return { lower: (2 / upper) * (1 - 2 * F64_UNIT), upper: (2 / lower) * (1 + 2 * F64_UNIT) };
}

interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/** λ_max(M). */
function* largestCurvature(problem: Problem): Work<Bounds> {
  const { embeddingDim: d, offsets, tokens, weights } = problem;
  const contexts = [...weights.keys()].filter(
    (j) => offsets[j + 1]! - offsets[j]! > 1 && embeddingOf(problem, j).some((h) => h !== 0),
  );
  const sizes = contexts.map((j) => offsets[j + 1]! - offsets[j]!);
  const entries = sizes.reduce((sum, size) => sum + size, 0);
  const words = new Set(contexts.flatMap((j) => [...tokens.subarray(offsets[j], offsets[j + 1])]));
  // at least the trace of M; entries of each matrix below err by so many roundings of their parts of it
  const total = contexts.reduce((sum, j) => sum + weights[j]! * inner(problem, j, j), 0);
  const widened = ({ lower, upper }: Bounds, terms: number): Bounds => {
    const error = 8 * (terms + 10) * F64_UNIT * total;
    return { lower: Math.max(lower - error, 0), upper: upper + error };
  };
  const operations = sizes.reduce((sum, size) => sum + (size * d) ** 2, 0);
  if (words.size * d < entries && words.size * d <= MOST_ROWS && operations <= MOST_OPERATIONS) {
    const matrix = yield* curvatureMatrix(problem, contexts, [...words]);
    return widened(yield* boundLargestEigenvalue(matrix, words.size * d), contexts.length);
  }
  if (entries <= MOST_ROWS && (contexts.length ** 2 * d) / 2 <= MOST_OPERATIONS) {
    const gram = yield* gramOfEntries(problem, contexts);
    return widened(yield* boundLargestEigenvalue(gram, entries), d + Math.max(0, ...sizes));
  }
  return widened(yield* curvatureOfWords(problem, contexts), contexts.length + d);
}

/** M over the words that are in the supports of these contexts, [words · d, words · d]. */
function* curvatureMatrix(problem: Problem, contexts: readonly number[], words: readonly number[]): Work<Float64Array> {
  const { embeddingDim: d, offsets, tokens, probabilities, weights } = problem;
  const places = new Map(words.map((word, place) => [word, place]));
  const n = words.length * d;
  const matrix = new Float64Array(n * n);
  for (const j of contexts) {
    const h = embeddingOf(problem, j);
    for (let a = offsets[j]!; a < offsets[j + 1]!; a++)
      for (let b = offsets[j]!; b < offsets[j + 1]!; b++) {
        const p = probabilities[a]!;
        const covariance = weights[j]! * (a === b ? p * (1 - p) : -p * probabilities[b]!);
        const [row, column] = [places.get(tokens[a]!)! * d, places.get(tokens[b]!)! * d];
        for (let i = 0; i < d; i++)
          for (let k = 0; k < d; k++) matrix[(row + i) * n + column + k]! += covariance * h[i]! * h[k]!;
      }
    yield undefined;
  }
  return matrix;
}

/**
 * ⟨c_jz, c_kw⟩ [Σ|S_j|, Σ|S_j|] of c_jz = √(π_j p_jz) (e_z − p_j) ⊗ h_j, of which M = Σ_jz c_jz c_jzᵀ: with (e_z − p_j, e_w − p_k) =
 * [z = w] − p_kz − p_jw + ⟨p_j, p_k⟩. It has the eigenvalues of M but for zeros.
 */
function* gramOfEntries(problem: Problem, contexts: readonly number[]): Work<Float64Array> {
  const { offsets, tokens, probabilities, weights, vocabularySize } = problem;
  const starts = [0];
  for (const j of contexts) starts.push(starts.at(-1)! + offsets[j + 1]! - offsets[j]!);
  const n = starts.at(-1)!;
  const gram = new Float64Array(n * n);
  const [ofFirst, ofSecond] = [new Float64Array(vocabularySize), new Float64Array(vocabularySize)];
  const fill = (row: Float64Array, j: number, isThere: boolean): void => {
    for (let a = offsets[j]!; a < offsets[j + 1]!; a++) row[tokens[a]!] = isThere ? probabilities[a]! : 0;
  };
  for (const [x, j] of contexts.entries()) {
    fill(ofFirst, j, true);
    for (const [y, k] of contexts.slice(0, x + 1).entries()) {
      fill(ofSecond, k, true);
      let shared = 0;
      for (let b = offsets[k]!; b < offsets[k + 1]!; b++) shared += probabilities[b]! * ofFirst[tokens[b]!]!;
      const product = inner(problem, j, k);
      for (let a = offsets[j]!; a < offsets[j + 1]!; a++)
        for (let b = offsets[k]!; b < offsets[k + 1]!; b++) {
          const [z, w] = [tokens[a]!, tokens[b]!];
          const ofWords = (z === w ? 1 : 0) - ofSecond[z]! - ofFirst[w]! + shared;
          const size = Math.sqrt(weights[j]! * probabilities[a]!) * Math.sqrt(weights[k]! * probabilities[b]!);
          const [row, column] = [starts[x]! + a - offsets[j]!, starts[y]! + b - offsets[k]!];
          gram[row * n + column] = gram[column * n + row] = size * ofWords * product;
        }
      fill(ofSecond, k, false);
    }
    fill(ofFirst, j, false);
    yield { done: x + 1, total: contexts.length };
  }
  return gram;
}

/**
 * Bounds of λ_max(M) that need no matrix as large: κ and 2 κ, where κ is the largest eigenvalue of the blocks of M that belong to one word,
 * K_z = Σ_j π_j p_jz (1 − p_jz) h_j h_jᵀ. A block has no larger one than M. And M is at most twice its blocks, as
 * xᵀ (diag p − p pᵀ) x = ½ Σ_{z≠w} p_z p_w (x_z − x_w)² ≤ Σ_{z≠w} p_z p_w (x_z² + x_w²) = 2 Σ_z p_z (1 − p_z) x_z².
 */
function* curvatureOfWords(problem: Problem, contexts: readonly number[]): Work<Bounds> {
  const { embeddingDim: d, offsets, tokens, probabilities, weights } = problem;
  const words = new Map<number, { trace: number; readonly parts: { context: number; weight: number }[] }>();
  for (const j of contexts) {
    for (let a = offsets[j]!; a < offsets[j + 1]!; a++) {
      const weight = weights[j]! * probabilities[a]! * (1 - probabilities[a]!);
      const word = words.get(tokens[a]!) ?? { trace: 0, parts: [] };
      words.set(tokens[a]!, word);
      word.trace += weight * inner(problem, j, j);
      word.parts.push({ context: j, weight });
    }
    yield undefined;
  }
  let [lower, upper, operations] = [0, 0, 0];
  // no eigenvalue is larger than the trace: with the largest first, the rest need not be looked at from some word on
  for (const { trace, parts } of [...words.values()].sort((a, b) => b.trace - a.trace)) {
    if (trace <= upper) break;
    operations += parts.length * d * d + d ** 3;
    if (d > MOST_ROWS || operations > MOST_OPERATIONS) return { lower: Math.max(lower, trace / d), upper: 2 * trace };
    const block = new Float64Array(d * d);
    for (const { context, weight } of parts) {
      const h = embeddingOf(problem, context);
      for (let i = 0; i < d; i++) for (let k = 0; k < d; k++) block[i * d + k]! += weight * h[i]! * h[k]!;
    }
    const bounds = yield* boundLargestEigenvalue(block, d);
    [lower, upper] = [Math.max(lower, bounds.lower), Math.max(upper, bounds.upper)];
  }
  return { lower, upper: 2 * upper };
}

const embeddingOf = ({ embeddings, embeddingDim: d }: Problem, j: number): Float32Array | Float64Array =>
  embeddings.subarray(j * d, (j + 1) * d);

/** ⟨h_j, h_k⟩. */
const inner = (problem: Problem, j: number, k: number): number =>
  innerProduct(embeddingOf(problem, j), embeddingOf(problem, k));
