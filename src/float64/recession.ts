import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { norm } from "./vectors.ts";
import { Constraints, type Constraint } from "./constraints.ts";
import { HeldRows } from "./held-rows.ts";
import { leastDistance, type Ray, type Separating } from "./least-distance.ts";
import { addProduct, pairs, renormalise } from "./pairs.ts";

const MOST_WORK = 5e8;
/** Multipliers below this part of the largest may be rounding. */
const NEGLIGIBLE = 1e-9;
/** Corrections of what is proved, each of which makes the rest smaller by the condition number over 2^53. */
const CORRECTIONS = 4;

/** Words that no direction of recession leaves behind, with the multipliers that prove it. */
export interface HeldBack {
  /** β, m × V: rows that sum to zero, below zero at the words held back, zero at other words off the supports, Σ_j β_j h_jᵀ = 0 to rounding. */
  readonly dual: Float64Array;
  /** Whether it is proved that multipliers of these signs exist whose sum is zero exactly. */
  readonly isProved: boolean;
  /** The smallest multiplier of a word held back, of a largest of 1, and how far each may be from one of exact multipliers. */
  readonly smallest: number;
  readonly uncertainty: number;
}

/** A direction along which the loss does not rise, and falls where a word is left behind. */
export interface Direction {
  /** D, V × d: equal logits on each support and at the words held back, lower ones at the words left behind. */
  readonly decoder: Float64Array;
  /** Whether it is proved that such a direction exists near by whose equal logits are equal exactly. */
  readonly isProved: boolean;
}

/** The max-margin decoder and its multipliers. */
export interface Margin {
  /** W, V × d: every margin is at least 1, but for rounding. */
  readonly decoder: Float64Array;
  /** ‖W_mm‖ is at most this. */
  readonly upperBound: number;
  /** β, m × V. */
  readonly dual: Float64Array;
}

/**
 * The directions of recession of CE, all D with (e_z − e_v)ᵀ D h_j ≥ 0 for z ∈ S_j and every v: the words off the supports are those
 * that some D leaves behind, and those that are held back, each of which has a multiplier in some β ≥ 0 of Gordan's alternative. The
 * problem is separable when none is held back; CE has a minimiser when none is left behind.
 */
export interface Recession {
  /** 1 where a word off the support is left behind, m × V. */
  readonly leftBehind: Uint8Array;
  /** Absent where every word off a support is held back. */
  readonly direction?: Direction;
  /** Absent where none is. */
  readonly heldBack?: HeldBack;
  /** Where that is proved of all words: the problem is separable. */
  readonly margin?: Margin;
}

/** Whether the host can decide by {@link findRecession} within seconds, or in less work: (rank of the rows)² V d multiply-adds, times ten. */
export function canDecide(problem: Problem, mostWork = MOST_WORK): boolean {
  const rank = (problem.vocabularySize - 1) * Math.min(problem.embeddingDim, problem.contextCount);
  return rank ** 2 * problem.vocabularySize * problem.embeddingDim <= mostWork;
}

/**
 * Which words can be left behind, in float64: shortest decoders that separate what is not held back yet (see {@link leastDistance}),
 * until there is one. Undefined where that does not end.
 * @param depth `"separability"` ends with the first words that are held back; the others then count as left behind for want of proof
 */
export function* findRecession(problem: Problem, depth: "separability" | "all" = "all"): Work<Recession | undefined> {
  const rows = new Constraints(problem);
  const held = new HeldRows(rows);
  yield* held.hold(rows.equalities);
  const multipliers = new Multipliers();
  let open = rows.inequalities;
  let separating: Separating | undefined;
  while (open.length > 0 && !separating) {
    const found = yield* leastDistance(held, open);
    if (!found) return undefined;
    if (found.kind === "separating") separating = found;
    else {
      open = yield* holdBack(held, open, multipliers, found);
      if (depth === "separability") break;
    }
  }
  const all = [...rows.equalities, ...multipliers.heldBack];
  const leastSingular = held.basis.smallestSingularValue();
  const isExact = leastSingular > 0 && (yield* held.spansExactly(all));
  const leftBehind = new Uint8Array(problem.contextCount * problem.vocabularySize);
  for (const { context, other } of open) leftBehind[context * problem.vocabularySize + other] = 1;
  const near = separating && improve(held, separating.decoder, open, leastSingular);
  const isProved = isExact && near !== undefined && near.margin > 0;
  return {
    leftBehind,
    ...(near && { direction: { decoder: near.decoder, isProved } }),
    ...(multipliers.heldBack.length > 0 && { heldBack: multipliers.prove(held, leastSingular, isExact) }),
    ...(isProved && multipliers.heldBack.length === 0 && { margin: marginOf(rows, separating!, near) }),
  };
}

function marginOf(
  rows: Constraints,
  { constraints, multipliers }: Separating,
  { decoder, margin, norm }: ReturnType<typeof improve>,
): Margin {
  const dual = new Float64Array(rows.problem.contextCount * rows.problem.vocabularySize);
  rows.addToDual(dual, constraints, multipliers);
  return { decoder: decoder.map((w) => w / margin), upperBound: norm / margin, dual };
}

