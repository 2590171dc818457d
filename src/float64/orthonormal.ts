import type { Work } from "../support/host-spells.ts";
import { norm } from "./vectors.ts";

/** A vector that is left with no more of its length than that lies in those before it. */
const NOTHING = 1e-12;

/**
 * Vectors of length 1, each without what it has of those before it: Gram and Schmidt's method, every vector twice, to float64. Of zeros,
 * and of a vector that is within those before it, zeros are left.
 * @param vectors as rows, [k, n]
 */
export function* orthonormalised(vectors: Float64Array, n: number): Work<Float64Array> {
  const made = Float64Array.from(vectors);
  const rows = Array.from({ length: made.length / n }, (_, i) => made.subarray(i * n, (i + 1) * n));
  for (const [i, row] of rows.entries()) {
    const length = norm(row);
    for (let round = 0; round < 2; round++)
      for (let k = 0; k < i; k++) {
        const other = rows[k]!;
        let inner = 0;
        for (let c = 0; c < n; c++) inner += row[c]! * other[c]!;
        for (let c = 0; c < n; c++) row[c]! -= inner * other[c]!;
      }
    const left = norm(row);
    const scale = left > NOTHING * length ? 1 / left : 0;
    for (let c = 0; c < n; c++) row[c]! *= scale;
    yield { done: i + 1, total: rows.length };
  }
  return made;
}
