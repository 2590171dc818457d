import { OptionError } from "../errors.ts";
import { requireAtLeast, requireSeed } from "./options.ts";
import { exponential, naturalLog } from "./elementary.ts";

/** Four 32-bit words. */
export type Words4 = readonly [number, number, number, number];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** The least shape of a gamma variate: a smaller one would overflow log(U) / shape. */
export const LEAST_SHAPE = 1e-300;

/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a keyed bijection
 * of 128-bit counters whose outputs pass for independent uniform words.
 */
export function philox4x32(counter: Words4, key: readonly [number, number]): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** Upper 32 bits of the product of two 32-bit words; a float64 product would lose its low bits, hence the halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) | 0;
}

/**
 * Random numbers that are the same on every platform. The seed is the Philox key; the stream number is the upper half of
 * the counter, so streams of one seed never overlap; the lower half counts blocks of four words, 2^64 of them.
 */
export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #stream: readonly [number, number];
  #blockLow = 0;
  #blockHigh = 0;
  #words: Words4 = [0, 0, 0, 0];
  #used = 4;
  #spareNormal: number | undefined;

  /**
   * @param seed whole number, 0 … 2^53 − 1
   * @param stream whole number, 0 … 2^53 − 1: one for each purpose
   * @throws OptionError for anything else
   */
  constructor(seed: number, stream = 0) {
    requireSeed(seed);
    requireSeed(stream, "stream");
    this.#key = halves(seed);
    this.#stream = halves(stream);
  }

  /** Uniform on the multiples of 2^-53 inside the open interval (0, 1). */
  uniform(): number {
    let k = 0;
    while (k === 0) k = this.#bits53();
    return k * 2 ** -53;
  }

  /**
   * Uniform on 0 … n − 1, without bias.
   * @throws OptionError unless n is a whole number from 1 to 2^53 − 1
   */
  integer(n: number): number {
    if (!Number.isSafeInteger(n) || n < 1)
      throw new OptionError("integer", `expected a whole number of outcomes from 1 to 2^53 - 1, found ${String(n)}`);
    const limit = 2 ** 53 - (2 ** 53 % n);
    let k = limit;
    while (k >= limit) k = this.#bits53();
    return k % n;
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * naturalLog(square)) / square);
      this.#spareNormal = y * scale;
      return x * scale;
    }
  }

  /**
   * Gamma with the given shape and scale 1 (Marsaglia and Tsang, 2000). For a shape far below 1 most draws are smaller
   * than any float64 and come out as 0.
   * @throws OptionError unless the shape is finite and at least 1e-300
   */
  gamma(shape: number): number {
    requireAtLeast("shape", shape, LEAST_SHAPE);
    return shape < 1 ? exponential(this.#logGamma(shape)) : this.#gammaFromOne(shape);
  }

  /**
   * Symmetric Dirichlet: `size` non-negative numbers that sum to 1 (to rounding). Computed from logarithms, so it is
   * defined for every concentration from 1e-300; parts below e^-745 of the largest are 0.
   * @param size number of parts, at least 1
   * @param concentration parameter of every part; 1 is flat on the simplex
   * @throws OptionError for any other size or concentration
   */
  dirichlet(size: number, concentration: number): Float64Array {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new OptionError("size", `expected a whole number from 1, found ${String(size)}`);
    requireAtLeast("concentration", concentration, LEAST_SHAPE);
    const logs = Float64Array.from({ length: size }, () => this.#logGamma(concentration));
    const largest = logs.reduce((a, b) => Math.max(a, b));
    const parts = logs.map((log) => exponential(log - largest));
    const total = parts.reduce((a, b) => a + b);
    return parts.map((part) => part / total);
  }

  /**
   * k distinct numbers of 0 … n − 1, ascending, every subset equally likely (Floyd's algorithm: k draws).
   * @throws OptionError unless 0 ≤ k ≤ n are whole numbers
   */
  sample(n: number, k: number): number[] {
    if (!Number.isSafeInteger(n) || n < 0 || !Number.isSafeInteger(k) || k < 0 || k > n)
      throw new OptionError(
        "sample",
        `expected whole numbers with 0 <= k <= n, found n = ${String(n)}, k = ${String(k)}`,
      );
    const chosen = new Set<number>();
    for (let last = n - k; last < n; last++) {
      const drawn = this.integer(last + 1);
      chosen.add(chosen.has(drawn) ? last : drawn);
    }
    return [...chosen].sort((a, b) => a - b);
  }

  #word(): number {
    if (this.#used === 4) {
      this.#words = philox4x32([this.#blockLow, this.#blockHigh, this.#stream[0], this.#stream[1]], this.#key);
      this.#blockLow = (this.#blockLow + 1) >>> 0;
      if (this.#blockLow === 0) this.#blockHigh = (this.#blockHigh + 1) >>> 0;
      this.#used = 0;
    }
    return this.#words[this.#used++]!;
  }

  /** Whole number, uniform on 0 … 2^53 − 1. */
  #bits53(): number {
    const high = this.#word() >>> 5;
    return high * 2 ** 26 + (this.#word() >>> 6);
  }

  /** Logarithm of a gamma variate; below shape 1 it is that of shape + 1 plus log(U) / shape, which cannot underflow. */
  #logGamma(shape: number): number {
    if (shape >= 1) return naturalLog(this.#gammaFromOne(shape));
    return naturalLog(this.#gammaFromOne(shape + 1)) + naturalLog(this.uniform()) / shape;
  }

  #gammaFromOne(shape: number): number {
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const root = 1 + c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      if (naturalLog(this.uniform()) < 0.5 * x * x + d * (1 - v + naturalLog(v))) return d * v;
    }
  }
}

function halves(x: number): readonly [number, number] {
  return [x >>> 0, Math.floor(x / 2 ** 32)];
}
