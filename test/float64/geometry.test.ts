import { expect, test } from "vitest";
import { cosine, cosines, gramMatrix, spreadWithin, structureSimilarity } from "../../src/float64/geometry.ts";
import { requireClose } from "../support/compare.ts";
import { normals } from "../support/draw.ts";

test("Gram matrices and cosines of vectors, one of them zero", () => {
  const gram = gramMatrix(Float64Array.of(3, 4, 0, 0, -4, 3), 2);
  requireClose("gram", gram, [25, 0, 0, 0, 0, 0, 0, 0, 25], 0);
  requireClose("cosines", cosines(gram), [1, 0, 0, 0, 0, 0, 0, 0, 1], 0);
  requireClose(
    "of a right angle and a half",
    cosines(gramMatrix(Float64Array.of(1, 0, 2, 2), 2)),
    [1, Math.SQRT1_2, Math.SQRT1_2, 1],
    1e-15,
  );
});

test("the cosine of two matrices does not see their sizes", () => {
  const a = normals(1, 20);
  expect(
    cosine(
      a,
      a.map((x) => -3 * x),
    ),
  ).toBe(-1);
  expect(cosine(a, new Float64Array(20))).toBeNaN();
});

test("the structure similarity sees neither brightness nor contrast", () => {
  const x = normals(2, 100);
  requireClose(
    "brighter, more contrast",
    [
      structureSimilarity(
        x,
        x.map((value) => 5 + 3 * value),
      ),
    ],
    [1],
    1e-6,
  );
  requireClose(
    "the negative",
    [
      structureSimilarity(
        x,
        x.map((value) => -value),
      ),
    ],
    [-1],
    1e-4,
  );
  // by hand: deviations −1, 0, 1 and 1, −2, 1: covariance 0, so C alone is left over it
  const [sx, sy] = [Math.sqrt(2 / 3), Math.sqrt(2)];
  requireClose("by hand", [structureSimilarity([0, 1, 2], [2, -1, 2])], [1e-5 / (sx * sy + 1e-5)], 1e-18);
});

test("the spread within groups beside that between them", () => {
  // groups {0, 2} around 1 and {9, 11} around 10: within 4, between 4 · 4.5²
  requireClose("by hand", [spreadWithin(Float64Array.of(0, 9, 2, 11), 1, [0, 1, 0, 1])], [Math.sqrt(4 / 81)], 1e-15);
  expect(spreadWithin(Float64Array.of(1, 2, 1, 2, 5, 5), 2, [7, 7, 3])).toBe(0);
  expect(spreadWithin(Float64Array.of(0, 2), 1, [0, 0])).toBeNaN();
});
