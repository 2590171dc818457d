import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { Constraints, type Constraint } from "./constraints.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { HeldRows } from "./held-rows.ts";
import { leastDistance, type Ray } from "./least-distance.ts";
import { dualDecoder } from "./margin-certificate.ts";
import { canDecide, findRecession } from "./recession.ts";
import { ReducedRows } from "./reduced-rows.ts";
import { addTo, RowBasis } from "./row-basis.ts";
import { norm } from "./vectors.ts";

/**
 * Whether a problem is separable, proved in float64; undefined where neither side is. For contexts in general position: where the rows
 * of the supports have full rank, the rest is searched in the coordinates that they leave, and either a decoder whose margins are above
 * all rounding is the proof, or multipliers β that are below zero at every word off the supports, by more than it takes to make
 * Σ_j β_j h_jᵀ vanish exactly. What is left over goes to {@link findRecession}.
 */
export function* decideSeparability(problem: Problem): Work<boolean | undefined> {
  const rows = new Constraints(problem);
  if (rows.inequalities.length === 0) return true;
  const held = new HeldRows(rows);
  yield* held.hold(rows.equalities);
  const leastSingular = held.basis.smallestSingularValue();
  if (leastSingular > 0) {
    // only decoders with equal logits everywhere are left
    if (held.basis.length === rows.mostRank) return false;
    if (held.constraints.length === rows.equalities.length) {
      const reduced = yield* ReducedRows.of(held, rows.inequalities);
      const found = yield* leastDistance(new HeldRows(reduced), rows.inequalities);
      if (found?.kind === "separating") {
        if (separates(held, reduced.decoder(found.decoder, rows.dimension), leastSingular)) return true;
      } else if (found && (yield* provesNone(held, reduced, found))) return false;
    }
  }
  if (!canDecide(problem)) return undefined;
  const found = yield* findRecession(problem, "separability");
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

/**
 * Whether the ray proves that nothing separates. It has multipliers at the fewest words that it takes; a little of every other word is
 * added, so that all have room for what makes the sum vanish exactly.
 */
function* provesNone(held: HeldRows, reduced: ReducedRows, ray: Ray): Work<boolean> {
  const { rows } = held;
  const tight = new HeldRows(reduced);
  yield* tight.hold(ray.constraints.slice(0, -1));
  if (tight.basis.length !== reduced.mostRank) return false;
  const multiplierOf = new Map(ray.constraints.map((constraint, c) => [constraint, ray.multipliers[c]!]));
  const rest = rows.inequalities.filter((constraint) => !multiplierOf.has(constraint));
  const sum = new Float64Array(reduced.dimension);
  for (const constraint of rest) addTo(sum, 1, reduced.row(constraint));
  const { along } = tight.basis.split(sum);
  const taken = tight.basis.combination(along);
  let share = 1;
  tight.constraints.forEach((constraint, k) => {
    if (taken[k]! > 0) share = Math.min(share, multiplierOf.get(constraint)! / (2 * taken[k]!));
  });
  tight.constraints.forEach((constraint, k) =>
    multiplierOf.set(constraint, multiplierOf.get(constraint)! - share * taken[k]!),
  );
  for (const constraint of rest) multiplierOf.set(constraint, share);
  return isRay(held, multiplierOf);
}

/**
 * Whether multipliers exist near the given ones, below zero at every word off the supports, whose rows sum to zero and with
 * Σ_j β_j h_jᵀ = 0: those on the supports are chosen for that, and what is left of the sum, R, is taken away by
 * β_j − R (Σ_i h_i h_iᵀ)⁻¹ h_j, which moves no entry by more than ‖R‖ ‖h_j‖ over the square of the smallest singular value of H.
 */
function isRay(held: HeldRows, multiplierOf: ReadonlyMap<Constraint, number>): boolean {
  const { rows, basis } = held;
  const { problem } = rows;
  const { contextCount: m, vocabularySize: V, embeddingDim: d, embeddings } = problem;
  const columns = new RowBasis();
  for (let i = 0; i < d; i++)
    columns.add(columns.split(Float64Array.from({ length: m }, (_, j) => embeddings[j * d + i]!)));
  const leastSingular = columns.smallestSingularValue();
  if (!(leastSingular > 0)) return false;
  const sum = new Float64Array(rows.dimension);
  for (const [constraint, multiplier] of multiplierOf) addTo(sum, multiplier, rows.row(constraint));
  const dual = new Float64Array(m * V);
  rows.addToDual(dual, [...multiplierOf.keys()], [...multiplierOf.values()]);
  rows.addToDual(
    dual,
    held.constraints,
    basis.combination(basis.split(sum).along).map((x) => -x),
  );
  const sizes = dual.map(Math.abs);
  const lengths = Float64Array.from({ length: m }, (_, j) => norm(embeddings.subarray(j * d, (j + 1) * d)));
  const rounding = (m + 2) * F64_UNIT * norm(dualDecoder({ ...problem, embeddings: embeddings.map(Math.abs) }, sizes));
  let left = norm(dualDecoder(problem, dual)) + rounding;
  for (let j = 0; j < m; j++) {
    const row = dual.subarray(j * V, (j + 1) * V);
    const total = row.reduce((total, b) => total + b, 0);
    const size = row.reduce((size, b) => size + Math.abs(b), 0);
    // a row sums to zero when its first word takes what it does not
    left += (Math.abs(total) + V * F64_UNIT * size) * lengths[j]!;
  }
  const moved = (2 * left) / leastSingular ** 2;
  return rows.inequalities.every(({ context, other }) => dual[context * V + other]! < -moved * lengths[context]!);
}
