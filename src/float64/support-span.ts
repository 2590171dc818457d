import type { Work } from "../support/host-spells.ts";
import type { Problem } from "../problem/problem.ts";
import { DataSubspace, F64_UNIT } from "./data-subspace.ts";
import { norm } from "./vectors.ts";
import { Constraints } from "./constraints.ts";
import { HeldRows } from "./held-rows.ts";
import { pairs, type Pairs } from "./pairs.ts";
import { RowBasis } from "./row-basis.ts";

/** Σ(|S_j| − 1) times the rank times V d up to which a span is made: a second or two of one core. */
const MOST_WORK = 3e8;

/** A decoder in F, and a bound on its distance from what it stands for. */
export interface Bounded {
  /** V × d. */
  readonly decoder: Float64Array;
  readonly error: number;
}

const known = new WeakMap<Problem, SupportSpan>();

/**
 * The data subspace F = span{(e_z − e_z′) h_jᵀ : z, z′ ∈ S_j} of a small problem in float64: an orthonormal basis, by Gram and Schmidt on
 * the rows scaled to unit length, with a lower bound on their smallest singular value. Errors that are bounded by it are proved.
 */
export class SupportSpan {
  /** Whether any log-odds can be met: the rows are independent. */
  readonly isOnto: boolean;
  /** Whether exact arithmetic has the rank that float64 found. */
  readonly isExact: boolean;
  readonly #held: HeldRows;
  readonly #leastSingular: number;
  readonly #entries: readonly { readonly first: number; readonly other: number }[];

  private constructor(held: HeldRows, isExact: boolean) {
    const { rows } = held;
    const { offsets, tokens } = rows.problem;
    this.#held = held;
    this.#leastSingular = held.basis.smallestSingularValue();
    this.isExact = isExact && this.#leastSingular > 0;
    this.isOnto = this.isExact && held.constraints.length === rows.equalities.length;
    this.#entries = held.constraints.map(({ context, other }) => ({
      first: offsets[context]!,
      other: tokens.indexOf(other, offsets[context]),
    }));
  }

  /** Whether a problem is small enough for {@link of}. */
  static isFor({ tokens, contextCount, vocabularySize: V, embeddingDim: d }: Problem): boolean {
    const rows = tokens.length - contextCount;
    return rows * Math.min(rows, (V - 1) * Math.min(d, contextCount)) * V * d <= MOST_WORK;
  }

  /** The span of a problem, made once. */
  static *of(problem: Problem): Work<SupportSpan> {
    let span = known.get(problem);
    if (!span) {
      const held = new HeldRows(new Constraints(problem));
      yield* held.hold(held.rows.equalities);
      span = new SupportSpan(held, yield* held.spansExactly(held.rows.equalities));
      known.set(problem, span);
    }
    return span;
  }

  /** P_F(W). */
  project(decoder: Float64Array): Bounded {
    const { basis } = this.#held;
    const { along, size } = basis.split(decoder);
    const inSpan = basis.point(along, decoder.length);
    return { decoder: inSpan, error: this.#basisError() * (norm(along) + size) };
  }

  /** W − P_F(W). */
  removeFrom(decoder: Float64Array): Float64Array {
    return this.#held.basis.split(decoder).rest;
  }

  /**
   * The decoder of F that meets the log-odds b of as many independent rows as there are. Where these are compatible that is W*; the
   * error then holds for the b that is given.
   * @param b (C_j log p_j)_j, Σ|S_j| entries
   */
  solve(b: Float64Array): Bounded {
    const { basis, constraints, rows } = this.#held;
    const wanted = this.#entries.map(
      ({ first, other }, k) => rows.scales[constraints[k]!.context]! * (b[first]! - b[other]!),
    );
    const decoder = basis.point(basis.coordinates(wanted), rows.dimension);
    const whole = asPairs(decoder);
    const missing = constraints.map((constraint, k) => wanted[k]! - rows.exactValue(constraint, whole).value);
    basis.point(basis.coordinates(missing), rows.dimension).forEach((x, i) => (decoder[i]! += x));
    return { decoder, error: this.errorOf(decoder, b) };
  }

  /** A bound on ‖W − W*‖ for compatible log-odds: what W misses them by over the smallest singular value, and what of W is not in F. */
  errorOf(decoder: Float64Array, b: Float64Array): number {
    if (!this.isExact) return Infinity;
    const { basis, constraints, rows } = this.#held;
    const whole = asPairs(decoder);
    const missing = constraints.map((constraint, k) => {
      const { first, other } = this.#entries[k]!;
      const scale = rows.scales[constraint.context]!;
      const { value, rounding } = rows.exactValue(constraint, whole);
      // logarithms and their differences from the mean are rounded some four times
      const ofLogOdds = 8 * F64_UNIT * (1 + Math.abs(b[first]!) + Math.abs(b[other]!)) * scale;
      return Math.abs(scale * (b[first]! - b[other]!) - value) + rounding + ofLogOdds;
    });
    const { size } = basis.split(decoder);
    const missed = constraints.length === 0 ? 0 : norm(missing) / this.#leastSingular;
    return missed + size + this.#basisError() * norm(decoder);
  }

  /** The decoder of least norm among those that minimise ‖b − A(W)‖, and what it leaves of b: by an orthonormal basis of the range of A. */
  leastSquares(subspace: DataSubspace, b: Float64Array): { decoder: Float64Array; remainder: Float64Array } {
    const range = new RowBasis();
    const { basis, rows } = this.#held;
    for (let i = 0; i < basis.length; i++) {
      const unit = new Float64Array(basis.length);
      unit[i] = 1;
      range.add(range.split(subspace.apply(basis.point(unit, rows.dimension))));
    }
    const { along, rest } = range.split(b);
    return { decoder: basis.point(range.combination(along), rows.dimension), remainder: rest };
  }

  /** How far the basis can be from one of F, and a projection by it from P_F, for a decoder of norm 1. */
  #basisError(): number {
    const { basis, rows } = this.#held;
    if (basis.length === 0) return 0;
    return (2 * basis.factorError()) / this.#leastSingular + 4 * basis.length * rows.dimension * F64_UNIT;
  }
}

function asPairs(decoder: Float64Array): Pairs {
  const whole = pairs(decoder.length);
  whole.high.set(decoder);
  return whole;
}
