import type { Problem } from "../problem/problem.ts";
import type { Work } from "../support/host-spells.ts";
import { centreColumns } from "./centre-columns.ts";
import { F64_UNIT } from "./data-subspace.ts";
import { RowBasis } from "./row-basis.ts";
import { norm } from "./vectors.ts";

/**
 * The part of a decoder that the loss depends on, V × d: its rows without their mean, which softmax does not see, projected onto
 * span{h_j}. Gradient descent from zero, W* and W_mm have no other.
 * @param decoder W, V × d
 */
export function* visiblePart(problem: Problem, decoder: ArrayLike<number>): Work<Float64Array> {
  const { contextCount: m, embeddingDim: d, embeddings } = problem;
  const basis = new RowBasis();
  for (let j = 0; j < m && basis.length < d; j++) {
    const row = Float64Array.from(embeddings.subarray(j * d, (j + 1) * d));
    const split = basis.split(row);
    if (split.size > 16 * F64_UNIT * d * norm(row)) basis.add(split);
    yield undefined;
  }
  const part = centreColumns(decoder, d);
  if (basis.length === d) return part;
  for (let start = 0; start < part.length; start += d) {
    const row = part.subarray(start, start + d);
    const { rest } = basis.split(row);
    rest.forEach((x, i) => (row[i]! -= x));
    yield undefined;
  }
  return part;
}
