import { describe, expect, test } from "vitest";
import { OptionError } from "../../src/errors.ts";
import { philox4x32, RandomStream } from "../../src/support/random.ts";
import { PHILOX_ANSWERS } from "../support/philox-answers.ts";

// Monte-Carlo bounds are five standard deviations of the statistic; seeds are fixed, so a run repeats.
const SIGMAS = 5;

function draw(n: number, next: () => number): Float64Array {
  return Float64Array.from({ length: n }, next);
}

function mean(values: Float64Array): number {
  return values.reduce((a, b) => a + b) / values.length;
}

describe("philox4x32", () => {
  test.each(PHILOX_ANSWERS)("counter %j, key %j gives %j", (counter, key, answer) => {
    expect(philox4x32(counter, key)).toEqual(answer);
  });
});

describe("RandomStream", () => {
  test("uses the words of Philox in order: seed as key, stream above the counter", () => {
    const seed = 5 + 7 * 2 ** 32;
    const stream = 11 + 13 * 2 ** 32;
    const random = new RandomStream(seed, stream);
    const expected = [0, 1].flatMap((block) => {
      const [a, b, c, d] = philox4x32([block, 0, 11, 13], [5, 7]);
      return [(a >>> 5) * 2 ** 26 + (b >>> 6), (c >>> 5) * 2 ** 26 + (d >>> 6)].map((k) => k / 2 ** 53);
    });
    expect([1, 2, 3, 4].map(() => random.uniform())).toEqual(expected);
  });

  test("streams of one seed, and seeds of one stream, differ", () => {
    const firsts = [
      new RandomStream(1, 0),
      new RandomStream(1, 1),
      new RandomStream(1, 2 ** 32),
      new RandomStream(2, 0),
    ];
    expect(new Set(firsts.map((random) => random.uniform())).size).toBe(4);
  });

  test.each([-1, 0.5, NaN, Infinity, 2 ** 53])("refuses the seed %s", (seed) => {
    expect(() => new RandomStream(seed)).toThrow(OptionError);
    expect(() => new RandomStream(seed)).toThrow(
      `seed: expected a whole number from 0 to 2^53 - 1, found ${String(seed)}`,
    );
    expect(() => new RandomStream(0, seed)).toThrow(/^stream: expected/);
  });

  test("takes the largest seed", () => {
    expect(new RandomStream(2 ** 53 - 1).uniform()).toBeLessThan(1);
  });

  test("uniform has 53 bits, stays inside (0, 1) and has the moments of its law", () => {
    const n = 100_000;
    const random = new RandomStream(3);
    const values = draw(n, () => random.uniform());
    expect(values.every((x) => x > 0 && x < 1)).toBe(true);
    // The lowest of 53 bits is set in half of them: standard deviation of the share 1 / (2 √n).
    const odd = values.filter((x) => (x * 2 ** 53) % 2 === 1).length / n;
    expect(Math.abs(odd - 0.5)).toBeLessThan(SIGMAS / (2 * Math.sqrt(n)));
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(SIGMAS * Math.sqrt(1 / 12 / n));
    // E u² = 1/3, Var u² = 1/5 − 1/9 = 4/45.
    expect(Math.abs(mean(values.map((x) => x * x)) - 1 / 3)).toBeLessThan(SIGMAS * Math.sqrt(4 / 45 / n));
  });

  test("integer hits every outcome equally often", () => {
    const n = 60_000;
    const random = new RandomStream(4);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < n; i++) counts[random.integer(7)]!++;
    for (const count of counts) expect(Math.abs(count / n - 1 / 7)).toBeLessThan(SIGMAS * Math.sqrt(6 / 49 / n));
  });

  test("integer has no modulo bias", () => {
    // Of 2^53 values taken modulo 3 · 2^51, half would fall below 2^51; without bias a third does.
    const n = 20_000;
    const random = new RandomStream(5);
    const low = draw(n, () => random.integer(3 * 2 ** 51)).filter((k) => k < 2 ** 51).length;
    expect(Math.abs(low / n - 1 / 3)).toBeLessThan(SIGMAS * Math.sqrt(2 / 9 / n));
  });

  test.each([0, -1, 1.5, NaN, 2 ** 53])("integer refuses %s outcomes", (n) => {
    expect(() => new RandomStream(1).integer(n)).toThrow(OptionError);
  });

  test("integer(1) is 0", () => {
    expect(new RandomStream(1).integer(1)).toBe(0);
  });

  test("normal has mean 0, variance 1, fourth moment 3, and independent neighbours", () => {
    const n = 200_000;
    const random = new RandomStream(6);
    const values = draw(n, () => random.normal());
    // Variances of x, x², x⁴, x_i x_{i+1}: 1, 2, 96, 1.
    expect(Math.abs(mean(values))).toBeLessThan(SIGMAS * Math.sqrt(1 / n));
    expect(Math.abs(mean(values.map((x) => x * x)) - 1)).toBeLessThan(SIGMAS * Math.sqrt(2 / n));
    expect(Math.abs(mean(values.map((x) => x ** 4)) - 3)).toBeLessThan(SIGMAS * Math.sqrt(96 / n));
    const products = values.map((x, i) => x * values[(i + 1) % n]!);
    expect(Math.abs(mean(products))).toBeLessThan(SIGMAS * Math.sqrt(1 / n));
  });

  test.each([0.05, 0.5, 1, 3.7, 400])("gamma(%d) has its mean and variance", (shape) => {
    const n = 50_000;
    const random = new RandomStream(7);
    const values = draw(n, () => random.gamma(shape));
    expect(Math.abs(mean(values) - shape)).toBeLessThan(SIGMAS * Math.sqrt(shape / n));
    // Fourth central moment 3k² + 6k, so Var (x − k)² = 2k² + 6k.
    const spread = mean(values.map((x) => (x - shape) ** 2));
    expect(Math.abs(spread - shape)).toBeLessThan(SIGMAS * Math.sqrt((2 * shape * shape + 6 * shape) / n));
  });

  test.each([0, -1, NaN, Infinity])("gamma and dirichlet refuse the parameter %s", (shape) => {
    expect(() => new RandomStream(1).gamma(shape)).toThrow(/^shape: expected a finite number/);
    expect(() => new RandomStream(1).dirichlet(3, shape)).toThrow(/^concentration: expected a finite number/);
  });

  test.each([0, 1.5, NaN])("dirichlet refuses %s parts", (size) => {
    expect(() => new RandomStream(1).dirichlet(size, 1)).toThrow(OptionError);
  });

  test.each([0.3, 1, 20])("dirichlet of concentration %d sums to 1 and has its variance", (concentration) => {
    const n = 20_000;
    const size = 4;
    const random = new RandomStream(8);
    let worstSum = 0;
    const firsts = draw(n, () => {
      const parts = random.dirichlet(size, concentration);
      worstSum = Math.max(worstSum, Math.abs(parts.reduce((a, b) => a + b) - 1));
      return parts[0]!;
    });
    // Four parts and their sum carry at most four roundings of 2^-53 each way.
    expect(worstSum).toBeLessThan(4 * 2 ** -52);
    const variance = ((1 / size) * (1 - 1 / size)) / (size * concentration + 1);
    expect(Math.abs(mean(firsts) - 1 / size)).toBeLessThan(SIGMAS * Math.sqrt(variance / n));
    // (x − 1/4)² lies in [0, 9/16], so its variance is below 9/16 of its mean.
    const spread = mean(firsts.map((x) => (x - 1 / size) ** 2));
    expect(Math.abs(spread - variance)).toBeLessThan(SIGMAS * Math.sqrt((variance * 9) / 16 / n));
  });

  test("dirichlet of a tiny concentration is a vertex, not NaN", () => {
    const parts = new RandomStream(9).dirichlet(5, 1e-300);
    expect([...parts].sort()).toEqual([0, 0, 0, 0, 1]);
  });

  test("sample gives ascending distinct numbers, every pair equally often", () => {
    const n = 30_000;
    const random = new RandomStream(10);
    const counts = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      const key = random.sample(5, 2).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual("0,1 0,2 0,3 0,4 1,2 1,3 1,4 2,3 2,4 3,4".split(" "));
    for (const count of counts.values()) expect(Math.abs(count / n - 0.1)).toBeLessThan(SIGMAS * Math.sqrt(0.09 / n));
  });

  test("sample takes all and none, and refuses more than there are", () => {
    const random = new RandomStream(11);
    expect(random.sample(12, 12)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(random.sample(4, 0)).toEqual([]);
    expect(() => random.sample(4, 5)).toThrow(/found n = 4, k = 5/);
    expect(() => random.sample(4, 1.5)).toThrow(OptionError);
    expect(() => random.sample(NaN, 1)).toThrow(OptionError);
  });
});
