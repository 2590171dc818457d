import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { invertPositive } from "./invert-positive.ts";
import { timesTransposed, transposed } from "./products.ts";

/** A decoder V × d and after it logits m × V, one vector: a point of the space that {@link LogitGraph} lies in. */
export type Point = Float64Array;

/** The decoders with their logits, (W, Ĥ Wᵀ), among all pairs of a decoder and logits. In float64. */
export class LogitGraph {
  readonly #problem: Problem;
  readonly #contexts: Float64Array;
  readonly #contextsTransposed: Float64Array;
  /** (I + Ĥᵀ Ĥ)⁻¹. */
  #inverse: Float64Array | undefined;

  /** @param contexts Ĥ, m × d */
  constructor(problem: Problem, contexts: Float64Array) {
    this.#problem = problem;
    this.#contexts = contexts;
    this.#contextsTransposed = transposed(contexts, problem.contextCount);
  }

  /** Entries of a point that are its decoder. */
  get decoderLength(): number {
    return this.#problem.vocabularySize * this.#problem.embeddingDim;
  }

  decoderOf(point: Point): Float64Array {
    return point.subarray(0, this.decoderLength);
  }

  logitsOf(point: Point): Float64Array {
    return point.subarray(this.decoderLength);
  }

  /** (W, Ĥ Wᵀ). */
  *pointOf(decoder: Float64Array): Work<Point> {
    const point = new Float64Array(decoder.length + this.#problem.contextCount * this.#problem.vocabularySize);
    point.set(decoder);
    point.set(yield* timesTransposed(this.#contexts, decoder, this.#problem.embeddingDim), decoder.length);
    return point;
  }

  /** The point (W, Ĥ Wᵀ) nearest to a given one: W (I + Ĥᵀ Ĥ) = decoder + logitsᵀ Ĥ. */
  *nearest(point: Point): Work<Point> {
    const { embeddingDim: d, contextCount: m } = this.#problem;
    this.#inverse ??= yield* this.#invert();
    const right = yield* timesTransposed(transposed(this.logitsOf(point), m), this.#contextsTransposed, m);
    for (let i = 0; i < right.length; i++) right[i]! += point[i]!;
    return yield* this.pointOf(yield* timesTransposed(right, this.#inverse, d));
  }

  *#invert(): Work<Float64Array> {
    const { embeddingDim: d, contextCount: m } = this.#problem;
    const gram = yield* timesTransposed(this.#contextsTransposed, this.#contextsTransposed, m);
    for (let k = 0; k < d; k++) gram[k * d + k]! += 1;
    return yield* invertPositive(gram, d);
  }
}
