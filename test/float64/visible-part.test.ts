import { expect, test } from "vitest";
import { referenceLoss } from "../../src/float64/loss.ts";
import { visiblePart } from "../../src/float64/visible-part.ts";
import { innerProduct } from "../../src/reference/inner-product.ts";
import { withEmbeddings } from "../../src/problem/changes.ts";
import { synthetic } from "../../src/problem/synthetic.ts";
import { finished } from "../../src/support/host-spells.ts";
import { requireClose, requireCloseInNorm, requireRelative } from "../support/compare.ts";
import { normals } from "../support/draw.ts";

const [V, d] = [6, 8];
/** Some hundred roundings of float64, times the condition number of a few Gaussian rows. */
const CLOSE = 1e-12;

const problemOf = (contextCount: number) =>
  synthetic({ contextCount, embeddingDim: d, vocabularySize: V, supportSize: { min: 1, max: 3 }, seed: 2 });
const few = problemOf(5);
/** Of rank 4: the last context is made of the two before it. */
const dependent = withEmbeddings(
  few,
  Float64Array.from(few.embeddings).map((x, i, all) => (i < 4 * d ? x : 2 * all[i - d]! - all[i - 2 * d]!)),
);

test.each([
  ["fewer contexts than dimensions", few, 5],
  ["a context that depends on others", dependent, 4],
  ["more contexts than dimensions", problemOf(20), 8],
])("the part that the loss depends on, of %s", (_, problem, rank) => {
  const W = Float64Array.from(normals(1, V * d));
  const part = finished(visiblePart(problem, W));
  requireRelative("gap", referenceLoss(problem, part).lossGap, referenceLoss(problem, W).lossGap, CLOSE);
  requireCloseInNorm("once more", finished(visiblePart(problem, part)), part, CLOSE);
  const { gradient } = referenceLoss(problem, W);
  requireCloseInNorm("a gradient is of it", finished(visiblePart(problem, gradient)), gradient, CLOSE);
  // The projection has the trace (V − 1) · rank: nothing that the loss depends on is missing, nothing else is left.
  const units = Array.from({ length: V * d }, (_, i) =>
    Float64Array.from({ length: V * d }, (_, k) => Number(k === i)),
  );
  const images = units.map((unit) => finished(visiblePart(problem, unit)));
  const trace = images.reduce((sum, image, i) => sum + image[i]!, 0);
  requireClose("its dimension", [trace], [(V - 1) * rank], CLOSE * V * d);
  const other = Float64Array.from(normals(3, V * d));
  const self = [innerProduct(part, other), innerProduct(W, finished(visiblePart(problem, other)))];
  expect(Math.abs(self[0]! - self[1]!)).toBeLessThan(CLOSE * V * d);
});
