import type { Work } from "../support/host-spells.ts";
import { PenalisedInverse } from "./penalised-inverse.ts";
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
 * Steps of Newton's method for one penalty σ. A step is the D with (I + σ Σ_j Q_j ⊗ ĥ_j ĥ_jᵀ) D = −gradient, V × d, where Q_j takes the
 * mean of a context's free words away from them and is zero for the others: that of a function where σ/2 times the squares of such
 * differences are added to ½‖W‖².
 *
 * Given the mean τ_j of context j, the words go apart: with the contexts C_v in which word v is free and their rows H_v,
 *
 *   D_v = −g_v + σ H_vᵀ T_v (τ − q_v),   T_v = (I + σ H_v H_vᵀ)⁻¹,   q_v = −H_v g_v,
 *
 * and the means solve Σ_v T_v τ = Σ_v T_v q_v, m × m, T_v in the rows and columns of C_v. However ill-conditioned the embeddings
 * are, nothing is iterated: Σ_v |C_v|³/2 multiply-adds in the first step, and m³/6 and some Σ_v |C_v|² in those after it, while few words
 * come free or are held again, see {@link PenalisedInverse}.
 */
export class FaceNewton {
  readonly #contexts: ContextRows;
  readonly #sigma: number;
  /** T_v of each word, of the step before. */
  readonly #inverses: PenalisedInverse[] = [];

  constructor(contexts: ContextRows, sigma: number) {
    this.#contexts = contexts;
    this.#sigma = sigma;
  }

  /** @param isFree 1 for the free words of each context, m × V */
  *step(isFree: Uint8Array, gradient: Float64Array): Work<Float64Array> {
    const { count: m, dim: d, rows } = this.#contexts;
    const V = gradient.length / d;
    const ofGradient = yield* this.#contexts.logits(gradient);
    yield* this.#turnTo(isFree, V);
    const system = new Float64Array(m * m);
    const right = new Float64Array(m);
    for (const [v, { contexts, stride, values }] of this.#inverses.entries()) {
      for (const [a, j] of contexts.entries()) {
        for (let b = 0; b < contexts.length; b++) {
          const t = values[a * stride + b]!;
          system[j * m + contexts[b]!]! += t;
          right[j]! -= t * ofGradient[contexts[b]! * V + v]!;
        }
      }
      yield;
    }
    const means = yield* solvePositive(system, right);
    const step = gradient.map((g) => -g);
    for (const [v, { contexts, stride, values }] of this.#inverses.entries()) {
      const rest = Float64Array.from(contexts, (j) => means[j]! + ofGradient[j * V + v]!);
      for (const [a, j] of contexts.entries()) {
        let share = 0;
        for (let b = 0; b < contexts.length; b++) share += values[a * stride + b]! * rest[b]!;
        for (let i = 0; i < d; i++) step[v * d + i]! += this.#sigma * share * rows[j * d + i]!;
      }
      yield;
    }
    return step;
  }

  *#turnTo(isFree: Uint8Array, V: number): Work<void> {
    const m = this.#contexts.count;
    const gram = yield* this.#contexts.gram();
    const all = Array.from({ length: m }, (_, j) => j);
    let whole: PenalisedInverse | undefined;
    for (let v = 0; v < V; v++) {
      const free = all.filter((j) => isFree[j * V + v]);
      const before = this.#inverses[v];
      // at first every word is free in all contexts
      if (free.length === m) this.#inverses[v] = whole ??= yield* PenalisedInverse.of(gram, this.#sigma, free);
      else if (before && before.contexts.length < m) this.#inverses[v] = yield* before.turnedTo(free);
      else this.#inverses[v] = yield* PenalisedInverse.of(gram, this.#sigma, free);
      yield;
    }
  }
}
