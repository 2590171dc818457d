import type { Work } from "../support/host-spells.ts";

/** The inverse of a symmetric positive definite matrix [n, n], by Gauss and Jordan's method without pivots. */
export function* invertPositive(matrix: Float64Array, n: number): Work<Float64Array> {
  const inverse = matrix.slice();
  for (let k = 0; k < n; k++) {
    const pivot = 1 / inverse[k * n + k]!;
    inverse[k * n + k] = 1;
    for (let c = 0; c < n; c++) inverse[k * n + c]! *= pivot;
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const share = inverse[i * n + k]!;
      inverse[i * n + k] = 0;
      for (let c = 0; c < n; c++) inverse[i * n + c]! -= share * inverse[k * n + c]!;
    }
    yield { done: k + 1, total: n };
  }
  return inverse;
}
