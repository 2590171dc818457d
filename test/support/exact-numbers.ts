/** Bits behind the point of {@link logarithm}. */
export const LOG_BITS = 256n;

/** Mantissa and exponent: x = mantissa · 2^exponent, exactly, the mantissa odd or zero. */
export function dyadic(x: number): { mantissa: bigint; exponent: number } {
  const bits = new DataView(Float64Array.of(x).buffer).getBigUint64(0, true);
  const field = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  let mantissa = field === 0 ? fraction : fraction | (1n << 52n);
  let exponent = Math.max(field, 1) - 1075;
  if (mantissa === 0n) return { mantissa, exponent: 0 };
  for (; (mantissa & 1n) === 0n; exponent++) mantissa >>= 1n;
  return { mantissa: bits >> 63n ? -mantissa : mantissa, exponent };
}

/** A row of numbers, whole · 2^exponent. */
export interface WholeRow {
  readonly whole: readonly bigint[];
  readonly exponent: number;
}

/** A row of float64 numbers with the largest exponent for which it is one. */
export function wholeRow(row: readonly number[]): WholeRow {
  const parts = row.map(dyadic);
  const exponents = parts.filter(({ mantissa }) => mantissa !== 0n).map((part) => part.exponent);
  const least = exponents.length > 0 ? Math.min(...exponents) : 0;
  const whole = parts.map(({ mantissa, exponent }) => (mantissa === 0n ? 0n : mantissa << BigInt(exponent - least)));
  return { whole, exponent: least };
}

/** ln p · 2^LOG_BITS of a positive float64, to some 2^10 units: 2 artanh((x − 1)/(x + 1)) for the x = p 2^-e in [1, 2). */
export function logarithm(p: number): bigint {
  const { mantissa, exponent } = dyadic(p);
  const length = BigInt(mantissa.toString(2).length - 1);
  const one = 1n << length;
  return doubleArtanh(mantissa - one, mantissa + one) + (BigInt(exponent) + length) * LOG_TWO;
}

function doubleArtanh(above: bigint, below: bigint): bigint {
  let power = (above << (LOG_BITS + 1n)) / below;
  let total = 0n;
  for (let k = 1n; power !== 0n; k += 2n) {
    total += power / k;
    power = (power * above * above) / (below * below);
  }
  return total;
}

const LOG_TWO = doubleArtanh(1n, 3n);

/** The float64 next to a quotient of whole numbers, to a unit in the last place or two. */
export function quotient(above: bigint, below: bigint): number {
  if (above === 0n) return 0;
  const shift = bitLength(below) - bitLength(above) + 64;
  const whole = shift >= 0 ? (above << BigInt(shift)) / below : above / (below << BigInt(-shift));
  return shift > 900 ? Number(whole) * 2 ** -900 * 2 ** (900 - shift) : Number(whole) * 2 ** -shift;
}

const bitLength = (x: bigint): number => (x < 0n ? -x : x).toString(16).length * 4;

export const size = (x: bigint): bigint => (x < 0n ? -x : x);
