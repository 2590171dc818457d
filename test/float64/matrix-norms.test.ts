import { describe, expect, test } from "vitest";
import { nuclearNormBound, spectralNormBound, type Matrix } from "../../src/float64/matrix-norms.ts";
import { finished } from "../../src/support/host-spells.ts";
import { normals } from "../support/draw.ts";

/** Reflects every row of a matrix [count, length] at the vector of a seed: no singular value changes. */
function reflected(values: Float64Array, length: number, seed: number): Float64Array {
  const v = normals(seed, length);
  const square = v.reduce((sum, x) => sum + x * x, 0);
  const result = values.slice();
  for (let start = 0; start < values.length; start += length) {
    const inner = v.reduce((sum, x, k) => sum + x * values[start + k]!, 0);
    v.forEach((x, k) => (result[start + k]! -= (2 * inner * x) / square));
  }
  return result;
}

const diagonal = (rows: number, columns: number, entries: readonly number[]): Float64Array =>
  Float64Array.from({ length: rows * columns }, (_, i) =>
    i % columns === Math.floor(i / columns) ? (entries[i % columns] ?? 0) : 0,
  );

/** A = R D P with reflections R and P, and the rotation that makes its rows orthogonal, off by `noise` in every entry. */
function example(
  rows: number,
  columns: number,
  entries: readonly number[],
  noise = 0,
): { matrix: Matrix; rotation: Float64Array } {
  const reflection = reflected(
    diagonal(
      rows,
      rows,
      Array.from({ length: rows }, () => 1),
    ),
    rows,
    1,
  );
  const middle = reflected(diagonal(rows, columns, entries), columns, 2);
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < rows; k++)
      for (let c = 0; c < columns; c++)
        values[i * columns + c]! += reflection[i * rows + k]! * middle[k * columns + c]!;
  const off = normals(3, rows * rows, noise);
  return { matrix: { values, rows, columns }, rotation: reflection.map((q, i) => q + off[i]!) };
}

const SPECTRA: readonly [name: string, entries: readonly number[]][] = [
  ["one value", [3]],
  ["equal values", [2, 2, 2, 2, 2, 2]],
  ["a cluster at the top", [1, 1 - 1e-7, 1 - 1e-6, 1 - 1e-4, 0.99, 0.5]],
  ["values over twelve orders of magnitude", [1, 1e-3, 1e-6, 1e-9, 1e-12]],
];

describe.each(SPECTRA)("%s", (_, entries) => {
  const largest = Math.max(...entries);
  const total = entries.reduce((a, b) => a + b, 0);

  test("the spectral norm from above, to nine digits", () => {
    const bound = finished(spectralNormBound(example(6, 9, entries).matrix));
    expect(bound).toBeGreaterThanOrEqual(largest * (1 - 1e-15));
    expect(bound).toBeLessThanOrEqual(largest * (1 + 1e-9));
  });

  test.each([
    [0, 1e-11],
    [1e-7, 1e-9],
    [1e-3, 0.02],
  ])("the nuclear norm from above, with a rotation that is off by %d", (noise, excess) => {
    const { matrix, rotation } = example(6, 9, entries, noise);
    const bound = finished(nuclearNormBound(matrix, rotation));
    expect(bound).toBeGreaterThanOrEqual(total * (1 - 1e-14));
    expect(bound).toBeLessThanOrEqual(total * (1 + excess));
  });

  test("and with one that is none", () => {
    const { matrix, rotation } = example(6, 9, entries);
    const bound = finished(
      nuclearNormBound(
        matrix,
        rotation.map((q) => 2 * q),
      ),
    );
    expect(bound).toBeGreaterThanOrEqual(total);
    expect(bound).toBeLessThan(Infinity);
  });
});

test("a matrix of zeros has norms of 0", () => {
  const { matrix, rotation } = example(3, 4, []);
  expect(finished(spectralNormBound(matrix))).toBe(0);
  expect(finished(nuclearNormBound(matrix, rotation))).toBe(0);
});

test("a matrix with an entry that is no number has no bound, and one with an infinite entry an infinite one", () => {
  for (const entry of [NaN, Infinity]) {
    const { matrix } = example(3, 4, [1, 2, 3]);
    matrix.values[5] = entry;
    expect(finished(spectralNormBound(matrix))).toBe(entry);
  }
});
