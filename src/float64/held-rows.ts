import type { Work } from "../support/host-spells.ts";
import { F64_UNIT } from "./data-subspace.ts";
import type { Constraint, Constraints, MarginRows } from "./constraints.ts";
import { exactRank } from "./exact-rank.ts";
import { RowBasis, type SplitRow } from "./row-basis.ts";

/** A row taken apart by rows that are held. */
export interface SplitConstraint extends SplitRow {
  /** x: row = Σ_k x_k row_k + rest. */
  readonly combination: Float64Array;
  /** Whether the rest can be rounding: changes of the rows by 4 √q units of rounding, q their number, take it away. */
  readonly isDependent: boolean;
}

/** Independent rows of a margin problem, and an orthonormal basis of what they span. */
export class HeldRows<Rows extends MarginRows = Constraints> {
  readonly rows: Rows;
  readonly constraints: Constraint[];
  readonly basis: RowBasis;

  constructor(rows: Rows, constraints: Constraint[] = [], basis: RowBasis = new RowBasis()) {
    this.rows = rows;
    this.constraints = constraints;
    this.basis = basis;
  }

  split(constraint: Constraint): SplitConstraint {
    const split = this.basis.split(this.rows.row(constraint));
    const combination = this.basis.combination(split.along);
    const sizes = combination.reduce(
      (sum, x, k) => sum + Math.abs(x) * this.rows.size(this.constraints[k]!),
      this.rows.size(constraint),
    );
    const rank = this.basis.length;
    const isDependent = rank === this.rows.mostRank || split.size <= 4 * Math.sqrt(rank + 1) * F64_UNIT * sizes;
    return { ...split, combination, isDependent };
  }

  add(constraint: Constraint, split: SplitRow): void {
    this.basis.add(split);
    this.constraints.push(constraint);
  }

  /** Lets go of the row at a place. */
  release(k: number): void {
    this.basis.remove(k);
    this.constraints.splice(k, 1);
  }

  /** Adds those rows that do not depend on the ones before them. */
  *hold(constraints: Iterable<Constraint>): Work<void> {
    for (const constraint of constraints) {
      const split = this.split(constraint);
      if (!split.isDependent) this.add(constraint, split);
      yield undefined;
    }
  }

  copy(): HeldRows<Rows> {
    return new HeldRows(this.rows, [...this.constraints], this.basis.copy());
  }

  /**
   * Whether the rows held span all of `among`, which they are taken from, as exact arithmetic has it: then what float64 takes for
   * dependent is so.
   */
  *spansExactly(among: readonly Constraint[]): Work<boolean> {
    const rank = this.basis.length;
    if (rank === among.length || rank === this.rows.mostRank) return true;
    return (yield* exactRank(among.map((constraint) => this.rows.row(constraint)))) === rank;
  }
}
