import type { Work } from "../support/host-spells.ts";
import type { Constraint, MarginRows } from "./constraints.ts";
import type { HeldRows } from "./held-rows.ts";
import { addTo } from "./row-basis.ts";

/** The shortest decoder of a margin problem, or the proof that there is none. */
export type LeastDistance = Separating | Ray;

/** W = Σ_c λ_c row_c with λ ≥ 0 on the inequalities, zero where they are not tight. */
export interface Separating {
  readonly kind: "separating";
  readonly decoder: Float64Array;
  readonly constraints: readonly Constraint[];
  readonly multipliers: Float64Array;
}

/** Σ_c λ_c row_c = 0 to rounding, with λ ≥ 0 on the inequalities, and 1 on the last of them. */
export interface Ray {
  readonly kind: "ray";
  readonly constraints: readonly Constraint[];
  readonly multipliers: Float64Array;
}

/**
 * minimise ½‖W‖² subject to ⟨row, W⟩ = 0 for the rows held and ⟨row, W⟩ ≥ s_j for the inequalities, by the dual active set method
 * (Goldfarb and Idnani 1983) on orthogonal factors: from W = 0 the worst violated row becomes tight, and rows whose multiplier
 * would change its sign are let go. Undefined after more changes than it can be worth.
 */
export function* leastDistance(
  held: HeldRows<MarginRows>,
  inequalities: readonly Constraint[],
): Work<LeastDistance | undefined> {
  const { rows } = held;
  const active = held.copy();
  const fixed = held.constraints.length;
  let multipliers: Float64Array = new Float64Array(fixed);
  let decoder: Float64Array = new Float64Array(rows.dimension);
  const required = ({ context }: Constraint): number => rows.scales[context]!;
  const mostChanges = 50 * (rows.mostRank + 10);
  const isActive = new Set<Constraint>();
  for (let changes = 0; changes < mostChanges;) {
    const entering = worst(rows, decoder, inequalities, isActive);
    if (!entering) return { kind: "separating", decoder, constraints: active.constraints, multipliers };
    for (;;) {
      yield undefined;
      changes++;
      const split = active.split(entering);
      const { combination, isDependent } = split;
      const blocking = firstToBlock(multipliers, combination, fixed);
      if (isDependent && blocking < 0) {
        return {
          kind: "ray",
          constraints: [...active.constraints, entering],
          multipliers: Float64Array.of(...combination.map((x) => -x), 1),
        };
      }
      const missing = required(entering) - rows.value(entering, decoder);
      const whole = isDependent ? Infinity : missing / split.size ** 2;
      const step = blocking < 0 ? whole : Math.min(whole, multipliers[blocking]! / combination[blocking]!);
      for (let k = 0; k < multipliers.length; k++) multipliers[k]! -= step * combination[k]!;
      if (step === whole) {
        active.add(entering, split);
        isActive.add(entering);
        const values = active.constraints.map((c, k) => (k < fixed ? 0 : required(c)));
        const coordinates = active.basis.coordinates(values);
        // anew from the rows, so that rounding does not gather
        decoder = active.basis.point(coordinates, rows.dimension);
        multipliers = active.basis.combination(coordinates);
        for (let k = fixed; k < multipliers.length; k++) multipliers[k] = Math.max(multipliers[k]!, 0);
        break;
      }
      if (!isDependent) addTo(decoder, step, split.rest);
      isActive.delete(active.constraints[blocking]!);
      active.release(blocking);
      multipliers = Float64Array.from([...multipliers.subarray(0, blocking), ...multipliers.subarray(blocking + 1)]);
    }
  }
  return undefined;
}

/** The row that is violated most, for its size, by more than rounding. */
function worst(
  rows: MarginRows,
  decoder: Float64Array,
  inequalities: readonly Constraint[],
  isActive: ReadonlySet<Constraint>,
): Constraint | undefined {
  let [found, most]: [Constraint | undefined, number] = [undefined, 0];
  for (const constraint of inequalities) {
    if (isActive.has(constraint)) continue;
    const required = rows.scales[constraint.context]!;
    const missing = required - rows.value(constraint, decoder);
    const relative = missing / rows.size(constraint);
    if (relative <= most || missing <= 1e-12 * required + 4 * rows.rounding(constraint, decoder)) continue;
    [found, most] = [constraint, relative];
  }
  return found;
}

/** The multiplier that reaches zero first when they move against the combination; −1 when none does. */
function firstToBlock(multipliers: Float64Array, combination: Float64Array, fixed: number): number {
  const noise = 1e-13 * combination.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  let [first, least] = [-1, Infinity];
  for (let k = fixed; k < multipliers.length; k++) {
    if (!(combination[k]! > noise)) continue;
    const step = multipliers[k]! / combination[k]!;
    if (step < least) [first, least] = [k, step];
  }
  return first;
}
