import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { polarFactor, polarValue } from "../../src/float64/polar.ts";
import { centreColumns } from "../../src/float64/centre-columns.ts";
import { F32_UNIT } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { Lab } from "../support/lab.ts";
import { withSingularValues } from "../support/polar.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());
const polarOf = async (matrix: ArrayLike<number>, columns: number): Promise<Float64Array> =>
  Float64Array.from(
    await lab.call<Float32Array>("/test/solvers/polar.page.ts", "polarOf", Float32Array.from(matrix), columns),
  );

/** ⟨left_n, P right_n⟩, what has become of the singular values, and the Frobenius norm of all the rest. */
function valuesIn(
  polar: Float64Array,
  { left, right }: Record<"left" | "right", Float64Array>,
  rows: number,
  columns: number,
): { values: number[]; rest: number } {
  const rest = polar.slice();
  const values = Array.from({ length: left.length / rows }, (_, n) => {
    const u = left.subarray(n * rows, (n + 1) * rows);
    const v = right.subarray(n * columns, (n + 1) * columns);
    let value = 0;
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) value += u[i]! * polar[i * columns + j]! * v[j]!;
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) rest[i * columns + j]! -= value * u[i]! * v[j]!;
    return value;
  });
  return { values, rest: Math.hypot(...rest) };
}

/** By what the iterations multiply what rounding leaves, 2^-24 of the largest in each of some entries. */
const NOISE = 6638 * F32_UNIT;

describe.each([
  [10, 24],
  [23, 8],
  [40, 40],
])("of %i × %i", (rows, columns) => {
  test.each([
    ["alike", Array.from({ length: 8 }, (_, i) => 1 - i / 16)],
    ["graded", [1, 1e-1, 1e-2, 1e-3, 6e-4]],
    ["partly zero", [2 ** 60, 2 ** 59]],
    ["one alone and small", [2 ** -49]],
  ])("singular values that are %s become 1, and none is made of zero", async (_, given) => {
    const made = withSingularValues(rows, columns, given);
    const { values, rest } = valuesIn(await polarOf(made.matrix, columns), made, rows, columns);
    const size = Math.hypot(...given);
    given.forEach((value, n) => {
      expect(Math.abs(values[n]! - polarValue(value / size))).toBeLessThan(NOISE);
    });
    expect(rest).toBeLessThan(10 * NOISE);
  });
});

test("a gradient without a sum over the words, as it always is, has none in its polar factor either", async () => {
  const [rows, columns] = [12, 16];
  const matrix = centreColumns(normals(3, rows * columns), columns);
  const polar = await polarOf(matrix, columns);
  const expected = polarFactor(Float32Array.from(matrix), columns);
  const difference = Math.hypot(...polar.map((x, i) => x - expected[i]!));
  const sums = Array.from({ length: columns }, (_, j) =>
    polar.reduce((sum, x, i) => sum + (i % columns === j ? x : 0), 0),
  );
  expect(Math.hypot(...sums) / Math.sqrt(rows)).toBeLessThan(NOISE);
  expect(difference).toBeLessThan(2 * NOISE);
});

test("zero stays zero, and what float32 is not sure of the squares of becomes zero", async () => {
  expect(await polarOf(withSingularValues(40, 40, [2 ** -60]).matrix, 40)).toEqual(new Float64Array(1600));
  expect(await polarOf(new Float32Array(32), 8)).toEqual(new Float64Array(32));
});
