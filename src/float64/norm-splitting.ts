import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import type { DecoderNorm } from "./decoder-norms.ts";
import { DualBall } from "./dual-ball.ts";
import { LogitGraph, type Point } from "./logit-graph.ts";
import { embeddingNorms, supportMask } from "./margin-certificate.ts";
import { projectOntoCone } from "./support-cone.ts";
import { difference, norm } from "./vectors.ts";

/** The iterations begin anew once the step is this part of what it began with; */
const MUCH_SHORTER = 0.2;
/** or this part, and no longer shrinks; */
const SHORTER = 0.8;
/** or when this part of all iterations has gone by since. */
const LONG_SPELL = 0.36;
/** The penalty changes by this factor at most when they do. */
const MOST_CHANGE = 3;
/** What projections may be off by, as a part of the last step. */
const PART_OF_STEP = 1e-3;

/**
 * The margin problem in a norm, split in two: minimise ‖X‖ subject to L ∈ K and (X, L) = (W, Ĥ Wᵀ), with K the logits that meet the
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
  readonly #graph: LogitGraph;
  readonly #ball: DualBall;
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
    const contexts = Float64Array.from(problem.embeddings, (h, i) => h / this.#lengths[Math.floor(i / d)]!);
    this.#graph = new LogitGraph(problem, contexts);
    this.#ball = new DualBall(by, V, d);
    this.#at = this.#anchor = new Float64Array(V * d + m * V);
    this.#multipliers = new Float64Array(m * V);
    this.#proximal = new Float64Array(V * d);
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
    this.#penalty = norm(sum) / norm(decoder);
    const point = yield* this.#graph.pointOf(decoder);
    for (let i = 0; i < sum.length; i++) point[i]! -= sum[i]! / this.#penalty;
    for (let i = 0; i < dual.length; i++)
      point[sum.length + i]! += (dual[i]! * this.#lengths[Math.floor(i / V)]!) / this.#penalty;
    this.#begin(point);
  }

  /** One iteration. */
  *step(): Work<void> {
    const s = this.#at;
    const q = yield* this.#graph.nearest(s);
    const move = new Float64Array(s.length);
    for (let i = 0; i < s.length; i++) move[i] = 2 * q[i]! - s[i]!;
    yield* this.#shrink(this.#graph.decoderOf(move));
    yield;
    yield* this.#makeFeasible(this.#graph.logitsOf(move));
    yield;
    for (let i = 0; i < s.length; i++) move[i]! -= q[i]!;
    const length = norm(move);
    this.iterations++;
    const reached = new Float64Array(s.length);
    for (let i = 0; i < s.length; i++) reached[i] = s[i]! + 2 * move[i]!;
    if (this.#sinceAnchor === 0) this.#firstStep = length;
    else if (this.#isOver(length)) {
      yield* this.#beginAnew(reached, move);
      return;
    }
    const share = (this.#sinceAnchor + 1) / (this.#sinceAnchor + 2);
    for (let i = 0; i < s.length; i++) reached[i] = share * reached[i]! + (1 - share) * this.#anchor[i]!;
    this.#at = reached;
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
  }

  /** The part of a move within the points (W, Ĥ Wᵀ) is what multipliers are missed by, the rest what decoders are. */
  *#beginAnew(point: Point, move: Point): Work<void> {
    yield* this.#ball.renew();
    const within = yield* this.#graph.nearest(move);
    const nearest = yield* this.#graph.nearest(point);
    const ofDual = norm(within) / norm(difference(point, nearest));
    const ofPrimal = norm(difference(move, within)) / norm(nearest);
    const change = Math.min(Math.max(Math.sqrt(ofPrimal / ofDual), 1 / MOST_CHANGE), MOST_CHANGE);
    if (!(change > 0)) {
      this.#begin(point);
      return;
    }
    this.#penalty *= change;
    this.#multipliers = this.#multipliers.map((y) => y / change);
    this.#begin(nearest.map((x, i) => x + (point[i]! - x) / change));
  }

  /** The prox of ‖·‖/ρ, in place. */
  *#shrink(decoder: Float64Array): Work<void> {
    const accuracy = (PART_OF_STEP * this.#lastStep) / norm(this.#at);
    const taken = yield* this.#ball.project(decoder, 1 / this.#penalty, accuracy);
    for (let i = 0; i < decoder.length; i++) decoder[i]! -= taken[i]!;
    this.#proximal = decoder.slice();
  }

  /** The nearest logits in K, in place; what they are moved by are the multipliers, in the cone. */
  *#makeFeasible(logits: Float64Array): Work<void> {
    const { vocabularySize: V, contextCount: m } = this.#problem;
    const moved = new Float64Array(m * V);
    for (let j = 0; j < m; j++) {
      const margin = 1 / this.#lengths[j]!;
      for (let i = j * V; i < (j + 1) * V; i++) moved[i] = -logits[i]! - (this.#mask[i] ? 0 : margin);
      projectOntoCone(moved.subarray(j * V, (j + 1) * V), this.#mask.subarray(j * V, (j + 1) * V));
      for (let i = j * V; i < (j + 1) * V; i++) logits[i]! += moved[i]!;
      if (j % 16 === 0) yield;
    }
    this.#multipliers = moved;
  }
}
