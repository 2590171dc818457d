import type { DenseSetting } from "../../src/reference/lib/one-workgroup-residual.ts";
import { denseResidual } from "../../src/reference/lib/one-workgroup-residual.ts";
import { matrixProduct as multiply } from "../../src/reference/matrix-product.ts";
import { RandomStream } from "../../src/support/random.ts";
import { F32_UNIT as U, requireClose } from "./compare.ts";
import { normals } from "./draw.ts";

/** Numbers in float64, and what the float32 ones that a kernel has in their place may be off by. */
export interface Approximate {
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

export const exactly = (values: ArrayLike<number>): Approximate => ({
  values: Float64Array.from(values),
  errors: new Float64Array(values.length),
});

/** Shares of the first order in the errors: what is above it is far below one per cent. */
const SECOND_ORDER = 1.01;
/** What results below the least normal float32 may be off by, as they may be flushed. */
const FLUSHED = 1e-37;

/** A B with A [rows, inner] approximate and B [inner, columns] exact, every sum in any order, products perhaps rounded. */
export function approximateProduct(
  a: Approximate,
  b: ArrayLike<number>,
  shape: { rows: number; inner: number; columns: number },
): Approximate {
  const size = Float64Array.from(b, Math.abs);
  const rounded = (shape.inner + 1) * U * SECOND_ORDER;
  return {
    values: multiply(a.values, b, shape),
    errors: multiply(
      a.errors.map((error, i) => error + rounded * (Math.abs(a.values[i]!) + error)),
      size,
      shape,
    ),
  };
}

/** Units of the last place, 2 U each, that the built-in exp may be off by; below e^-88 there is nothing. */
const expError = (x: number): number => 2 * U * (3 + 2 * Math.min(Math.abs(x), 88));

/** The residual at logits changed by `change`, and how far lib/one-workgroup-residual may be from it, operation by operation. */
export function approximateResidual(setting: DenseSetting, change: Approximate): Approximate {
  const { words, contexts, stride, weights } = setting;
  const values = denseResidual(setting, change.values);
  const errors = new Float64Array(words * stride);
  const range = Array.from({ length: words }, (_, v) => v);
  const sum = (term: (v: number) => number): number => range.reduce((total, v) => total + term(v), 0);
  for (let j = 0; j < contexts; j++) {
    const p = range.map((v) => setting.probabilities[v * stride + j]!);
    const x = range.map((v) => setting.relative[v * stride + j]! + change.values[v * stride + j]!);
    // a sum with zero is exact
    const dx = range.map((v) => {
      const i = v * stride + j;
      return change.errors[i]! + (change.values[i] === 0 ? 0 : U * Math.abs(x[v]!));
    });
    const mean = sum((v) => p[v]! * x[v]!);
    const t = x.map((each) => each - mean);
    // what the mean is off by takes the same factor from all exponentials, and none from their quotients
    const dt = t.map((each, v) => dx[v]! + U * Math.abs(each));
    const shift = Math.max(Math.max(...t) - 60, 0);
    const scale = Math.exp(-shift);
    // a shift that is a little off is so everywhere
    const dScale = scale * expError(shift);
    const e = t.map((each) => Math.exp(each - shift));
    const de = e.map((each, v) => each * (dt[v]! + U * Math.abs(t[v]! - shift) + expError(t[v]! - shift)));
    const a = t.map((each) => scale * Math.expm1(each));
    // the series up to a half of either sign is good to 8 roundings; the other form may be taken from a little below it on
    const da = t.map((each, v) =>
      Math.abs(each) < 0.499
        ? e[v]! * dt[v]! + Math.abs(a[v]!) * (8 * U + dScale / scale)
        : de[v]! + dScale + U * Math.abs(a[v]!),
    );
    const on = range.filter((v) => p[v]! > 0);
    const off = range.filter((v) => p[v] === 0);
    const excess = on.reduce((total, v) => total + p[v]! * a[v]!, 0);
    // each of the terms is rounded in p, in the product and in sums
    const dExcess = on.reduce((total, v) => total + p[v]! * (da[v]! + (words + 2) * U * Math.abs(a[v]!)), 0);
    const outside = off.reduce((total, v) => total + e[v]!, 0);
    const dOutside = off.reduce((total, v) => total + de[v]!, words * U * outside);
    const total = scale + excess + outside;
    const relative = (dScale + dExcess + dOutside + 2 * U * total) / total;
    for (let v = 0; v < words; v++) {
      const part = p[v]! > 0 ? p[v]! * (a[v]! - excess - outside) : e[v]!;
      const dPart =
        p[v]! > 0 ? p[v]! * (da[v]! + dExcess + dOutside + 2 * U * (Math.abs(a[v]!) + excess + outside)) : de[v]!;
      // a quotient of 2.5 units of the last place and up to four products, among them with a scaled weight
      errors[v * stride + j] =
        SECOND_ORDER * (weights[j]! / total) * (dPart + Math.abs(part) * (relative + 10 * U)) + FLUSHED * weights[j]!;
    }
  }
  return { values, errors };
}

/** How relative logits are drawn: of words on the support, of probability p, and off it. */
interface Spread {
  readonly on: (stream: RandomStream, p: number) => number;
  readonly off: (stream: RandomStream) => number;
  /** What the mass of the first word of each support of several is multiplied by; 1 when left out. */
  readonly rarity?: number;
}

export const SPREADS = {
  moderate: { on: (stream) => stream.normal(), off: (stream) => stream.normal() - 1 },
  /** Near the log-odds: what is left of the words off the support is far below one. */
  near: { on: (stream) => 1e-6 * stream.normal(), off: (stream) => -20 - 20 * stream.uniform() },
  /** Deviations on both sides of where series end. */
  close: { on: (stream) => 0.7 * (2 * stream.uniform() - 1), off: (stream) => -6 + stream.normal() },
  /** Near the log-odds, while all words of the support have moved together. */
  moved: { on: (stream) => 1 + 1e-5 * stream.normal(), off: () => -30 },
  large: { on: (stream) => 200 * stream.uniform() - 100, off: (stream) => 200 * stream.uniform() - 100 },
  /** Words off the support so far above those on it that e to the difference is no float32. */
  huge: { on: (stream) => stream.normal(), off: (stream) => 300 + stream.normal() },
  /** A word that has far too much mass for its probability, beside some near the log-odds. */
  rare: {
    on: (stream, p) => (p < 1e-20 ? 90 : 0.3 * stream.normal()),
    off: (stream) => -20 * stream.uniform(),
    rarity: 1e-28,
  },
} as const satisfies Record<string, Spread>;

/** What the columns past the contexts hold where nothing may read them. */
const PADDING = 7;

/** A problem with supports of 1 to V words, weights that sum to 1, and relative logits drawn in float32. */
export function drawDense(
  seed: number,
  { words, contexts, stride }: Readonly<Record<"words" | "contexts" | "stride", number>>,
  { on, off, rarity = 1 }: Spread,
): DenseSetting {
  const stream = new RandomStream(seed);
  const relative = new Float32Array(words * stride).fill(PADDING);
  const probabilities = new Float64Array(words * stride);
  for (let j = 0; j < contexts; j++) {
    const support = stream.sample(words, 1 + ((j + seed) % words));
    const masses = Array.from(stream.dirichlet(support.length, 1), (mass) => Math.max(mass, 1e-3));
    if (masses.length > 1) masses[0]! *= rarity;
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    support.forEach((z, i) => (probabilities[z * stride + j] = masses[i]! / total));
    for (let v = 0; v < words; v++) {
      const p = probabilities[v * stride + j]!;
      relative[v * stride + j] = p > 0 ? on(stream, p) : off(stream);
    }
  }
  const weights = Float32Array.from({ length: contexts }, () => (0.5 + stream.uniform()) / contexts);
  return { words, contexts, stride, relative, probabilities, weights };
}

/** Normal numbers, zero in the columns past the first `columns` of each row of `stride`. */
export function drawPadded(seed: number, rows: number, columns: number, stride: number, scale: number): Float32Array {
  return normals(seed, rows * stride, scale).map((x, i) => (i % stride < columns ? x : 0));
}

/** Arrays of several problems, one after another. */
export const concatenated = (parts: readonly ArrayLike<number>[]): Float32Array =>
  Float32Array.from(parts.flatMap((part) => Array.from(part)));

/** Arrays of several problems are what they should be, as far as their errors allow. */
export function requireApproximate(what: string, found: ArrayLike<number>, expected: readonly Approximate[]): void {
  const errors = expected.flatMap((part) => Array.from(part.errors));
  requireClose(
    what,
    found,
    expected.flatMap((part) => Array.from(part.values)),
    (i) => errors[i]!,
  );
}
