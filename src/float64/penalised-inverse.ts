import type { Work } from "../support/host-spells.ts";
import { invertPositive } from "./invert-positive.ts";

/** Room for so many more contexts in the arrays of a set. */
const SPARE = 32;
/** A set that changes by more than this part of itself is inverted anew, which costs |C|/2 changes, on smaller arrays. */
const MOST_CHANGED = 0.2;
/** The pivot of a context that comes is at least 1; one this far below it has lost its digits. */
const LEAST_PIVOT = 0.9;

/**
 * T = (I + σ G_CC)⁻¹ for a set C of contexts that changes little from one step to the next: a context comes or goes by a change of
 * rank one, |C|² multiply-adds, where inverting takes |C|³/2.
 */
export class PenalisedInverse {
  /** The contexts of the rows, in no order. */
  readonly contexts: number[];
  readonly stride: number;
  /** T in the first rows and columns, [stride, stride]. */
  readonly values: Float64Array;
  readonly #gram: Float64Array;
  readonly #sigma: number;

  private constructor(gram: Float64Array, sigma: number, contexts: number[], inverse: Float64Array) {
    this.#gram = gram;
    this.#sigma = sigma;
    this.contexts = contexts;
    const n = contexts.length;
    this.stride = n + SPARE;
    this.values = new Float64Array(this.stride ** 2);
    for (let a = 0; a < n; a++) this.values.set(inverse.subarray(a * n, (a + 1) * n), a * this.stride);
  }

  /** @param gram G, the Gram matrix of all contexts, m × m */
  static *of(gram: Float64Array, sigma: number, contexts: number[]): Work<PenalisedInverse> {
    const inverse = yield* invertPositive(penalised(gram, sigma, contexts), contexts.length);
    return new PenalisedInverse(gram, sigma, contexts.slice(), inverse);
  }

  /** The inverse of another set: this one, changed, or a new one. */
  *turnedTo(contexts: number[]): Work<PenalisedInverse> {
    const wanted = new Set(contexts);
    const had = new Set(this.contexts);
    const coming = contexts.filter((j) => !had.has(j));
    const changes = this.contexts.length - (contexts.length - coming.length) + coming.length;
    const isSame = changes <= MOST_CHANGED * contexts.length && contexts.length <= this.stride;
    if (!isSame) return yield* PenalisedInverse.of(this.#gram, this.#sigma, contexts);
    for (let a = this.contexts.length - 1; a >= 0; a--) if (!wanted.has(this.contexts[a]!)) this.#remove(a);
    for (const j of coming) if (!this.#add(j)) return yield* PenalisedInverse.of(this.#gram, this.#sigma, contexts);
    return this;
  }

  /** T − t tᵀ/t_a without row and column a, t its column; the last row takes its place. */
  #remove(a: number): void {
    const { contexts, stride, values } = this;
    const last = contexts.length - 1;
    const column = values.slice(a * stride, a * stride + last + 1);
    const pivot = column[a]!;
    if (a !== last) {
      contexts[a] = contexts[last]!;
      for (let b = 0; b < last; b++) values[a * stride + b] = values[b * stride + a] = values[last * stride + b]!;
      values[a * stride + a] = values[last * stride + last]!;
      column[a] = column[last]!;
    }
    contexts.pop();
    this.#addProduct(column, -1 / pivot);
  }

  /** [T + u uᵀ/s, −u/s; −uᵀ/s, 1/s], u = T g, s = 1 + σ G_jj − gᵀu, g = σ G_Cj. */
  #add(j: number): boolean {
    const { contexts, stride, values } = this;
    const n = contexts.length;
    const m = Math.sqrt(this.#gram.length);
    const g = Float64Array.from(contexts, (b) => this.#sigma * this.#gram[j * m + b]!);
    const u = new Float64Array(n);
    let pivot = 1 + this.#sigma * this.#gram[j * m + j]!;
    for (let a = 0; a < n; a++) {
      let sum = 0;
      for (let b = 0; b < n; b++) sum += values[a * stride + b]! * g[b]!;
      u[a] = sum;
      pivot -= g[a]! * sum;
    }
    if (!(pivot >= LEAST_PIVOT)) return false;
    this.#addProduct(u, 1 / pivot);
    for (let a = 0; a < n; a++) values[a * stride + n] = values[n * stride + a] = -u[a]! / pivot;
    values[n * stride + n] = 1 / pivot;
    contexts.push(j);
    return true;
  }

  /** Adds factor · x xᵀ. */
  #addProduct(x: Float64Array, factor: number): void {
    const { stride, values } = this;
    const n = this.contexts.length;
    for (let a = 0; a < n; a++) {
      const scaled = factor * x[a]!;
      const row = a * stride;
      for (let b = 0; b < n; b++) values[row + b]! += scaled * x[b]!;
    }
  }
}

/** I + σ times the Gram matrix of some contexts. */
function penalised(gram: Float64Array, sigma: number, at: readonly number[]): Float64Array {
  const n = at.length;
  const m = Math.sqrt(gram.length);
  const matrix = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) matrix[a * n + b] = sigma * gram[at[a]! * m + at[b]!]!;
    matrix[a * n + a]! += 1;
  }
  return matrix;
}
