import { upperTail } from "./threshold/fifty.ts";

/** The middle of the values, NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const half = sorted.length / 2;
  return sorted.length === 0 ? NaN : (sorted[Math.ceil(half + 0.5) - 1]! + sorted[Math.floor(half + 0.5) - 1]!) / 2;
}

/**
 * An interval of at least 95 % for the median that values are drawn around, between two of them: fewer than r of n values lie below it
 * with the probability of fewer than r heads in n throws. Infinite where there are too few values.
 * @param lows lower bounds of the values
 * @param highs upper bounds of them
 */
export function medianInterval(lows: readonly number[], highs: readonly number[] = lows): readonly [number, number] {
  const n = lows.length;
  let r = 0;
  while (r < n / 2 && upperTail(n, n - r) <= 0.025) r++;
  return [ascending(lows)[r - 1] ?? -Infinity, ascending(highs)[n - r] ?? Infinity];
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
