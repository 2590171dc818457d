import { RandomStream } from "../../src/support/random.ts";
import { dyadic, quotient, wholeRow, type WholeRow } from "./exact-numbers.ts";
import {
  embeddingRows,
  truthOfRows,
  type Answer,
  type ExactTruth,
  type Given,
  type LeastNormDecoder,
  type Place,
} from "./exact-truth.ts";

/** What a verdict says of a problem; what it does not say is left out. */
export interface ClaimedVerdict {
  readonly compatible: Answer;
  readonly separable: Answer;
  readonly finiteMinimiser?: Answer;
  /** All words off the supports that can be left behind. */
  readonly leftBehind?: readonly Place[];
  /** A decoder that is said to be within `error` of W*, V × d. */
  readonly finite?: { readonly decoder: Float64Array; readonly error: number };
}

/** What is false in a verdict; empty where it holds. Not knowing is not false. */
export function faultsOfVerdict(claimed: ClaimedVerdict, truth: ExactTruth, leastNorm?: LeastNormDecoder): string[] {
  const { compatible, separable, finiteMinimiser = "undecided", leftBehind, finite } = claimed;
  const faults = [
    ...faultsOfAnswer("compatible", compatible, truth.compatible),
    ...faultsOfAnswer("separable", separable, truth.separable ? "yes" : "no"),
    ...faultsOfAnswer("finite minimiser", finiteMinimiser, truth.finiteMinimiser ? "yes" : "no"),
  ];
  if (leftBehind) {
    const [said, true_] = [leftBehind, truth.leftBehind].map((places) => places.map((place) => place.join(":")));
    for (const place of said!.filter((place) => !true_!.includes(place))) faults.push(`${place} cannot be left behind`);
    for (const place of true_!.filter((place) => !said!.includes(place))) faults.push(`${place} can be left behind`);
  }
  if (finite && leastNorm) {
    const distance = Math.hypot(...finite.decoder.map((w, i) => w - leastNorm.decoder[i]!));
    const rounding = 4 * 2 ** -53 * Math.hypot(...leastNorm.decoder);
    if (!(distance <= finite.error + leastNorm.uncertainty + rounding))
      faults.push(`W* is ${distance.toExponential(1)} away, not within ${finite.error.toExponential(1)}`);
  }
  return faults;
}

function faultsOfAnswer(name: string, said: Answer, is: Answer): string[] {
  return said === is || said === "undecided" || is === "undecided" ? [] : [`${name}: said ${said}, is ${is}`];
}

/** Which answers float64 itself cannot tell. */
export interface Window {
  readonly compatible: boolean;
  /** Of separability, of the finite minimiser, and of the words that can be left behind. */
  readonly supports: boolean;
}

/** Digits that a change within the window leaves as they are. */
const KEPT_BITS = 48;
/** A probability may be off by so much of itself. */
const WIDE_ROUNDING = 2 ** -46;
/** So near to the span of others, as a part of its norm, an embedding may be taken to be in it. */
const SPAN_TOLERANCE = 2 ** -44;
/** Up or down at random so often. */
const RANDOM_ROUNDINGS = 2;

/**
 * An answer is in the window where the exact decision changes when embeddings keep 48 of their 53 bits (to the nearest, and
 * twice up or down at random, equal digits alike, so that repeated embeddings stay repeated), when embeddings that are in the
 * span of others up to 2^-44 of their norm are put there exactly, or when probabilities may be off by 2^-46 of themselves.
 */
export function windowOf(given: Given, truth: ExactTruth, isPlanted = false): Window {
  const rows = embeddingRows(given);
  const changed = [
    rows.map((row) => wholeRow(row.map((h) => rounded(h, isUpperHalf)))),
    ...Array.from({ length: RANDOM_ROUNDINGS }, (_, draw) => {
      const isUp = coin(draw);
      return rows.map((row) => wholeRow(row.map((h) => rounded(h, isUp))));
    }),
    withSpans(rows),
  ].map((nearby) => truthOfRows(given, nearby, isPlanted, WIDE_ROUNDING));
  return {
    compatible: truth.compatible === "undecided" || changed.some(({ compatible }) => compatible !== truth.compatible),
    supports: changed.some(({ leftBehind }) => leftBehind.join(" ") !== truth.leftBehind.join(" ")),
  };
}

