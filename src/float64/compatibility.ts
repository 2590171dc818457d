import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { Constraints, type Constraint } from "./constraints.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { HeldRows } from "./held-rows.ts";
import { addTo } from "./row-basis.ts";
import { norm } from "./vectors.ts";

/**
 * Whether a problem is compatible, some decoder having all log-odds of the supports, proved in float64; undefined where neither side is.
 * For contexts in general position: the rows of the supports are independent, or they have the rank of all decoders, of which others
 * are combinations, and a combination of log-odds that differs from the log-odds by more than rounding is the proof.
 */
export function* decideCompatibility(problem: Problem): Work<boolean | undefined> {
  const rows = new Constraints(problem);
  const held = new HeldRows(rows);
  yield* held.hold(rows.equalities);
  const leastSingular = held.basis.smallestSingularValue();
  if (!(leastSingular > 0)) return undefined;
  if (held.constraints.length === rows.equalities.length) return true;
  if (held.basis.length !== rows.mostRank) return undefined;
  const targets = Float64Array.from(held.constraints, (constraint) => logOddsOf(rows, constraint));
  const isHeld = new Set(held.constraints);
  for (const constraint of rows.equalities) {
    yield undefined;
    if (isHeld.has(constraint)) continue;
    const { combination } = held.split(constraint);
    const rest = rows.row(constraint);
    let [size, difference, total] = [rows.size(constraint), logOddsOf(rows, constraint), 0];
    total = Math.abs(difference);
    held.constraints.forEach((other, k) => {
      addTo(rest, -combination[k]!, rows.row(other));
      size += Math.abs(combination[k]!) * rows.size(other);
      difference -= combination[k]! * targets[k]!;
      total += Math.abs(combination[k]! * targets[k]!);
    });
    const rounding = (held.constraints.length + 8) * F64_UNIT;
    // how far the combination may be from the exact one, twice for what rounds here
    const moved = (2 * (norm(rest) + rounding * size)) / leastSingular;
    if (Math.abs(difference) > 2 * (moved * norm(targets) + rounding * total)) return false;
  }
  return undefined;
}

/** s_j log(p_a / p_b), what ⟨row, W⟩ has to be. */
function logOddsOf({ problem, scales }: Constraints, { context, first, other }: Constraint): number {
  const { offsets, tokens, probabilities } = problem;
  const logOf = (word: number): number =>
    Math.log(probabilities[tokens.subarray(0, offsets[context + 1]).indexOf(word, offsets[context])]!);
  return scales[context]! * (logOf(first) - logOf(other));
}
