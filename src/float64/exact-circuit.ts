import type { Work } from "../support/host-spells.ts";
import type { Constraint, Constraints } from "./constraints.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { HeldRows } from "./held-rows.ts";

/** Multipliers below this part of the largest are taken for rounding. */
const NEGLIGIBLE = 1e-9;

/** A row that is a combination of others exactly. */
export interface Circuit {
  readonly last: Constraint;
  readonly rest: readonly Constraint[];
  /** x: last = Σ_k x'_k rest_k with an x' near x. */
  readonly combination: Float64Array;
  /** ‖x' − x‖ is at most this. */
  readonly uncertainty: number;
  /** Whether the other word of a row is off the support. */
  readonly isOff: (row: Constraint) => boolean;
}

/**
 * The circuit of rows that multipliers β (m × V) stand for, with Σ_j β_j h_jᵀ = 0 to rounding; undefined where it is not known that
 * one is near by. Rows are written from a word of the support that has a multiplier in each context, so that no word comes in that has
 * none. Without the last one they are independent, and as many as rows of their words and contexts can be: what the sum is missed by
 * lies in their span, and changes of at most its norm over their smallest singular value take it away.
 */
export function* exactCircuit(rows: Constraints, dual: Float64Array): Work<Circuit | undefined> {
  const { vocabularySize: V, contextCount, embeddingDim } = rows.problem;
  const offs = new Uint8Array(dual.length);
  for (const { context, other } of rows.inequalities) offs[context * V + other] = 1;
  const isOff = ({ context, other }: Constraint): boolean => offs[context * V + other] === 1;
  const own: Constraint[] = [];
  const words = new Set<number>();
  const least = NEGLIGIBLE * dual.reduce((most, b) => Math.max(most, Math.abs(b)), 0);
  for (let context = 0; context < contextCount; context++) {
    const entries = Array.from(dual.subarray(context * V, (context + 1) * V), Math.abs);
    const used = entries.flatMap((b, v) => (b > least ? [v] : []));
    const first = used.find((v) => offs[context * V + v] === 0);
    if (first === undefined) continue;
    for (const v of used) words.add(v);
    own.push(...used.filter((v) => v !== first).map((other) => ({ context, first, other })));
  }
  const last = own.findLast(isOff) ?? own.at(-1);
  if (!last) return undefined;
  const rest = own.filter((row) => row !== last);
  const held = new HeldRows(rows);
  yield* held.hold(rest);
  const contexts = new Set(own.map(({ context }) => context)).size;
  const mostRank = (words.size - 1) * Math.min(contexts, embeddingDim);
  if (held.basis.length !== rest.length || rest.length !== mostRank) return undefined;
  const { combination, size } = held.split(last);
  const total = combination.reduce((total, x, k) => total + Math.abs(x) * rows.size(rest[k]!), rows.size(last));
  // twice, for what rounds here
  const missed = 2 * (size + (rest.length + 2) * F64_UNIT * total);
  return { last, rest, combination, uncertainty: missed / held.basis.smallestSingularValue(), isOff };
}
