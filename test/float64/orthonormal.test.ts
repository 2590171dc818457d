import { expect, test } from "vitest";
import { orthonormalised } from "../../src/float64/orthonormal.ts";
import { finished } from "../../src/support/host-spells.ts";
import { requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";

const N = 9;
const row = (vectors: Float64Array, i: number): Float64Array => vectors.subarray(i * N, (i + 1) * N);
const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, k) => sum + x * b[k]!, 0);

test("vectors that nearly lie in each other become orthonormal, the first keeps its direction, and zeros stay", () => {
  const given = Float64Array.from(normals(1, 5 * N));
  // the second is the first but for 1e-9 of another, the fourth is twice the third, the fifth is zero
  row(given, 1).forEach((x, k) => (given[N + k] = given[k]! + 1e-9 * x));
  row(given, 2).forEach((x, k) => (given[3 * N + k] = 2 * x));
  row(given, 4).fill(0);
  const found = finished(orthonormalised(given, N));
  const length = Math.sqrt(inner(row(given, 0), row(given, 0)));
  requireClose(
    "the first",
    row(found, 0),
    row(given, 0).map((x) => x / length),
    1e-15,
  );
  for (let i = 0; i < 3; i++)
    for (let k = 0; k <= i; k++)
      requireClose(`${i} and ${k}`, [inner(row(found, i), row(found, k))], [i === k ? 1 : 0], 1e-14);
  expect([...row(found, 3), ...row(found, 4)].filter((x) => x !== 0)).toEqual([]);
});
