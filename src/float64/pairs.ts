import { F64_UNIT } from "./data-subspace.ts";

/** Numbers as unevaluated sums high + low of two float64: about twice the digits. */
export interface Pairs {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

export function pairs(length: number): Pairs {
  return { high: new Float64Array(length), low: new Float64Array(length) };
}

/** Adds a b to number i, the product and the sum with their rounding errors (Dekker 1971, Knuth). */
export function addProduct({ high, low }: Pairs, i: number, a: number, b: number): void {
  const product = a * b;
  const before = high[i]!;
  const sum = before + product;
  const share = sum - before;
  low[i]! += before - (sum - share) + (product - share) + productError(a, b, product);
  high[i] = sum;
}

/** Brings the two parts into the form in which `high` is the number rounded. */
export function renormalise({ high, low }: Pairs): void {
  for (let i = 0; i < high.length; i++) {
    const sum = high[i]! + low[i]!;
    low[i] = low[i]! - (sum - high[i]!);
    high[i] = sum;
  }
}

/** A bound on the error of n products added by {@link addProduct} whose sizes sum to `size` (Ogita, Rump and Oishi 2005, Prop. 5.5). */
export const pairRounding = (n: number, size: number): number =>
  2 * (n + 2) ** 2 * F64_UNIT ** 2 * size + 8 * n * Number.MIN_VALUE;

/** a b − float64(a b), by Veltkamp's split. */
export function productError(a: number, b: number, product: number): number {
  const [aHigh, bHigh] = [upperHalf(a), upperHalf(b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function upperHalf(x: number): number {
  const scaled = (2 ** 27 + 1) * x;
  return scaled - (scaled - x);
}
