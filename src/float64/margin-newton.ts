import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { ContextRows, FaceNewton } from "./face-newton.ts";
import { embeddingNorms, supportMask } from "./margin-certificate.ts";
import { dot } from "./row-basis.ts";
import { projectOntoCone } from "./support-cone.ts";
import { norm } from "./vectors.ts";

/** Of the first penalty, in contexts of unit length, and by what it grows from one set of multipliers to the next. */
const FIRST_PENALTY = 1000;
const GROWTH = 3;
/** A gradient of this part of ‖W‖ is small enough for new multipliers. */
const ACCURACY = 0.02;
/** Steps of Newton's method for one set of multipliers at most. */
const MOST_STEPS = 100;
/** The slope at the end of a step is at most this part of what it was: where the whole step has it, and where a shorter one is sought. */
const [FLAT, FLATTER] = [0.3, 0.1];
const MOST_HALVINGS = 40;

/**
 * The margin problem by the method of multipliers, each minimum by Newton's method. With contexts ĥ_j = h_j/‖h_j‖, whose constraints are
 * that Wĥ_j + c_j is in the dual of the cone of multipliers K_j, c_j = 1/‖h_j‖ off the support,
 *
 *   W ← argmin ½‖W‖² + Σ_j ‖β_j⁺‖²/2σ,   β_j⁺ = P_{K_j}(β_j − σ(Wĥ_j + c_j)),   β ← β⁺,   σ ← 3σ
 *
 * (Rockafellar 1976). The gradient W − Σ_j β_j⁺ ĥ_jᵀ is linear on each face of the cones, and {@link FaceNewton} solves for its zero
 * there, so that it takes some tens of steps however ill-conditioned the embeddings are (Li, Sun, Toh, SIAM J. Optim. 28:433, 2018, for
 * the lasso). In float64, on the host.
 */
export class MarginNewton {
  readonly #V: number;
  readonly #mask: Uint8Array;
  readonly #lengths: Float64Array;
  readonly #contexts: ContextRows;
  #sigma = FIRST_PENALTY;
  #multipliers: Float64Array;
  #decoder: Float64Array;
  /** Steps made. */
  steps = 0;

  constructor(problem: Problem) {
    const { vocabularySize: V, embeddingDim: d, embeddings, contextCount: m } = problem;
    this.#V = V;
    this.#mask = supportMask(problem);
    // a context of zeros, which every word follows, asks for nothing
    this.#lengths = embeddingNorms(problem).map((length) => length || 1);
    this.#contexts = new ContextRows(
      Float64Array.from(embeddings, (h, i) => h / this.#lengths[Math.floor(i / d)]!),
      d,
    );
    this.#multipliers = new Float64Array(m * V);
    this.#decoder = new Float64Array(V * d);
  }

  /** β, m × V, in the cones. */
  get dual(): Float64Array {
    return this.#multipliers.map((b, i) => b / this.#lengths[Math.floor(i / this.#V)]!);
  }

  /** W, V × d. */
  get decoder(): Float64Array {
    return this.#decoder;
  }

  /** The next set of multipliers, after so many steps at most. Whether they are those of a minimum: not where float64 is at its end. */
  *advance(mostSteps: number = MOST_STEPS): Work<boolean> {
    let logits = yield* this.#contexts.logits(this.#decoder);
    const newton = new FaceNewton(this.#contexts, this.#sigma);
    for (let step = 0; ; step++) {
      const projected = this.#project(logits);
      const gradient = yield* this.#contexts.decoder(projected);
      for (let i = 0; i < gradient.length; i++) gradient[i] = this.#decoder[i]! - gradient[i]!;
      const isMinimum = step > 0 && norm(gradient) <= ACCURACY * norm(this.#decoder);
      if (isMinimum || step === Math.min(mostSteps, MOST_STEPS)) {
        this.#multipliers = projected;
        this.#sigma *= GROWTH;
        return isMinimum;
      }
      const isFree = this.#mask.map((isIn, i) => Number(isIn || projected[i]! < 0));
      const direction = yield* newton.step(isFree, gradient);
      const along = yield* this.#contexts.logits(direction);
      const length = yield* this.#search(logits, along, direction);
      this.#decoder = plus(this.#decoder, length, direction);
      logits = plus(logits, length, along);
      this.steps++;
    }
  }

  /** How far to go along a direction, whose logits are `along`. */
  *#search(logits: Float64Array, along: Float64Array, direction: Float64Array): Work<number> {
    const linear = dot(this.#decoder, direction);
    const square = dot(direction, direction);
    const slope = (length: number): number =>
      linear + length * square - dot(this.#project(plus(logits, length, along)), along);
    const first = Math.abs(slope(0));
    let [low, high] = [0, 1];
    let at = slope(1);
    if (Math.abs(at) <= FLAT * first) return 1;
    for (; at < 0 && high < 64; at = slope(high)) {
      [low, high] = [high, 2 * high];
      yield;
    }
    let length = high;
    for (let halving = 0; Math.abs(at) > FLATTER * first && halving < MOST_HALVINGS; halving++) {
      length = (low + high) / 2;
      at = slope(length);
      if (at < 0) low = length;
      else high = length;
      yield;
    }
    return length;
  }

  /** β⁺ where the decoder has these logits. */
  #project(logits: Float64Array): Float64Array {
    const V = this.#V;
    const moved = new Float64Array(logits.length);
    for (const [j, length] of this.#lengths.entries()) {
      for (let i = j * V; i < (j + 1) * V; i++)
        moved[i] = this.#multipliers[i]! - this.#sigma * (logits[i]! + (this.#mask[i] ? 0 : 1 / length));
      projectOntoCone(moved.subarray(j * V, (j + 1) * V), this.#mask.subarray(j * V, (j + 1) * V));
    }
    return moved;
  }
}

/** Multiply-adds of the first step for a set of multipliers, some seconds, and numbers that its inverses hold at most, 480 MB. */
const MOST_WORK = 3e9;
const MOST_NUMBERS = 6e7;

/**
 * Whether the host's time and memory will do: no more contexts than dimensions, as a rule, leave a word free for long, so that a first
 * step takes V min(m, d)³/2 + m³/6 multiply-adds about.
 */
export function canStepByNewton({ contextCount: m, vocabularySize: V, embeddingDim: d }: Problem): boolean {
  return (V * Math.min(m, d) ** 3) / 2 + m ** 3 / 6 <= MOST_WORK && V * m ** 2 <= MOST_NUMBERS;
}

/** a + factor · b. */
const plus = (a: Float64Array, factor: number, b: Float64Array): Float64Array => a.map((x, i) => x + factor * b[i]!);
