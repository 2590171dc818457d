import { orthonormalised } from "../../src/float64/orthonormal.ts";
import { finished } from "../../src/support/host-spells.ts";
import { normals } from "./draw.ts";

/** A matrix Σ_n values_n left_n right_nᵀ with random orthonormal vectors, as rows of left and right, in float64. */
export function withSingularValues(
  rows: number,
  columns: number,
  values: readonly number[],
): Record<"matrix" | "left" | "right", Float64Array> {
  const vectors = (seed: number, length: number): Float64Array =>
    finished(orthonormalised(Float64Array.from(normals(seed, values.length * length)), length));
  const [left, right] = [vectors(1, rows), vectors(2, columns)];
  const matrix = new Float64Array(rows * columns);
  values.forEach((value, n) => {
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        matrix[i * columns + j]! += value * left[n * rows + i]! * right[n * columns + j]!;
  });
  return { matrix, left, right };
}
