import { describe, expect, test } from "vitest";
import { POLAR_ITERATIONS, polarFactor, polarValue } from "../../src/float64/polar.ts";
import { requireCloseInNorm } from "../support/compare.ts";
import { withSingularValues } from "../support/polar.ts";

test("no singular value passes 1, larger ones stay larger, and from 5e-4 on they are 1 to 6e-5", () => {
  const values = Array.from({ length: 4001 }, (_, i) => polarValue(10 ** (-i / 500)));
  values.forEach((value, i) => {
    expect(value).toBeLessThanOrEqual(1 + 1e-15);
    if (i > 0) expect(value).toBeLessThanOrEqual(values[i - 1]! + 1e-15);
  });
  expect(1 - polarValue(5e-4)).toBeLessThan(6e-5);
  // their first derivative at 0
  expect(polarValue(1e-12) / 1e-12).toBeCloseTo((15 / 8) ** POLAR_ITERATIONS, 3);
});

describe.each([
  [5, 8],
  [8, 5],
  [6, 6],
])("%i × %i", (rows, columns) => {
  test.each([
    ["alike", [3, 2, 2, 1, 0.5]],
    ["graded", [1, 1e-1, 1e-2, 1e-3, 1e-4]],
    ["partly zero", [7, 1, 0.1, 0, 0]],
    ["one alone", [1e-20, 0, 0, 0, 0]],
  ])("singular values that are %s", (_, values) => {
    const { matrix, left, right } = withSingularValues(rows, columns, values);
    const size = Math.hypot(...values);
    const expected = new Float64Array(rows * columns);
    values.forEach((value, n) => {
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++)
          expected[i * columns + j]! += polarValue(value / size) * left[n * rows + i]! * right[n * columns + j]!;
    });
    // what float64 leaves of zero, 1e-16 and a few, times 6,638
    requireCloseInNorm("factor", polarFactor(matrix, columns), expected, 1e-11);
  });

  test("zero stays zero", () => {
    expect(polarFactor(new Float64Array(rows * columns), columns)).toEqual(new Float64Array(rows * columns));
  });
});
