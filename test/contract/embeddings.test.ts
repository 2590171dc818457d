import { describe, expect, test } from "vitest";
import { OptionError } from "../../src/errors.ts";
import { drawEmbeddings, positionalEmbeddings, type EmbeddingLaw } from "../../src/problem/embeddings.ts";
import { RandomStream } from "../../src/support/random.ts";

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}

function rowsOf(values: Float64Array, dim: number): Float64Array[] {
  return Array.from({ length: values.length / dim }, (_, j) => values.subarray(j * dim, (j + 1) * dim));
}

describe("drawEmbeddings", () => {
  test("gaussian takes the normals of its stream in row-major order", () => {
    const stream = new RandomStream(1, 2);
    const expected = Float64Array.from({ length: 15 }, () => stream.normal());
    expect(drawEmbeddings("gaussian", 5, 3, new RandomStream(1, 2))).toEqual(expected);
  });

  test("unit-sphere is the gaussian with every row divided by its norm", () => {
    const gaussian = rowsOf(drawEmbeddings("gaussian", 40, 7, new RandomStream(2)), 7);
    const unit = rowsOf(drawEmbeddings("unit-sphere", 40, 7, new RandomStream(2)), 7);
    expect(unit.length).toBe(40);
    unit.forEach((row, j) => {
      // Norm and cosine: seven products, a root and a division, fewer than 20 roundings of 2^-53.
      expect(Math.abs(inner(row, row) - 1)).toBeLessThan(20 * 2 ** -53);
      const cosine = inner(row, gaussian[j]!) / Math.sqrt(inner(gaussian[j]!, gaussian[j]!));
      expect(Math.abs(cosine - 1)).toBeLessThan(20 * 2 ** -53);
    });
  });

  /** Largest entry of |Gram − identity|. */
  function distanceFromOrthonormal(count: number, dim: number, seed: number): number {
    const rows = rowsOf(drawEmbeddings("orthonormal", count, dim, new RandomStream(seed)), dim);
    expect(rows.length).toBe(count);
    let worst = 0;
    rows.forEach((a, j) =>
      rows.forEach((b, k) => (worst = Math.max(worst, Math.abs(inner(a, b) - (j === k ? 1 : 0))))),
    );
    return worst;
  }

  // Twice-repeated Gram-Schmidt leaves a few u √d per pair (u = 2^-53); evaluating an inner product costs up to d u.
  const orthonormalTolerance = (dim: number): number => 4 * (dim + 4) * 2 ** -53;

  test.each([
    [1, 1],
    [6, 9],
    [80, 81],
  ])("orthonormal %d × %d has the identity as its Gram matrix", (count, dim) => {
    expect(distanceFromOrthonormal(count, dim, 3)).toBeLessThan(orthonormalTolerance(dim));
  });

  test("orthonormal rows stay so where the Gaussian matrix is nearly singular", () => {
    // One pass of Gram-Schmidt would lose the condition number, in the worst of 200 square matrices some thousands.
    const worst = Array.from({ length: 200 }, (_, seed) => distanceFromOrthonormal(9, 9, seed));
    expect(Math.max(...worst)).toBeLessThan(orthonormalTolerance(9));
  });

  test("orthonormal needs a dimension for every row", () => {
    expect(() => drawEmbeddings("orthonormal", 5, 4, new RandomStream(1))).toThrow(OptionError);
    expect(() => drawEmbeddings("orthonormal", 5, 4, new RandomStream(1))).toThrow(/at least 5.*found 4/);
  });

  test("an unknown law is refused", () => {
    expect(() => drawEmbeddings("cauchy" as EmbeddingLaw, 5, 4, new RandomStream(1))).toThrow(/gaussian.*found cauchy/);
  });
});

describe("positionalEmbeddings", () => {
  const dim = 4000;

  test("entries have unit variance for any length", () => {
    const rows = rowsOf(positionalEmbeddings([[3], [1, 2], [5, 5, 5, 5, 5]], dim, 1), dim);
    expect(rows.length).toBe(3);
    // Five standard deviations: of the mean 1/√d, of the mean square √(2/d).
    for (const row of rows) {
      expect(Math.abs(row.reduce((a, b) => a + b) / dim)).toBeLessThan(5 / Math.sqrt(dim));
      expect(Math.abs(inner(row, row) / dim - 1)).toBeLessThan(5 * Math.sqrt(2 / dim));
    }
  });

  test("the same token at the same distance from the end has the same vector in any context", () => {
    const [ab, cb, b, dab, a] = rowsOf(positionalEmbeddings([[0, 1], [2, 1], [1], [3, 0, 1], [0]], dim, 9), dim);
    const scale = Math.SQRT2;
    // √2 (h_ab − h_cb) = g(1, a) − g(1, c): the last token cancels, to the rounding of sums of a few units.
    const withoutLast = ab!.map((x, i) => scale * x - b![i]!);
    const other = dab!.map((x, i) => Math.sqrt(3) * x - scale * ab![i]!);
    // Left are single vectors N(0, I): one of (1, a), one of (2, d).
    expect(Math.abs(inner(withoutLast, withoutLast) / dim - 1)).toBeLessThan(5 * Math.sqrt(2 / dim));
    expect(Math.abs(inner(other, other) / dim - 1)).toBeLessThan(5 * Math.sqrt(2 / dim));
    // Different positions, and different tokens, are independent: cosines of order 1/√d.
    const cbWithoutLast = cb!.map((x, i) => scale * x - b![i]!);
    for (const [x, y] of [
      [withoutLast, other],
      [withoutLast, cbWithoutLast],
      [withoutLast, a!],
      [a!, b!],
    ] as const)
      expect(Math.abs(inner(x, y) / dim)).toBeLessThan(5 / Math.sqrt(dim));
  });

  test("the order of the tokens matters, the other contexts do not", () => {
    const [ab, ba] = rowsOf(
      positionalEmbeddings(
        [
          [0, 1],
          [1, 0],
        ],
        8,
        1,
      ),
      8,
    );
    expect(ab).not.toEqual(ba);
    expect(positionalEmbeddings([[1, 0]], 8, 1)).toEqual(Float64Array.from(ba!));
    expect(positionalEmbeddings([[1, 0]], 8, 2)).not.toEqual(Float64Array.from(ba!));
  });

  test("a bad seed is refused", () => {
    expect(() => positionalEmbeddings([[1]], 8, -1)).toThrow(OptionError);
  });
});
