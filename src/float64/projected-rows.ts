import type { Constraint, MarginRows } from "./constraints.ts";
import { F64_UNIT } from "./data-subspace.ts";
import type { HeldRows } from "./held-rows.ts";
import { dot } from "./row-basis.ts";
import { norm } from "./vectors.ts";

/** What is left of a row, and its length. */
interface Projected {
  readonly row: Float64Array;
  readonly size: number;
}

/**
 * Rows without what they have of those that are held, so that a search among decoders for which the held rows are zero need not carry
 * these along. A decoder made of them is one of those, to rounding.
 */
export class ProjectedRows implements MarginRows {
  readonly scales: Float64Array;
  readonly dimension: number;
  readonly mostRank: number;
  readonly #rows: ReadonlyMap<Constraint, Projected>;

  constructor({ rows, basis }: HeldRows, constraints: readonly Constraint[]) {
    this.scales = rows.scales;
    this.dimension = rows.dimension;
    this.mostRank = rows.mostRank - basis.length;
    this.#rows = new Map(
      constraints.map((constraint) => {
        const { rest, size } = basis.split(rows.row(constraint));
        return [constraint, { row: rest, size }];
      }),
    );
  }

  row(constraint: Constraint): Float64Array {
    return this.#rows.get(constraint)!.row;
  }

  value(constraint: Constraint, decoder: Float64Array): number {
    return dot(this.row(constraint), decoder);
  }

  rounding(constraint: Constraint, decoder: Float64Array): number {
    return (this.dimension + 2) * F64_UNIT * this.size(constraint) * norm(decoder);
  }

  size(constraint: Constraint): number {
    return this.#rows.get(constraint)!.size;
  }
}
