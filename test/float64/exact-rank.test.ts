import { expect, test } from "vitest";
import { exactRank } from "../../src/float64/exact-rank.ts";
import { finished } from "../../src/support/host-spells.ts";

const rank = (...rows: number[][]): number => finished(exactRank(rows.map((row) => Float64Array.from(row))));

test("multiples by powers of two and sums of whole numbers are dependent", () => {
  expect(rank([0.1, 0.7, -3], [0.4, 2.8, -12])).toBe(1);
  expect(rank([1, 2, 3], [4, 5, 6], [7, 8, 9])).toBe(2);
  expect(rank([0, 0], [0, 0])).toBe(0);
});

test("one rounding makes rows independent", () => {
  expect(rank([0.1, 0.2, 0.7], [0.1 * 3, 0.2 * 3, 0.7 * 3])).toBe(2);
  expect(rank([1, 1], [1, 1 + 2 ** -52])).toBe(2);
});

test("floats of every size are exact", () => {
  expect(rank([5e-324, 0], [0, 1e300])).toBe(2);
  expect(rank([5e-324, 1e-300], [5e-324 * 2 ** 40, 1e-300 * 2 ** 40])).toBe(1);
  expect(rank([2 ** 1000, 2 ** -1000], [2 ** 1001, 2 ** -999])).toBe(1);
  expect(rank([-(2 ** 1000), 2 ** -1000], [2 ** 1001, 2 ** -999])).toBe(2);
});

test("a multiple of one of the primes is not taken for zero", () => {
  expect(rank([67108859, 0], [0, 1])).toBe(2);
});
