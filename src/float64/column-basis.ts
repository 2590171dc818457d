import type { Work } from "../support/host-spells.ts";
import type { Problem } from "../problem/problem.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { norm } from "./vectors.ts";
import { evenScales } from "./constraints.ts";
import { RowBasis } from "./row-basis.ts";

/** The columns of H, a row of it scaled to a norm near 1, with an orthonormal basis of those that are independent. */
export interface ColumnBasis {
  /** s_j, powers of two. */
  readonly scales: Float64Array;
  /** Column i holds s_j h_ji of every context j. */
  readonly columns: readonly Float64Array[];
  /** The columns that the basis is made of, in its order. */
  readonly kept: readonly number[];
  readonly basis: RowBasis;
}

export function* columnBasis(problem: Problem): Work<ColumnBasis> {
  const { contextCount: m, embeddingDim: d, embeddings } = problem;
  const scales = evenScales(problem);
  const columns = Array.from({ length: d }, (_, i) => scales.map((scale, j) => scale * embeddings[j * d + i]!));
  const basis = new RowBasis();
  const kept: number[] = [];
  for (const [i, column] of columns.entries()) {
    const split = basis.split(column);
    if (split.size > 16 * F64_UNIT * m * norm(column)) {
      basis.add(split);
      kept.push(i);
    }
    yield undefined;
  }
  return { scales, columns, kept, basis };
}

/** A problem in embeddings whose columns are orthonormal, which has the same answers, and the way back. */
export interface Whitened {
  /** With embeddings h'_j of as many entries as there are independent columns: linear in s_j h_j. */
  readonly problem: Problem;
  /** The decoder W, V × d, with W s_j h_j = W' h'_j. */
  decoderOf(whitened: Float64Array): Float64Array;
  /** β, m × V, with Σ_j β_j h_jᵀ = 0 where Σ_j β'_j h'_jᵀ = 0. */
  dualOf(whitened: Float64Array): Float64Array;
}

/** Multiply-adds up to which embeddings are whitened: some seconds of one core. */
const MOST_WORK = 1e9;

export function canWhiten({ contextCount: m, embeddingDim: d }: Problem): boolean {
  return 4 * m * d ** 2 <= MOST_WORK;
}

/** Takes the ill-conditioning out of the embeddings, a common offset and uneven features among it. */
export function* whiten(problem: Problem): Work<Whitened> {
  const { contextCount: m, vocabularySize: V, embeddingDim: d } = problem;
  const { scales, kept, basis } = yield* columnBasis(problem);
  const rank = basis.length;
  const embeddings = new Float64Array(m * rank);
  const combinations = Array.from({ length: rank }, (_, i) => {
    const unit = Float64Array.from({ length: rank }, (_, k) => Number(k === i));
    basis.point(unit, m).forEach((x, j) => (embeddings[j * rank + i] = x));
    return basis.combination(unit);
  });
  return {
    problem: { ...problem, embeddingDim: rank, embeddings },
    decoderOf(whitened) {
      const decoder = new Float64Array(V * d);
      for (let v = 0; v < V; v++)
        combinations.forEach((combination, i) => {
          combination.forEach((x, k) => (decoder[v * d + kept[k]!]! += whitened[v * rank + i]! * x));
        });
      return decoder;
    },
    dualOf: (whitened) => whitened.map((b, i) => b * scales[Math.floor(i / V)]!),
  };
}
