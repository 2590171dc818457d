import { F64_UNIT } from "./data-subspace.ts";
import { norm } from "./vectors.ts";
import type { Problem } from "../problem/problem.ts";
import { addProduct, pairRounding, pairs, type Pairs } from "./pairs.ts";
import { dot } from "./row-basis.ts";

/** A row (e_a − e_b) s_j h_jᵀ of the margin problem: a is the first word of the support S_j, b another word. */
export interface Constraint {
  readonly context: number;
  readonly first: number;
  readonly other: number;
}

/** Rows of a margin problem, in coordinates of their own. */
export interface MarginRows {
  /** s_j, one a context. */
  readonly scales: Float64Array;
  /** Entries of a row. */
  readonly dimension: number;
  /** The rank of all rows is at most this. */
  readonly mostRank: number;
  row(constraint: Constraint): Float64Array;
  /** ⟨row, W⟩. */
  value(constraint: Constraint, decoder: Float64Array): number;
  /** What rounding can make of the value. */
  rounding(constraint: Constraint, decoder: Float64Array): number;
  /** ‖row‖. */
  size(constraint: Constraint): number;
}

/**
 * The rows of the margin problem (NTP-SVM), vectors of V · d entries: those of words of a support, whose product with a decoder has
 * to be zero, and those of words off it, whose product has to be s_j or more. s_j is the power of two that brings the norm of
 * h_j nearest to 1: neither does it round an entry, nor does any decision depend on how contexts are scaled.
 */
export class Constraints implements MarginRows {
  readonly problem: Problem;
  readonly equalities: readonly Constraint[];
  readonly inequalities: readonly Constraint[];
  /** s_j, one a context. */
  readonly scales: Float64Array;
  /** s_j h_j as rows. */
  readonly #embeddings: readonly Float64Array[];
  /** √2 ‖s_j h_j‖, one a context. */
  readonly #sizes: Float64Array;

  constructor(problem: Problem) {
    const { contextCount, vocabularySize, offsets, tokens } = problem;
    this.problem = problem;
    this.scales = evenScales(problem);
    this.#embeddings = Array.from(this.scales, (scale, j) => embeddingOf(problem, j).map((h) => scale * h));
    this.#sizes = Float64Array.from(this.#embeddings, (h) => Math.SQRT2 * norm(h));
    const [equalities, inequalities]: [Constraint[], Constraint[]] = [[], []];
    for (let context = 0; context < contextCount; context++) {
      const support = tokens.subarray(offsets[context], offsets[context + 1]);
      const first = support[0]!;
      for (const other of support.subarray(1)) equalities.push({ context, first, other });
      const isIn = new Uint8Array(vocabularySize);
      for (const z of support) isIn[z] = 1;
      isIn.forEach((isInSupport, other) => {
        if (!isInSupport) inequalities.push({ context, first, other });
      });
    }
    this.equalities = equalities;
    this.inequalities = inequalities;
  }

  /** V · d. */
  get dimension(): number {
    return this.problem.vocabularySize * this.problem.embeddingDim;
  }

  /** The rank of all rows is at most this: words' differences times as many embeddings as can be independent. */
  get mostRank(): number {
    const { vocabularySize, embeddingDim, contextCount } = this.problem;
    return (vocabularySize - 1) * Math.min(embeddingDim, contextCount);
  }

  row({ context, first, other }: Constraint): Float64Array {
    const row = new Float64Array(this.dimension);
    const d = this.problem.embeddingDim;
    row.set(this.#embeddings[context]!, first * d);
    row.set(
      this.#embeddings[context]!.map((h) => -h),
      other * d,
    );
    return row;
  }

  /** ⟨row, W⟩. */
  value({ context, first, other }: Constraint, decoder: Float64Array): number {
    const d = this.problem.embeddingDim;
    const h = this.#embeddings[context]!;
    return dot(h, decoder.subarray(first * d, (first + 1) * d)) - dot(h, decoder.subarray(other * d, (other + 1) * d));
  }

  /** What rounding can make of {@link value}: (d + 2) u Σ |row_i W_i|. */
  rounding({ context, first, other }: Constraint, decoder: Float64Array): number {
    const d = this.problem.embeddingDim;
    const h = this.#embeddings[context]!;
    let size = 0;
    for (let i = 0; i < d; i++)
      size += Math.abs(h[i]!) * (Math.abs(decoder[first * d + i]!) + Math.abs(decoder[other * d + i]!));
    return (d + 2) * F64_UNIT * size;
  }

  /** ‖row‖. */
  size({ context }: Constraint): number {
    return this.#sizes[context]!;
  }

  /** β (m × V) of multipliers of rows: Σ_j β_j h_jᵀ = Σ_c λ_c row_c. Adds them to `dual`. */
  addToDual(dual: Float64Array, constraints: readonly Constraint[], multipliers: ArrayLike<number>): void {
    constraints.forEach(({ context, first, other }, c) => {
      const share = this.scales[context]! * multipliers[c]!;
      dual[context * this.problem.vocabularySize + first]! += share;
      dual[context * this.problem.vocabularySize + other]! -= share;
    });
  }

  /** ⟨row, W⟩ in pairs, with a bound on what is left of rounding. */
  exactValue(
    { context, first, other }: Constraint,
    { high, low }: Pairs,
  ): { readonly value: number; readonly rounding: number } {
    const d = this.problem.embeddingDim;
    const h = this.#embeddings[context]!;
    const total = pairs(1);
    let size = 0;
    for (let i = 0; i < d; i++)
      for (const part of [high, low]) {
        const [a, b] = [part[first * d + i]!, part[other * d + i]!];
        addProduct(total, 0, h[i]!, a);
        addProduct(total, 0, -h[i]!, b);
        size += Math.abs(h[i]!) * (Math.abs(a) + Math.abs(b));
      }
    const value = total.high[0]! + total.low[0]!;
    return { value, rounding: pairRounding(4 * d, size) + F64_UNIT * Math.abs(value) };
  }

  /** Σ_c λ_c row_c in pairs, with a bound on what is left of rounding in its norm. */
  sum(
    constraints: readonly Constraint[],
    { high, low }: Pairs,
  ): { readonly sum: Float64Array; readonly rounding: number } {
    const d = this.problem.embeddingDim;
    const total = pairs(this.dimension);
    let size = 0;
    constraints.forEach((constraint, c) => {
      const { context, first, other } = constraint;
      const h = this.#embeddings[context]!;
      for (const part of [high[c]!, low[c]!])
        for (let i = 0; i < d; i++) {
          addProduct(total, first * d + i, h[i]!, part);
          addProduct(total, other * d + i, -h[i]!, part);
        }
      size += (Math.abs(high[c]!) + Math.abs(low[c]!)) * this.size(constraint);
    });
    const sum = total.high.map((x, i) => x + total.low[i]!);
    return { sum, rounding: pairRounding(2 * constraints.length, size) + F64_UNIT * norm(sum) };
  }
}

function embeddingOf({ embeddings, embeddingDim: d }: Problem, j: number): Float64Array {
  return Float64Array.from(embeddings.subarray(j * d, (j + 1) * d));
}

/** For each context the power of two that brings the norm of its embedding nearest to 1: scaling by it rounds nothing. */
export function evenScales(problem: Problem): Float64Array {
  return Float64Array.from({ length: problem.contextCount }, (_, j) => {
    const size = norm(embeddingOf(problem, j));
    return size > 0 ? 2 ** -Math.round(Math.log2(size)) : 1;
  });
}
