import type { Work } from "../support/host-spells.ts";
import type { Constraint, Constraints } from "./constraints.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { exactCircuit, type Circuit } from "./exact-circuit.ts";
import type { HeldRows } from "./held-rows.ts";
import { norm } from "./vectors.ts";

/**
 * Whether a problem is compatible, some decoder having all log-odds of the supports, proved in float64; undefined where neither side is.
 * For contexts in general position: the rows of the supports are independent, or one is a combination of others exactly, and that its
 * log-odds are not the same combination of theirs is the proof.
 * @param held see `holdSupports`
 */
export function* decideCompatibility(held: HeldRows): Work<boolean | undefined> {
  const { rows } = held;
  const leastSingular = held.basis.smallestSingularValue();
  if (!(leastSingular > 0)) return undefined;
  if (held.constraints.length === rows.equalities.length) return true;
  const isHeld = new Set(held.constraints);
  for (const constraint of rows.equalities) {
    yield undefined;
    if (isHeld.has(constraint)) continue;
    const dual = new Float64Array(rows.problem.contextCount * rows.problem.vocabularySize);
    rows.addToDual(dual, [constraint], [1]);
    rows.addToDual(
      dual,
      held.constraints,
      held.split(constraint).combination.map((x) => -x),
    );
    const circuit = yield* exactCircuit(rows, dual);
    if (circuit && differs(rows, circuit)) return false;
  }
  return undefined;
}

/** Whether the log-odds of the last row are not those that the others make, by more than rounding. */
function differs(rows: Constraints, { last, rest, combination, uncertainty }: Circuit): boolean {
  const targets = Float64Array.from(rest, (row) => logOddsOf(rows, row));
  let difference = logOddsOf(rows, last);
  let total = Math.abs(difference);
  combination.forEach((x, k) => {
    difference -= x * targets[k]!;
    total += Math.abs(x * targets[k]!);
  });
  const rounding = (rest.length + 8) * F64_UNIT * total;
  return Math.abs(difference) > 2 * (uncertainty * norm(targets) + rounding);
}

/** s_j log(p_a / p_b), what ⟨row, W⟩ has to be. */
function logOddsOf({ problem, scales }: Constraints, { context, first, other }: Constraint): number {
  const { offsets, tokens, probabilities } = problem;
  const logOf = (word: number): number =>
    Math.log(probabilities[tokens.subarray(0, offsets[context + 1]).indexOf(word, offsets[context])]!);
  return scales[context]! * (logOf(first) - logOf(other));
}
