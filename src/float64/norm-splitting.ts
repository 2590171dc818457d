import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import type { DecoderNorm } from "./decoder-norms.ts";
import { DualBall } from "./dual-ball.ts";
import { invertPositive } from "./invert-positive.ts";
import { embeddingNorms, supportMask } from "./margin-certificate.ts";
import { norm } from "./vectors.ts";

/** The iterations begin anew once the step is this part of what it began with; */
const MUCH_SHORTER = 0.2;
/** or this part, and no longer shrinks; */
const SHORTER = 0.8;
/** or when this part of all iterations has gone by since. */
const LONG_SPELL = 0.36;
/** The penalty changes by this factor at most when they do. */
const MOST_CHANGE = 3;

/** A decoder V × d and logits m × V, a point of the space that the iterations move in. */
interface Point {
  readonly decoder: Float64Array;
  readonly logits: Float64Array;
}

/**
 * The margin problem in a norm, split in two: minimise ‖X‖ subject to L ∈ K and (X, L) = (W, Ĥ W^T), with K the logits that meet the
 * constraints and contexts ĥ_j = h_j/‖h_j‖, whose margin is 1/‖h_j‖. From a point s,
 *
 *   q = the point (W, Ĥ Wᵀ) nearest to s,   p = (prox of ‖·‖/ρ, projection onto K) of 2q − s,   s ← (s₀ + (k + 1)(s + 2(p − q)))/(k + 2)
 *
 * which is the method of Peaceman and Rachford, anchored at s₀ as Halpern has it; it begins anew from where it is once it has come far
 * enough, and the penalty ρ then changes so that both sides are missed alike (Chen, Sun, Yuan, Zhang, Zhao, HPR-LP, arXiv 2408.12179;
 * the restarts are those of Lu and Yang, arXiv 2407.16144). Where it ends X = W, L = Ĥ Wᵀ and s − q are −ρ⁻¹ Σ_j β_j h_jᵀ and the
 * multipliers β_j ‖h_j‖/ρ. In float64, on the host.
 */
export class NormSplitting {
  readonly #problem: Problem;
  readonly #mask: Uint8Array;
  readonly #lengths: Float64Array;
  readonly #contexts: Float64Array;
  readonly #ball: DualBall;
  /** (I + Ĥᵀ Ĥ)⁻¹. */
  #inverse: Float64Array | undefined;
  #penalty = 1;
  #at: Point;
  #anchor: Point;
  #sinceAnchor = 0;
  #firstStep = 0;
  #lastStep = Infinity;
  #multipliers: Float64Array;
  #proximal: Float64Array;
  iterations = 0;

  constructor(problem: Problem, by: DecoderNorm) {
    const { vocabularySize: V, embeddingDim: d, contextCount: m } = problem;
    this.#problem = problem;
    this.#mask = supportMask(problem);
    // a context of zeros, which every word follows, asks for nothing
    this.#lengths = embeddingNorms(problem).map((length) => length || 1);
    this.#contexts = Float64Array.from(problem.embeddings, (h, i) => h / this.#lengths[Math.floor(i / d)]!);
    this.#ball = new DualBall(by, V, d);
    this.#at = this.#anchor = { decoder: new Float64Array(V * d), logits: new Float64Array(m * V) };
    this.#multipliers = new Float64Array(m * V);
    this.#proximal = this.#at.decoder;
  }

  /** β, m × V: in the cone, in units in which ‖Σ_j β_j h_jᵀ‖_d tends to 1. */
  get dual(): Float64Array {
    const V = this.#problem.vocabularySize;
    return this.#multipliers.map((y, i) => (this.#penalty * y) / this.#lengths[Math.floor(i / V)]!);
  }

  /** X, V × d. */
  get decoder(): Float64Array {
    return this.#proximal;
  }

