import { describe, expect, test } from "vitest";
import { exponential, naturalLog } from "../../src/support/elementary.ts";

// The oracle: fixed-point integers with BITS fractional bits. Its own error, a few hundred units of 2^-1400, is nothing
// beside the spacing of any float64 (at least 2^-1074).
const BITS = 1400n;
const ONE = 1n << BITS;

/** A finite float64, exactly. */
function toFixed(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const word = view.getBigUint64(0);
  const exponent = (word >> 52n) & 0x7ffn;
  const fraction = word & 0xfffffffffffffn;
  const significand = exponent === 0n ? fraction : fraction | (1n << 52n);
  const shift = (exponent === 0n ? 1n : exponent) - 1075n + BITS;
  return (x < 0 ? -1n : 1n) * (significand << shift);
}

/** 2 artanh(a / b) for |a / b| <= 1/3. */
function twiceArtanh(a: bigint, b: bigint): bigint {
  const s = (a << BITS) / b;
  const square = (s * s) >> BITS;
  let power = s;
  let sum = 0n;
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n;
    power = (power * square) >> BITS;
  }
  return 2n * sum;
}

const LN2 = twiceArtanh(1n, 3n);

function exactLog(x: number): bigint {
  let mantissa = toFixed(x);
  let k = 0n;
  for (; mantissa >= 2n * ONE; k++) mantissa >>= 1n;
  for (; mantissa < ONE; k--) mantissa <<= 1n;
  return k * LN2 + twiceArtanh(mantissa - ONE, mantissa + ONE);
}

function exactExp(x: number): bigint {
  const fixed = toFixed(x);
  const k = fixed / LN2;
  const r = fixed - k * LN2;
  let term = ONE;
  let sum = 0n;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    sum += term;
    term = (term * r) / (n * ONE);
  }
  return k >= 0n ? sum << k : sum >> -k;
}

/** Spacing of float64 at x. */
function ulp(x: number): number {
  return Math.max(2 ** (Math.floor(Math.log2(Math.abs(x))) - 52), 2 ** -1074);
}

function errorInUlp(found: number, exact: bigint): number {
  const difference = toFixed(found) - exact;
  // Divided before it becomes a float64: 2^-20 ulp is fine enough.
  return Number((difference << 20n) / toFixed(ulp(found))) / 2 ** 20;
}

/** A fixed scatter over [0, 1). */
function scatter(i: number): number {
  return (i * 0.6180339887498949) % 1;
}

describe("naturalLog", () => {
  const points = [
    1 + 2 ** -52,
    1 - 2 ** -53,
    2,
    0.5,
    Math.SQRT2,
    Math.SQRT1_2,
    10,
    2 ** -1074,
    2 ** -1022,
    3 * 2 ** -1060,
  ];
  points.push(Number.MAX_VALUE, 1.4142135623730947, 1.4142135623730954, 0.7071067811865474, 0.7071067811865477);
  for (let i = 1; i <= 200; i++)
    points.push(0.5 + 1.6 * scatter(i), 2 ** (Math.floor(2000 * scatter(i)) - 1000) * (1 + scatter(7 * i)));

  test("is within the stated 2 ulp of the exact logarithm", () => {
    const worst = Math.max(...points.map((x) => Math.abs(errorInUlp(naturalLog(x), exactLog(x)))));
    expect(worst).toBeLessThan(2);
    expect(worst).toBeGreaterThan(0);
  });

  test("has the usual special values", () => {
    expect(naturalLog(1)).toBe(0);
    expect(naturalLog(0)).toBe(-Infinity);
    expect(naturalLog(-0)).toBe(-Infinity);
    expect(naturalLog(Infinity)).toBe(Infinity);
    expect(naturalLog(-1)).toBeNaN();
    expect(naturalLog(NaN)).toBeNaN();
  });
});

describe("exponential", () => {
  const points = [1, -1, 0.34657359027997264, -0.34657359027997264, 0.3465735902799727, 2 ** -60, -(2 ** -54)];
  points.push(709.782712893384, 709, -708.396, -708.3965, -720.5, -744.4, -745.1332191019411);
  for (let i = 1; i <= 200; i++) points.push(4 * scatter(i) - 2, 1454 * scatter(i) - 745);

  test("is within the stated error of the exact power", () => {
    const errors = points.map((x) => ({ x, error: Math.abs(errorInUlp(exponential(x), exactExp(x))) }));
    const normal = errors.filter(({ x }) => x > -708).map(({ error }) => error);
    const subnormal = errors.filter(({ x }) => x <= -708).map(({ error }) => error);
    expect(Math.max(...normal)).toBeLessThan(1.5);
    expect(Math.max(...subnormal)).toBeLessThan(2);
    expect(subnormal.length).toBeGreaterThan(5);
    expect(Math.max(...normal)).toBeGreaterThan(0);
  });

  test("has the usual special values", () => {
    expect(exponential(0)).toBe(1);
    expect(exponential(-0)).toBe(1);
    expect(exponential(-Infinity)).toBe(0);
    expect(exponential(Infinity)).toBe(Infinity);
    expect(exponential(709.7827128933841)).toBe(Infinity);
    expect(exponential(-745.1332191019412)).toBe(0);
    expect(exponential(-745.1332191019411)).toBe(2 ** -1074);
    expect(exponential(NaN)).toBeNaN();
  });
});
