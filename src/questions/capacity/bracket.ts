import type { Work } from "../../support/host-spells.ts";
import type { CapacityResult } from "./work.ts";

/** Contexts that are looked at, in multiples of the guess. */
const MOST = 16;

/**
 * How many of the first contexts of a stream are separable, from both sides. A problem that is not separable does not become so with more
 * contexts: from a guess on numbers are looked at ever further off until there is one of each, then between the two, nearest the middle
 * first, until none is left that was not looked at.
 * @param decide whether the first m contexts are separable; undefined where neither is proved
 * @param guess at least 1
 */
export function* bracket(decide: (m: number) => Work<boolean | undefined>, guess: number): Work<CapacityResult> {
  let [separable, inseparable] = [0, Infinity];
  const undecided = new Set<number>();
  function* look(m: number): Work<void> {
    const is = yield* decide(m);
    if (is === undefined) undecided.add(m);
    else if (is) separable = Math.max(separable, m);
    else inseparable = Math.min(inseparable, m);
  }
  for (let [m, width] = [guess, 1]; m >= 1 && m <= MOST * guess; width *= 2) {
    yield* look(m);
    if (separable > 0 && inseparable < Infinity) break;
    m = inseparable < Infinity ? inseparable - width : m + width;
  }
  if (inseparable === Infinity) return { separable, inseparable: null };
  for (;;) {
    const m = nearestMiddle(separable, inseparable, undecided);
    if (m === undefined) return { separable, inseparable };
    yield* look(m);
  }
}

/** Of the whole numbers between two, without some of them. */
function nearestMiddle(below: number, above: number, without: ReadonlySet<number>): number | undefined {
  const middle = Math.floor((below + above) / 2);
  for (let off = 0; off <= above - below; off++)
    for (const m of [middle - off, middle + off]) if (m > below && m < above && !without.has(m)) return m;
  return undefined;
}
