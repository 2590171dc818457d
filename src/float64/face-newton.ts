import type { Work } from "../support/host-spells.ts";
import { invertPositive } from "./invert-positive.ts";
import { solvePositive } from "./solve-positive.ts";
import { timesTransposed, transposed } from "./products.ts";

/** Contexts ĥ_j as rows of H [m, d], and what is made of them once. */
export class ContextRows {
  readonly count: number;
  readonly dim: number;
  readonly rows: Float64Array;
  readonly #columns: Float64Array;
  #gram: Float64Array | undefined;

  constructor(rows: Float64Array, dim: number) {
    this.count = rows.length / dim;
    this.dim = dim;
    this.rows = rows;
    this.#columns = transposed(rows, this.count);
  }

  /** H Hᵀ, m × m. */
  *gram(): Work<Float64Array> {
    return (this.#gram ??= yield* timesTransposed(this.rows, this.rows, this.dim));
  }

  /** H Wᵀ, m × V, of a decoder W. */
  logits(decoder: Float64Array): Work<Float64Array> {
    return timesTransposed(this.rows, decoder, this.dim);
  }

  /** Σ_j β_j ĥ_jᵀ, V × d, of multipliers β. */
  decoder(multipliers: Float64Array): Work<Float64Array> {
    return timesTransposed(transposed(multipliers, this.count), this.#columns, this.count);
  }
}

/**
 * The D with (I + σ Σ_j Q_j ⊗ ĥ_j ĥ_jᵀ) D = −gradient, V × d, where Q_j takes the mean of a context's free words away from them and is
 * zero for the others: a step of Newton's method where σ/2 times the squares of such differences are added to ½‖W‖².
 *
 * Given the mean τ_j of context j, the words go apart: with the contexts C_v in which word v is free and their rows H_v,
 *
 *   D_v = −g_v + σ H_vᵀ T_v (τ − q_v),   T_v = (I + σ H_v H_vᵀ)⁻¹,   q_v = −H_v g_v,
 *
 * and the means solve Σ_v T_v τ = Σ_v T_v q_v, m × m, T_v in the rows and columns of C_v. However ill-conditioned the embeddings
 * are, nothing is iterated: Σ_v |C_v|³/2 + m³/6 multiply-adds.
 * @param isFree 1 for the free words of each context, m × V
 */
export function* faceNewtonStep(
  contexts: ContextRows,
  isFree: Uint8Array,
  sigma: number,
  gradient: Float64Array,
): Work<Float64Array> {
  const { count: m, dim: d, rows } = contexts;
  const V = gradient.length / d;
  const gram = yield* contexts.gram();
  const ofGradient = yield* contexts.logits(gradient);
  const system = new Float64Array(m * m);
  const right = new Float64Array(m);
  const words: { readonly at: Int32Array; readonly inverse: Float64Array }[] = [];
  for (let v = 0; v < V; v++) {
    const at = Int32Array.from({ length: m }, (_, j) => j).filter((j) => isFree[j * V + v]);
    // at first every word is free in all contexts
    const before = words.at(-1);
    const inverse =
      before?.at.length === m && at.length === m
        ? before.inverse
        : yield* invertPositive(penalised(gram, m, at, sigma), at.length);
    at.forEach((j, a) => {
      for (let b = 0; b < at.length; b++) {
        const t = inverse[a * at.length + b]!;
        system[j * m + at[b]!]! += t;
        right[j]! -= t * ofGradient[at[b]! * V + v]!;
      }
    });
    words.push({ at, inverse });
    yield;
  }
  const means = yield* solvePositive(system, right);
  const step = gradient.map((g) => -g);
  for (const [v, { at, inverse }] of words.entries()) {
    const rest = Float64Array.from(at, (j) => means[j]! + ofGradient[j * V + v]!);
    at.forEach((j, a) => {
      let share = 0;
      for (let b = 0; b < at.length; b++) share += inverse[a * at.length + b]! * rest[b]!;
      for (let i = 0; i < d; i++) step[v * d + i]! += sigma * share * rows[j * d + i]!;
    });
    yield;
  }
  return step;
}

/** I + σ times the Gram matrix of some contexts. */
function penalised(gram: Float64Array, m: number, at: Int32Array, sigma: number): Float64Array {
  const n = at.length;
  const matrix = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) matrix[a * n + b] = sigma * gram[at[a]! * m + at[b]!]!;
    matrix[a * n + a]! += 1;
  }
  return matrix;
}