/** To 48 bits; `isUp` is asked with the digits and their lower end, and tells the larger size from the smaller. */
function rounded(x: number, isUp: (digits: bigint, cut: bigint) => boolean): number {
  const { mantissa, exponent } = dyadic(x);
  const digits = mantissa < 0n ? -mantissa : mantissa;
  const cut = BigInt(Math.max(digits.toString(2).length - KEPT_BITS, 0));
  if (cut === 0n) return x;
  const kept = (digits >> cut) + (isUp(digits, cut) ? 1n : 0n);
  return Math.sign(x) * Number(kept) * 2 ** (exponent + Number(cut));
}

const isUpperHalf = (digits: bigint, cut: bigint): boolean => ((digits >> (cut - 1n)) & 1n) === 1n;

/** One throw for equal digits. */
function coin(seed: number): (digits: bigint) => boolean {
  const stream = new RandomStream(seed);
  const thrown = new Map<bigint, boolean>();
  return (digits) => {
    if (!thrown.has(digits)) thrown.set(digits, stream.uniform() < 0.5);
    return thrown.get(digits)!;
  };
}

/** Embeddings that are in the span of earlier ones up to rounding become combinations of them with coefficients of 48 bits. */
function withSpans(rows: readonly (readonly number[])[]): WholeRow[] {
  const whole = rows.map(wholeRow);
  /** Orthonormal directions with their coefficients of the embeddings. */
  const basis: { readonly unit: readonly number[]; readonly of: readonly number[] }[] = [];
  rows.forEach((row, j) => {
    const length = Math.hypot(...row);
    const rest = [...row];
    const of = rows.map(() => 0);
    // twice is enough to be orthogonal to rounding
    for (const { unit, of: other } of [...basis, ...basis]) {
      const part = rest.reduce((sum, h, i) => sum + h * unit[i]!, 0);
      unit.forEach((u, i) => (rest[i]! -= part * u));
      other.forEach((c, k) => (of[k]! += part * c));
    }
    const distance = Math.hypot(...rest);
    if (distance > SPAN_TOLERANCE * length) {
      const unit = rest.map((h) => h / distance);
      basis.push({ unit, of: of.map((c, k) => (Number(k === j) - c) / distance) });
      return;
    }
    const parts = of.flatMap((c, k) =>
      Math.abs(c) * Math.hypot(...rows[k]!) > SPAN_TOLERANCE * length
        ? [{ c: dyadic(rounded(c, isUpperHalf)), row: whole[k]! }]
        : [],
    );
    const combined = combination(parts, row.length);
    // a basis that is itself nearly dependent has coefficients that miss the embedding
    const miss = Math.hypot(...row.map((h, i) => h - valueOf(combined, i)));
    if (miss <= 4 * SPAN_TOLERANCE * length) whole[j] = combined;
  });
  return whole;
}

function combination(
  parts: readonly { readonly c: { readonly mantissa: bigint; readonly exponent: number }; readonly row: WholeRow }[],
  d: number,
): WholeRow {
  const exponent = Math.min(0, ...parts.map(({ c, row }) => c.exponent + row.exponent));
  const whole = Array.from({ length: d }, (_, i) =>
    parts.reduce(
      (sum, { c, row }) => sum + ((c.mantissa * row.whole[i]!) << BigInt(c.exponent + row.exponent - exponent)),
      0n,
    ),
  );
  return { whole, exponent };
}

function valueOf({ whole, exponent }: WholeRow, i: number): number {
  return exponent >= 0 ? Number(whole[i]! << BigInt(exponent)) : quotient(whole[i]!, 1n << BigInt(-exponent));
}
