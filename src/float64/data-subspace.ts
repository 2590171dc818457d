import type { ProbabilityType, Problem } from "../problem/problem.ts";
import { norm } from "./vectors.ts";
import { centre } from "../reference/centred-update.ts";
import { supportAdjoint } from "../reference/support-adjoint.ts";
import { supportLogits } from "../reference/support-logits.ts";

/** Unit roundoff of float64. */
export const F64_UNIT: number = 2 ** -53;

/** Unit roundoff u and least normal number n of each type: rounding to nearest changes x by at most u max(|x|, n). */
const TYPES: Readonly<Record<ProbabilityType, { readonly unit: number; readonly leastNormal: number }>> = {
  float64: { unit: F64_UNIT, leastNormal: 2 ** -1022 },
  float32: { unit: 2 ** -24, leastNormal: 2 ** -126 },
  float16: { unit: 2 ** -11, leastNormal: 2 ** -14 },
};

/**
 * The operator of the data subspace in float64, A(W) = (C_j W h_j)_j with C_j the centring on the support S_j. Its adjoint
 * is Aᵀ(a) = Σ_j (C_j a_j) h_jᵀ, and F = span{(e_z − e_z′) h_jᵀ : z, z′ ∈ S_j} is the range of that. A vector of the
 * supports has Σ|S_j| entries, in the order of the problem's `tokens`; a decoder is V × d.
 */
export class DataSubspace {
  readonly problem: Problem;
  /** ‖A‖ in the Frobenius norm, (Σ_j (|S_j| − 1) ‖h_j‖²)^½: at least the spectral norm. */
  readonly operatorNorm: number;
  readonly #entryContexts: Uint32Array;
  readonly #longestSupport: number;
  readonly #commonestWord: number;

  constructor(problem: Problem) {
    const { contextCount, embeddingDim, embeddings, offsets, tokens, vocabularySize } = problem;
    this.problem = problem;
    this.#entryContexts = new Uint32Array(tokens.length);
    let longest = 0;
    let square = 0;
    for (let j = 0; j < contextCount; j++) {
      const size = offsets[j + 1]! - offsets[j]!;
      this.#entryContexts.fill(j, offsets[j], offsets[j + 1]);
      longest = Math.max(longest, size);
      for (let i = 0; i < embeddingDim; i++) square += (size - 1) * embeddings[j * embeddingDim + i]! ** 2;
    }
    const uses = new Uint32Array(vocabularySize);
    for (const token of tokens) uses[token]!++;
    this.operatorNorm = Math.sqrt(square);
    this.#longestSupport = longest;
    this.#commonestWord = uses.reduce((most, count) => Math.max(most, count), 0);
  }

  /** A(W). */
  apply(decoder: ArrayLike<number>): Float64Array {
    const image = this.#logits(decoder, this.problem.embeddings);
    centre(this.problem.offsets, image);
    return image;
  }

  /** Aᵀ(a), an element of F. */
  applyAdjoint(a: ArrayLike<number>): Float64Array {
    const centred = Float64Array.from(a);
    centre(this.problem.offsets, centred);
    return this.#combine(centred, this.problem.embeddings);
  }

  /** (C_j log p_j)_j: what A(W) has to be for the logits to differ as the log-odds do. */
  logOdds(): Float64Array {
    const { offsets, probabilities } = this.problem;
    const b = probabilities.map(Math.log);
    // relative to the first word, so that equal probabilities give zeros
    for (let j = 0; j + 1 < offsets.length; j++) {
      const first = b[offsets[j]!]!;
      for (let k = offsets[j]!; k < offsets[j + 1]!; k++) b[k]! -= first;
    }
    centre(offsets, b);
    return b;
  }

  /**
   * What rounding can have made of each entry of {@link logOdds}: what its type made of the probabilities, and float64 of the rest.
   *
   * Rounding to a type of unit u and least normal number n leaves a stored p within u max(p, n) ≤ e p of the exact number, with
   * e = u (1 + n / p), and within p / 2, as no number above zero is less than two of its half steps. So log p errs by at most
   * t = −log(1 − e), and an entry with the mean of its support S by |t_z − mean t| ≤ (1 − 1/|S|) t_z + Σ_{z′ ≠ z} t_z′ / |S|,
   * whatever the signs. Normalising multiplies a row by one factor, which centring removes; the p of n / p is at least
   * 1 − δ of the normalised one, where the sums of rows were within δ of 1. A mean of rows keeps e, but each had a factor of its own, which errs by
   * as much as their sums: by u (1 + |S| n) at most.
   *
   * In float64, with u = 2^-53, a probability errs by u of itself when it is normalised, its logarithm by 2u of that besides,
   * and the mean of so many by (|S| + 2) u of the largest.
   */
  logOddsRounding(): Float64Array {
    const { offsets, probabilities, probabilityType, mergedCount, sumError } = this.problem;
    const { unit, leastNormal } = TYPES[probabilityType];
    const rounding = new Float64Array(probabilities.length);
    for (let j = 0; j + 1 < offsets.length; j++) {
      const [start, end] = [offsets[j]!, offsets[j + 1]!];
      const size = end - start;
      // a single word has no log-odds
      if (size === 1) continue;
      const row = probabilities.subarray(start, end);
      const ofFactor = mergedCount > 0 ? unit * (1 + size * leastNormal) : 0;
      const ofType = row.map(
        (p) => -Math.log1p(-Math.min(0.5, unit * (1 + leastNormal / (p * (1 - sumError)))) - ofFactor),
      );
      const mean = ofType.reduce((sum, t) => sum + t, 0) / size;
      const largest = row.reduce((most, p) => Math.max(most, -Math.log(p)), 0);
      const ofFloat64 = (size + 6) * F64_UNIT * (1 + largest);
      for (let k = start; k < end; k++) rounding[k] = ofFloat64 + (1 - 2 / size) * ofType[k - start]! + mean;
    }
    return rounding;
  }

  /**
   * What rounding can leave of ‖b − A(W)‖ where A(W) = b. With u = 2^-53, an inner product of d terms errs by at most
   * (d + 1) u Σ_i |W_zi h_ji|, centring by (|S_j| + 2) u of the largest, and W itself is rounded; centring at most doubles a norm.
   */
  residualRounding(decoder: ArrayLike<number>, b: ArrayLike<number>): number {
    const sizes = this.#logits(Float64Array.from(decoder, Math.abs), this.problem.embeddings.map(Math.abs));
    return (this.problem.embeddingDim + this.#longestSupport + 4) * F64_UNIT * (2 * norm(sizes) + norm(b));
  }

  /** What rounding can make of ‖Aᵀ(a)‖ where that is zero: sums of as many terms as the commonest word has contexts. */
  adjointRounding(a: ArrayLike<number>): number {
    const sizes = this.#combine(Float64Array.from(a, Math.abs), this.problem.embeddings.map(Math.abs));
    return 2 * (this.#commonestWord + this.#longestSupport + 4) * F64_UNIT * norm(sizes);
  }

  #logits(decoder: ArrayLike<number>, embeddings: ArrayLike<number>): Float64Array {
    const { tokens, embeddingDim } = this.problem;
    return supportLogits(this.#entryContexts, tokens, decoder, embeddings, embeddingDim);
  }

  #combine(centred: Float64Array, embeddings: ArrayLike<number>): Float64Array {
    const { tokens, embeddingDim, vocabularySize } = this.problem;
    const sum = new Float64Array(vocabularySize * embeddingDim);
    supportAdjoint(sum, this.#entryContexts, tokens, centred, embeddings, embeddingDim, -1);
    return sum;
  }
}
