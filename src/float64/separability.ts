import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { Constraints } from "./constraints.ts";
import { exactCircuit } from "./exact-circuit.ts";
import { HeldRows } from "./held-rows.ts";
import { leastDistance, type Ray } from "./least-distance.ts";
import { canDecide, findRecession } from "./recession.ts";
import { ProjectedRows } from "./projected-rows.ts";
import { addTo } from "./row-basis.ts";
import { norm } from "./vectors.ts";

/** The rows of a problem's supports, held as far as they are independent: what both decisions begin with. */
export function* holdSupports(problem: Problem): Work<HeldRows> {
  const rows = new Constraints(problem);
  const held = new HeldRows(rows);
  yield* held.hold(rows.equalities);
  return held;
}

/**
 * Whether a problem is separable, proved in float64; undefined where neither side is. For contexts in general position: where the rows
 * of the supports have full rank, the rest is searched for a decoder beside them, and either one whose margins are above all rounding is
 * the proof, or positive multiples of rows whose sum is zero. What is left over goes to {@link findRecession}.
 * @param held see {@link holdSupports}
 */
export function* decideSeparability(held: HeldRows): Work<boolean | undefined> {
  const { rows, basis, constraints } = held;
  if (rows.inequalities.length === 0) return true;
  const leastSingular = basis.smallestSingularValue();
  if (leastSingular > 0) {
    // only decoders with equal logits everywhere are left
    if (basis.length === rows.mostRank) return false;
    if (constraints.length === rows.equalities.length) {
      const found = yield* leastDistance(new HeldRows(new ProjectedRows(held, rows.inequalities)), rows.inequalities);
      if (found?.kind === "separating") {
        if (separates(held, found.decoder, leastSingular)) return true;
      } else if (found && (yield* provesNone(held, found))) return false;
    }
  }
  if (!canDecide(rows.problem)) return undefined;
  const found = yield* findRecession(rows.problem, "separability");
  return found?.margin ? true : found?.heldBack?.isProved ? false : undefined;
}

/** Whether a decoder near the given one, with equal logits on the supports, has margins above zero: see `improve` of the recession. */
function separates({ rows, constraints }: HeldRows, decoder: Float64Array, leastSingular: number): boolean {
  const missed = constraints.map((row) => Math.abs(rows.value(row, decoder)) + rows.rounding(row, decoder));
  // twice, for what rounds here
  const moved = (2 * norm(missed)) / leastSingular;
  return rows.inequalities.every(
    (row) => rows.value(row, decoder) > 2 * (rows.rounding(row, decoder) + moved * rows.size(row)),
  );
}

/** Whether the ray proves that nothing separates: positive multiples of inequalities and any of equalities that sum to zero exactly. */
function* provesNone(held: HeldRows, { constraints, multipliers }: Ray): Work<boolean> {
  const { rows } = held;
  const sum = new Float64Array(rows.dimension);
  constraints.forEach((constraint, c) => addTo(sum, multipliers[c]!, rows.row(constraint)));
  const taken = held.basis.combination(held.basis.split(sum).along);
  const dual = new Float64Array(rows.problem.contextCount * rows.problem.vocabularySize);
  rows.addToDual(dual, constraints, multipliers);
  rows.addToDual(
    dual,
    held.constraints,
    taken.map((x) => -x),
  );
  const circuit = yield* exactCircuit(rows, dual);
  if (!circuit) return false;
  const { last, rest, combination, uncertainty, isOff } = circuit;
  return isOff(last) && rest.every((row, k) => !isOff(row) || -combination[k]! > uncertainty);
}
