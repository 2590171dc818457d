import type { Work } from "../support/host-spells.ts";
import type { Constraint, MarginRows } from "./constraints.ts";
import { F64_UNIT } from "./data-subspace.ts";
import type { HeldRows } from "./held-rows.ts";
import { addTo, dot } from "./row-basis.ts";
import { norm } from "./vectors.ts";

/** What a reduced row is: its coordinates, and its length. */
interface Reduced {
  readonly row: Float64Array;
  readonly size: number;
}

/**
 * Rows of inequalities in an orthonormal basis of those directions in which the rows that are held do not change: as many coordinates
 * as there is freedom left, where the rows themselves have V · d and drag along those that are held.
 */
export class ReducedRows implements MarginRows {
  readonly scales: Float64Array;
  /** z_i, [V, d] each. */
  readonly #basis: readonly Float64Array[];
  readonly #rows: ReadonlyMap<Constraint, Reduced>;

  private constructor(scales: Float64Array, basis: readonly Float64Array[], rows: ReadonlyMap<Constraint, Reduced>) {
    this.scales = scales;
    this.#basis = basis;
    this.#rows = rows;
  }

  static *of(held: HeldRows, inequalities: readonly Constraint[]): Work<ReducedRows> {
    const { rows } = held;
    const whole = held.copy();
    for (const constraint of inequalities) {
      if (whole.basis.length === rows.mostRank) break;
      yield* whole.hold([constraint]);
    }
    const basis = whole.basis.vectors(held.basis.length);
    const reduced = inequalities.map((constraint) => {
      const row = Float64Array.from(basis, (vector) => rows.value(constraint, vector));
      return [constraint, { row, size: norm(row) }] as const;
    });
    return new ReducedRows(rows.scales, basis, new Map(reduced));
  }

  get dimension(): number {
    return this.#basis.length;
  }

  get mostRank(): number {
    return this.#basis.length;
  }

  row(constraint: Constraint): Float64Array {
    return this.#rows.get(constraint)!.row;
  }

  value(constraint: Constraint, point: Float64Array): number {
    return dot(this.row(constraint), point);
  }

  rounding(constraint: Constraint, point: Float64Array): number {
    return (this.dimension + 2) * F64_UNIT * this.size(constraint) * norm(point);
  }

  size(constraint: Constraint): number {
    return this.#rows.get(constraint)!.size;
  }

  /** The decoder that a point stands for, V × d. */
  decoder(point: Float64Array, length: number): Float64Array {
    const decoder = new Float64Array(length);
    this.#basis.forEach((vector, i) => addTo(decoder, point[i]!, vector));
    return decoder;
  }
}
