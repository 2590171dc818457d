import { expect, test } from "vitest";
import { whiten } from "../../src/float64/column-basis.ts";
import { finished } from "../../src/support/host-spells.ts";
import { createProblem } from "../../src/problem/problem.ts";
import { dualDecoder } from "../../src/float64/margin-certificate.ts";
import { requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";
import { uniformInput } from "../support/margin.ts";

const [V, m, d] = [3, 12, 4];
/** Features of sizes 1 to 1,000 with an offset of 100, and one that depends on two others. */
const embeddings = Array.from({ length: m }, (_, j) => {
  const [a, b, c] = [...normals(j + 1, 3)].map((x, i) => 100 + x * 10 ** i);
  return [a!, b!, c!, a! + b!];
});
const problem = createProblem({
  ...uniformInput(
    embeddings,
    embeddings.map((_, j) => [j % V]),
    V,
  ),
  contextLabels: embeddings.map((_, j) => `context ${j}`),
});
const whitened = finished(whiten(problem));
const rank = whitened.problem.embeddingDim;
const row = (matrix: ArrayLike<number>, columns: number, i: number): number[] =>
  Array.from({ length: columns }, (_, k) => matrix[i * columns + k]!);
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
/** Columns of this problem have a condition number of some 1e3. */
const CLOSE = 1e4 * 2 ** -53;

test("columns are orthonormal, and as many as are independent", () => {
  // a + b rounds, so that the last column is independent by a rounding that does not count
  expect(rank).toBe(3);
  for (let i = 0; i < rank; i++)
    for (let k = 0; k <= i; k++) {
      const column = (at: number): number[] =>
        Array.from({ length: m }, (_, j) => whitened.problem.embeddings[j * rank + at]!);
      requireClose(`⟨q_${i}, q_${k}⟩`, [dot(column(i), column(k))], [Number(i === k)], CLOSE);
    }
});

test("decoders come back with the same logits, up to the sizes of contexts", () => {
  const given = Float64Array.from(normals(20, V * rank));
  const decoder = whitened.decoderOf(given);
  for (let j = 0; j < m; j++) {
    const scale = 2 ** -Math.round(Math.log2(Math.hypot(...embeddings[j]!)));
    for (let v = 0; v < V; v++) {
      const expected = dot(row(given, rank, v), row(whitened.problem.embeddings, rank, j));
      requireClose("logit", [scale * dot(row(decoder, d, v), embeddings[j]!)], [expected], 1e3 * CLOSE);
    }
  }
});

test("multipliers that vanish there vanish here", () => {
  const free = Float64Array.from(normals(30, m * V));
  // what is orthogonal to the columns
  for (let v = 0; v < V; v++)
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < rank; i++) {
        const column = Array.from({ length: m }, (_, j) => whitened.problem.embeddings[j * rank + i]!);
        const share = dot(
          column,
          Array.from({ length: m }, (_, j) => free[j * V + v]!),
        );
        for (let j = 0; j < m; j++) free[j * V + v]! -= share * column[j]!;
      }
  const rest = Math.hypot(...dualDecoder(problem, whitened.dualOf(free)));
  expect(rest).toBeLessThan(1e3 * CLOSE * Math.hypot(...free));
  expect(Math.hypot(...dualDecoder(problem, free))).toBeGreaterThan(0.01);
});
