import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { Lab } from "../support/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab.close());

/** What is asked of values, in parts of the largest, and of the vectors' inner products. */
const ASKED = 1e-5;
/** Of vectors made orthonormal in float64. */
const ORTHONORMAL = 1e-12;

/** Reflections I − 2 v vᵀ / ‖v‖² of the rows of a matrix [count, length], which leave its singular values. */
function reflect(matrix: Float64Array, count: number, length: number, seed: number): void {
  const v = normals(seed, length);
  const square = v.reduce((sum, x) => sum + x * x, 0);
  for (let i = 0; i < count; i++) {
    const row = matrix.subarray(i * length, (i + 1) * length);
    const inner = row.reduce((sum, x, k) => sum + x * v[k]!, 0);
    for (let k = 0; k < length; k++) row[k]! -= (2 * inner * v[k]!) / square;
  }
}

const transposed = (matrix: Float64Array, rows: number, columns: number): Float64Array =>
  Float64Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);

/** A matrix with given singular values: three reflections on either side of a diagonal one. */
function withValues(rows: number, columns: number, values: readonly number[]): Float64Array {
  let matrix = new Float64Array(rows * columns);
  values.forEach((value, i) => (matrix[i * columns + i] = value));
  for (let seed = 1; seed <= 3; seed++) {
    reflect(matrix, rows, columns, seed);
    const other = transposed(matrix, rows, columns);
    reflect(other, columns, rows, 10 + seed);
    matrix = Float64Array.from(transposed(other, columns, rows));
  }
  return matrix;
}

const range = (n: number, value: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => value(i));

async function requireDecomposed(
  rows: number,
  columns: number,
  values: readonly number[],
  told = values.filter((value) => value > 2e-6 * values[0]!).length,
): Promise<void> {
  const matrix = withValues(rows, columns, values);
  const found = await lab.call<Record<"values" | "left" | "right", Float64Array> & { largestCosine: number }>(
    "/test/solvers/svd.page.ts",
    "decompose",
    ...([matrix, rows, columns] as const),
  );
  expect(found.largestCosine).toBeLessThanOrEqual(2e-6);
  const terms = Math.min(rows, columns);
  const [largest = 0] = values;
  requireClose(
    "values",
    found.values,
    Float64Array.from({ length: terms }, (_, i) => values[i] ?? 0),
    ASKED * largest,
  );
  const left = (i: number): Float64Array => found.left.subarray(i * rows, (i + 1) * rows);
  const right = (i: number): Float64Array => found.right.subarray(i * columns, (i + 1) * columns);
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
  for (let i = 0; i < terms; i++)
    for (let k = 0; k <= i; k++)
      for (const of of [left, right]) {
        const inner = dot(of(i), of(k));
        const isZero = i === k && i >= told && inner === 0;
        if (!isZero && !(Math.abs(inner - (i === k ? 1 : 0)) <= ORTHONORMAL))
          throw new Error(`vectors ${i} and ${k}: ${inner}`);
      }
  const sums = new Float64Array(rows * columns);
  for (let i = 0; i < terms; i++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) sums[r * columns + c]! += found.values[i]! * left(i)[r]! * right(i)[c]!;
  requireClose("the sum of all terms", sums, matrix, ASKED * largest);
}

describe("singular values and vectors", () => {
  test("of one number", () => requireDecomposed(1, 1, [3e-20]));
  test("of nothing but zeros", () => requireDecomposed(3, 5, []));
  test("of a tall matrix whose values fill the range", () =>
    requireDecomposed(
      70,
      19,
      range(19, (i) => 19 - i),
    ));
  test("of a wide matrix in one workgroup, large in size", () =>
    requireDecomposed(
      31,
      104,
      range(31, (i) => 1e12 / (1 + i)),
    ));
  test("of equal values", () =>
    requireDecomposed(
      40,
      64,
      range(40, () => 2),
    ));
  test("of a matrix of rank 5", () => requireDecomposed(64, 64, range(5, (i) => 1 + i).reverse()));
  test("of values over eight orders of magnitude", () =>
    requireDecomposed(
      96,
      96,
      range(96, (i) => 10 ** (-i / 12)),
    ));
  test("of 160 × 160, half of them equal", () =>
    requireDecomposed(
      160,
      160,
      range(160, (i) => (i < 80 ? 1 : 1 - i / 200)),
      60,
    ));
});

test("what is no matrix is refused in a sentence", async () => {
  const decompose = (...call: [Float64Array, number, number]): Promise<unknown> =>
    lab.call("/test/solvers/svd.page.ts", "decompose", ...call);
  await expect(decompose(Float64Array.of(1, 2, 3), 2, 2)).rejects.toThrow("matrix: expected 2 × 2 = 4 values, found 3");
  await expect(decompose(Float64Array.of(1, NaN), 2, 1)).rejects.toThrow("matrix: expected finite numbers, found NaN");
});
