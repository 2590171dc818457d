/**
 * Logarithm and exponential from + − × ÷ and exact powers of two. ECMAScript leaves the last digits of Math.log and
 * Math.exp to the engine; these give the same bits on every one, which a seeded problem needs.
 */

// ln 2 = LN2_HIGH + LN2_LOW. LN2_HIGH has 40 bits, so its product with a binary exponent (11 bits) is exact.
const LN2_HIGH = 762123384785 / 2 ** 40;
const LN2_LOW = 7.371002565167799e-13;
const LOG2_E = 1.4426950408889634;

// 2^52 and more are integers, 2^-1022 the smallest normal number.
const SMALLEST_NORMAL = 2 ** -1022;
const bits = new DataView(new ArrayBuffer(8));

/**
 * Natural logarithm. NaN for NaN and negative numbers, −Infinity for ±0, Infinity for Infinity.
 *
 * Error below 2 ulp. With u = 2^-53, x = 2^k (1 + f), 1 + f in [√½, √2), s = f / (2 + f), z = s²:
 * log(1 + f) = f − s (f − R), R = Σ_{n≥1} 2 zⁿ / (2n + 1). f is exact; |s| ≤ 0.1716, so eleven terms leave
 * 2 z¹² / 25 < 4e-20. s carries 2u, the difference and the product one u each: 4u of c = s (f − R), and
 * |c| ≤ 0.2 |log(1 + f)|.
 * For k = 0 that is 0.8 ulp, with the last rounding 1.3 ulp. For k ≠ 0 the worst result is the smallest, |log x| ≈ 0.347
 * (ulp u/2): 4u · 0.068 + rounding of the bracket 0.25u + last rounding 0.25u = 0.8u, 1.6 ulp.
 */
export function naturalLog(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  // A subnormal number is first made normal, exactly.
  let k = x < SMALLEST_NORMAL ? -54 : 0;
  bits.setFloat64(0, k === 0 ? x : x * 2 ** 54);
  const high = bits.getUint32(0);
  k += (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let mantissa = bits.getFloat64(0);
  if (mantissa >= Math.SQRT2) {
    mantissa /= 2;
    k += 1;
  }
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  let series = 0;
  for (let n = 11; n >= 1; n--) series = z * (2 / (2 * n + 1) + series);
  return k * LN2_HIGH + (f - (s * (f - series) - k * LN2_LOW));
}

/**
 * e to the power x. NaN for NaN; Infinity above 709.78…, 0 below −745.13….
 *
 * Error below 1.5 ulp where the result is normal, below 2 ulp of the subnormal spacing under it. With u = 2^-53,
 * x = k ln 2 + r, |r| ≤ 0.347 (x − k LN2_HIGH is exact, by Sterbenz' lemma): e^r = 1 + (r + q), q = r²/2 + … + r¹⁵/15!;
 * the rest of the series is below 3e-21. Rounding of r costs 0.25u, of q (at most 0.07, three roundings of its leading
 * term) 0.2u, of r + q 0.25u: 0.7u before the last rounding, so 0.7 + 0.5 ulp where e^r < 1 (ulp u), less where e^r ≥ 1.
 */
export function exponential(x: number): number {
  if (x !== x) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  const k = Math.floor(x * LOG2_E + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let series = 0;
  for (let n = 15; n >= 3; n--) series = (r / n) * (1 + series);
  const power = 1 + (r + 0.5 * r * r * (1 + series));
  // Two factors, because 2^1024 is no number and because a subnormal result may round only once.
  if (k > 1023) return power * 2 * powerOfTwo(k - 1);
  if (k < -1022) return power * powerOfTwo(k + 60) * 2 ** -60;
  return power * powerOfTwo(k);
}

/** 2^k for −1022 ≤ k ≤ 1023, exact; the operator ** is left to the engine for a variable exponent. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}