/** Takes the words of a ray for held back, and those whose rows depend on the rows held then. Returns what is left. */
function* holdBack(
  held: HeldRows,
  open: readonly Constraint[],
  multipliers: Multipliers,
  ray: Ray,
): Work<readonly Constraint[]> {
  const isOpen = new Set(open);
  const largest = ray.multipliers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const words = ray.constraints.filter(
    (constraint, k) =>
      isOpen.has(constraint) && (ray.multipliers[k] === 1 || ray.multipliers[k]! > NEGLIGIBLE * largest),
  );
  const isWord = new Set(words);
  const kept = ray.constraints.flatMap((constraint, k) =>
    isOpen.has(constraint) && !isWord.has(constraint) ? [] : [{ constraint, multiplier: ray.multipliers[k]! }],
  );
  multipliers.add(kept, words);
  yield* held.hold(words);
  for (const word of words) isOpen.delete(word);
  const dependent: Constraint[] = [];
  const combined = new Float64Array(held.basis.length);
  for (const constraint of isOpen) {
    const split = held.split(constraint);
    if (split.isDependent) {
      dependent.push(constraint);
      split.combination.forEach((x, k) => (combined[k]! -= x));
    }
    yield undefined;
  }
  multipliers.add(
    [
      ...held.constraints.map((constraint, k) => ({ constraint, multiplier: combined[k]! })),
      ...dependent.map((constraint) => ({ constraint, multiplier: 1 })),
    ],
    dependent,
  );
  for (const word of dependent) isOpen.delete(word);
  return [...isOpen];
}

/** Multipliers of rows whose sum is zero, above zero for the words held back. */
class Multipliers {
  readonly #values = new Map<Constraint, number>();
  readonly #heldBack = new Set<Constraint>();

  get heldBack(): readonly Constraint[] {
    return [...this.#heldBack];
  }

  /** Adds a ray, and as much of the multipliers so far as keeps those of the words held back above zero; `words` of the ray join them. */
  add(
    ray: readonly { readonly constraint: Constraint; readonly multiplier: number }[],
    words: readonly Constraint[],
  ): void {
    let share = 1;
    for (const { constraint, multiplier } of ray)
      if (this.#heldBack.has(constraint)) share = Math.max(share, (-2 * multiplier) / this.#values.get(constraint)!);
    for (const [constraint, value] of this.#values) this.#values.set(constraint, value * share);
    for (const word of words) this.#heldBack.add(word);
    for (const { constraint, multiplier } of ray) this.#change(constraint, multiplier);
  }

  #change(constraint: Constraint, by: number): void {
    this.#values.set(constraint, (this.#values.get(constraint) ?? 0) + by);
  }

  /**
   * The sum that is left over is in the span of the rows held, exactly where that is known. A change of theirs of at most its norm
   * over their smallest singular value takes it away; smaller multipliers could lose their sign.
   */
  prove(held: HeldRows, leastSingular: number, isExact: boolean): HeldBack {
    const { rows, basis } = held;
    for (const constraint of held.constraints) this.#change(constraint, 0);
    const constraints = [...this.#values.keys()];
    const values = pairs(constraints.length);
    values.high.set([...this.#values.values()]);
    const places = new Map(constraints.map((constraint, c) => [constraint, c]));
    const heldPlaces = held.constraints.map((constraint) => places.get(constraint)!);
    for (let round = 0; round < CORRECTIONS; round++) {
      const { along } = basis.split(rows.sum(constraints, values).sum);
      basis.combination(along).forEach((x, k) => addProduct(values, heldPlaces[k]!, -1, x));
      renormalise(values);
    }
    const { sum, rounding } = rows.sum(constraints, values);
    const allowed = (norm(sum) + rounding) / leastSingular;
    const least = this.heldBack.reduce((least, word) => Math.min(least, values.high[places.get(word)!]!), Infinity);
    const largest = this.heldBack.reduce((most, word) => Math.max(most, values.high[places.get(word)!]!), 0);
    const dual = new Float64Array(rows.problem.contextCount * rows.problem.vocabularySize);
    rows.addToDual(
      dual,
      constraints,
      values.high.map((x) => x / largest),
    );
    const [smallest, uncertainty] = [least / largest, (2 * allowed) / largest];
    return { dual, isProved: isExact && smallest > uncertainty, smallest, uncertainty };
  }
}

/**
 * The smallest margin over s_j of the open words, at a decoder near to the given one whose logits are equal for the rows held, which are
 * those of all that has to be equal: what they are missed by takes a change of at most its norm over their smallest singular value.
 */
function improve(
  held: HeldRows,
  given: Float64Array,
  open: readonly Constraint[],
  leastSingular: number,
): { readonly decoder: Float64Array; readonly margin: number; readonly norm: number } {
  const { rows, basis } = held;
  const near = pairs(given.length);
  near.high.set(given);
  for (let round = 0; round < CORRECTIONS; round++) {
    const missed = held.constraints.map((constraint) => rows.exactValue(constraint, near).value);
    basis.point(basis.coordinates(missed), given.length).forEach((x, i) => addProduct(near, i, -1, x));
    renormalise(near);
  }
  const missed = held.constraints.map((constraint) => {
    const { value, rounding } = rows.exactValue(constraint, near);
    return Math.abs(value) + rounding;
  });
  // twice, for what rounds here
  const moved = (2 * norm(missed)) / leastSingular;
  const margin = open.reduce((least, constraint) => {
    const { value, rounding } = rows.exactValue(constraint, near);
    return Math.min(least, (value - rounding - moved * rows.size(constraint)) / rows.scales[constraint.context]!);
  }, Infinity);
  return { decoder: near.high, margin, norm: (norm(near.high) + moved) * (1 + 2 * given.length * F64_UNIT) };
}