  /**
   * Begins at a decoder W with margin 1 (V × d) and multipliers β (m × V).
   * @param sum Σ_j β_j h_jᵀ, in units in which its dual norm is 1, as β is
   */
  *start(decoder: Float64Array, dual: Float64Array, sum: Float64Array): Work<void> {
    const V = this.#problem.vocabularySize;
    const logits = yield* this.#logitsOf(decoder);
    this.#penalty = norm(sum) / norm(decoder);
    this.#begin({
      decoder: decoder.map((w, i) => w - sum[i]! / this.#penalty),
      logits: logits.map((l, i) => l + (dual[i]! * this.#lengths[Math.floor(i / V)]!) / this.#penalty),
    });
  }

  /** One iteration. */
  *step(): Work<void> {
    const s = this.#at;
    const q = yield* this.#nearest(s);
    const beyond = q.decoder.map((w, i) => 2 * w - s.decoder[i]!);
    const shrunk = yield* this.#ball.project(beyond, 1 / this.#penalty);
    this.#proximal = beyond.map((w, i) => w - shrunk[i]!);
    const feasible = yield* this.#nearestFeasible(q.logits.map((l, i) => 2 * l - s.logits[i]!));
    const move: Point = {
      decoder: this.#proximal.map((x, i) => x - q.decoder[i]!),
      logits: feasible.map((l, i) => l - q.logits[i]!),
    };
    const length = Math.hypot(norm(move.decoder), norm(move.logits));
    this.iterations++;
    const reached: Point = {
      decoder: s.decoder.map((x, i) => x + 2 * move.decoder[i]!),
      logits: s.logits.map((x, i) => x + 2 * move.logits[i]!),
    };
    if (this.#sinceAnchor === 0) this.#firstStep = length;
    else if (this.#isOver(length)) {
      yield* this.#beginAnew(reached, move);
      return;
    }
    const share = (this.#sinceAnchor + 1) / (this.#sinceAnchor + 2);
    const anchored = (part: keyof Point): Float64Array =>
      reached[part].map((x, i) => share * x + (1 - share) * this.#anchor[part][i]!);
    this.#at = { decoder: anchored("decoder"), logits: anchored("logits") };
    this.#sinceAnchor++;
    this.#lastStep = length;
  }

  #isOver(length: number): boolean {
    return (
      length <= MUCH_SHORTER * this.#firstStep ||
      (length <= SHORTER * this.#firstStep && length > this.#lastStep) ||
      this.#sinceAnchor >= LONG_SPELL * this.iterations
    );
  }

  #begin(point: Point): void {
    this.#at = this.#anchor = point;
    this.#sinceAnchor = 0;
    this.#lastStep = Infinity;
  }

  /** The part of a move within the points (W, Ĥ Wᵀ) is what multipliers are missed by, the rest what decoders are. */
  *#beginAnew(point: Point, move: Point): Work<void> {
    yield* this.#ball.renew();
    const within = yield* this.#nearest(move);
    const nearest = yield* this.#nearest(point);
    const ofDual = sizeOf(within) / distance(point, nearest);
    const ofPrimal = distance(move, within) / sizeOf(nearest);
    const change = Math.min(Math.max(Math.sqrt(ofPrimal / ofDual), 1 / MOST_CHANGE), MOST_CHANGE);
    if (!(change > 0)) {
      this.#begin(point);
      return;
    }
    this.#penalty *= change;
    this.#multipliers = this.#multipliers.map((y) => y / change);
    const scaled = (part: keyof Point): Float64Array => nearest[part].map((x, i) => x + (point[part][i]! - x) / change);
    this.#begin({ decoder: scaled("decoder"), logits: scaled("logits") });
  }

  /** The point (W, Ĥ Wᵀ) nearest to a given one: W (I + Ĥᵀ Ĥ) = decoder + logitsᵀ Ĥ. */
  *#nearest({ decoder, logits }: Point): Work<Point> {
    const { vocabularySize: V, embeddingDim: d, contextCount: m } = this.#problem;
    this.#inverse ??= yield* invertPositive(this.#gramPlusIdentity(), d);
    const right = decoder.slice();
    for (let j = 0; j < m; j++) {
      for (let v = 0; v < V; v++) {
        const l = logits[j * V + v]!;
        for (let i = 0; i < d; i++) right[v * d + i]! += l * this.#contexts[j * d + i]!;
      }
      yield;
    }
    const nearest = new Float64Array(V * d);
    for (let v = 0; v < V; v++) {
      for (let k = 0; k < d; k++) {
        const r = right[v * d + k]!;
        for (let i = 0; i < d; i++) nearest[v * d + i]! += r * this.#inverse[k * d + i]!;
      }
      yield;
    }
    return { decoder: nearest, logits: yield* this.#logitsOf(nearest) };
  }

  /** Ĥ Wᵀ. */
  *#logitsOf(decoder: Float64Array): Work<Float64Array> {
    const { vocabularySize: V, embeddingDim: d, contextCount: m } = this.#problem;
    const logits = new Float64Array(m * V);
    for (let j = 0; j < m; j++) {
      for (let v = 0; v < V; v++) {
        let sum = 0;
        for (let i = 0; i < d; i++) sum += decoder[v * d + i]! * this.#contexts[j * d + i]!;
        logits[j * V + v] = sum;
      }
      yield;
    }
    return logits;
  }

  /** The nearest logits in K; what they are moved by are the multipliers, in the cone. */
  *#nearestFeasible(logits: Float64Array): Work<Float64Array> {
    const { vocabularySize: V, contextCount: m } = this.#problem;
    const given = logits.map((l, i) => -l - (this.#mask[i] ? 0 : 1 / this.#lengths[Math.floor(i / V)]!));
    for (let j = 0; j < m; j++) {
      projectOntoCone(given.subarray(j * V, (j + 1) * V), this.#mask.subarray(j * V, (j + 1) * V));
      if (j % 16 === 0) yield;
    }
    this.#multipliers = given;
    return logits.map((l, i) => l + given[i]!);
  }

  #gramPlusIdentity(): Float64Array {
    const { embeddingDim: d, contextCount: m } = this.#problem;
    const gram = new Float64Array(d * d);
    for (let k = 0; k < d; k++) gram[k * d + k] = 1;
    for (let j = 0; j < m; j++)
      for (let k = 0; k < d; k++) {
        const h = this.#contexts[j * d + k]!;
        for (let i = 0; i < d; i++) gram[k * d + i]! += h * this.#contexts[j * d + i]!;
      }
    return gram;
  }
}

/**
 * The nearest β with Σ β = 0 and β ≤ 0 off the support, in place: b − τ, clipped at 0 off the support. τ falls from the mean as words are
 * clipped, and none is let go again.
 */
function projectOntoCone(b: Float64Array, isIn: Uint8Array): void {
  let tau = Infinity;
  for (;;) {
    let [sum, count] = [0, 0];
    for (let v = 0; v < b.length; v++) {
      if (!isIn[v] && b[v]! > tau) continue;
      sum += b[v]!;
      count++;
    }
    if (!(sum / count < tau)) break;
    tau = sum / count;
  }
  for (let v = 0; v < b.length; v++) b[v] = isIn[v] ? b[v]! - tau : Math.min(b[v]! - tau, 0);
}

const sizeOf = ({ decoder, logits }: Point): number => Math.hypot(norm(decoder), norm(logits));

function distance(a: Point, b: Point): number {
  let square = 0;
  for (const part of ["decoder", "logits"] as const) a[part].forEach((x, i) => (square += (x - b[part][i]!) ** 2));
  return Math.sqrt(square);
}
