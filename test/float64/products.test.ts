import { expect, test } from "vitest";
import { timesTransposed, transposed } from "../../src/float64/products.ts";
import { finished } from "../../src/support/host-spells.ts";
import { normals } from "../support/draw.ts";

test("A Bᵀ has the entries of inner products, bit for bit, whatever the sizes leave over", () => {
  for (const [n, p, inner] of [
    [1, 1, 1],
    [2, 3, 5],
    [4, 2, 7],
    [5, 1, 3],
    [9, 6, 4],
    [11, 7, 8],
  ] as const) {
    const [a, b] = [Float64Array.from(normals(1, n * inner)), Float64Array.from(normals(2, p * inner))];
    const expected = Float64Array.from({ length: n * p }, (_, at) => {
      let sum = 0;
      for (let c = 0; c < inner; c++) sum += a[Math.floor(at / p) * inner + c]! * b[(at % p) * inner + c]!;
      return sum;
    });
    expect(finished(timesTransposed(a, b, inner))).toEqual(expected);
  }
});

test("a transpose", () => {
  expect([...transposed(Float64Array.of(1, 2, 3, 4, 5, 6), 2)]).toEqual([1, 4, 2, 5, 3, 6]);
});
