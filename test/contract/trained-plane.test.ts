import { expect, test } from "vitest";
import { ghostFactor, reachOf } from "../../demo/plane/frame.ts";
import { hasPatterns, trainedCastOf, trainedContent } from "../../demo/plane/trained.ts";
import { gramMatrix } from "../../src/float64/geometry.ts";
import { logitsOf } from "../../src/float64/logit-loss.ts";
import { norm } from "../../src/float64/vectors.ts";
import { createProblem, type EmbeddingLimits, type Factors } from "../../src/index.ts";
import { normals } from "../support/draw.ts";
import { withSupports } from "../support/supports.ts";

const [V, d] = [6, 5];
/** The first and the last context have one support. */
const problem = createProblem(withSupports(V, [[0, 1], [1, 2, 3], [4], [0, 1]]));
const m = problem.contextCount;
const cast = trainedCastOf(problem);
const drawn = (seed: number, rows: number): Float64Array => Float64Array.from(normals(seed, rows * d));
const scaled = (matrix: Float64Array, length: number): Float64Array => matrix.map((x) => (x * length) / norm(matrix));
/** Of equal norms, as those of L_mm are. */
const FACTORS: Factors = { decoder: scaled(drawn(1, V), 3), embeddings: scaled(drawn(2, m), 3) };
/** Products of at most 6 × 6 numbers of size 3, and a few quotients of them by lengths of more than 0.1. */
const ROUNDING = 36 * 9 * 100 * 2 ** -52;

function limitsOf({ decoder, embeddings }: Factors): EmbeddingLimits {
  const margin = { wordGram: gramMatrix(decoder, d), logits: logitsOf(decoder, embeddings, d) };
  return { margin } as unknown as EmbeddingLimits;
}

function expectNear(found: Float64Array, expected: Float64Array): void {
  expect(found.length).toBe(expected.length);
  found.forEach((x, i) => expect(Math.abs(x - expected[i]!)).toBeLessThan(ROUNDING));
}

/** Every row with two coordinates turned into each other, for each pair of neighbours. */
function turned(matrix: Float64Array): Float64Array {
  const rows = matrix.slice();
  for (let k = 0; k + 1 < d; k++)
    for (let i = k; i < rows.length; i += d) {
      const [x, y] = [rows[i]!, rows[i + 1]!];
      rows[i] = 0.6 * x + 0.8 * y;
      rows[i + 1] = 0.6 * y - 0.8 * x;
    }
  return rows;
}

test("vectors that are all turned are the same picture", () => {
  const rest = { problem, limits: undefined, step: 1 };
  const { ground, decoder } = trainedContent({ ...rest, factors: FACTORS }, cast);
  const factors = { decoder: turned(FACTORS.decoder), embeddings: turned(FACTORS.embeddings) };
  const other = trainedContent({ ...rest, factors }, cast);
  expect(norm(ground.places)).toBeGreaterThan(0.1);
  expectNear(other.ground.places, ground.places);
  expectNear(other.decoder!.pairs, decoder!.pairs);
});

test("ghosts and rings are where words and contexts are once the logits are L_mm, however long and turned they are", () => {
  const factors = { decoder: turned(FACTORS.decoder), embeddings: turned(FACTORS.embeddings) };
  const limits = limitsOf({
    decoder: FACTORS.decoder.map((x) => x / 4),
    embeddings: FACTORS.embeddings.map((x) => x / 4),
  });
  const content = trainedContent({ problem, factors, limits, step: 1 }, cast);
  expectNear(content.meeting!, content.ground.places);
  expect(Math.abs(ghostFactor(content) - 4)).toBeLessThan(ROUNDING);
  expectNear(
    content.margin!.pairs.map((x) => 4 * x),
    content.decoder!.pairs,
  );
  expect(reachOf(content.ground, { ...content, meeting: content.meeting!.map((x) => 2 * x) })).toBeGreaterThan(
    1.9 * reachOf(content.ground, content),
  );
});

test("nothing is said of theory where its logits do not fit into the dimensions", () => {
  const factors = { decoder: new Float64Array(2 * V).fill(1), embeddings: new Float64Array(2 * m).fill(1) };
  const { margin, meeting } = trainedContent({ problem, factors, limits: limitsOf(FACTORS), step: 1 }, cast);
  expect([margin, meeting]).toEqual([undefined, undefined]);
});

test("contexts of one support are as far apart as the angle between them, in all dimensions", () => {
  const embeddings = FACTORS.embeddings.slice();
  embeddings.set([3, 0, 0, 0, 0], 0);
  embeddings.set([Math.sqrt(3), 0, 0, 0, 1], 3 * d);
  const factors = { ...FACTORS, embeddings };
  const { apart } = trainedContent({ problem, factors, limits: undefined, step: 1 }, cast).ground;
  expect(apart!.map((angle) => angle.toFixed(9))).toEqual(["30.000000000", "NaN", "NaN", "30.000000000"]);
});

test("where every word follows every context no words go together", () => {
  expect(hasPatterns(problem)).toBe(true);
  expect(
    hasPatterns(
      createProblem(
        withSupports(2, [
          [0, 1],
          [0, 1],
        ]),
      ),
    ),
  ).toBe(false);
});
