import { expect, it } from "vitest";
import { invertPositive } from "../../src/float64/invert-positive.ts";
import { PenalisedInverse } from "../../src/float64/penalised-inverse.ts";
import { timesTransposed } from "../../src/float64/products.ts";
import { finished } from "../../src/support/host-spells.ts";
import { RandomStream } from "../../src/support/random.ts";
import { requireCloseInNorm } from "../support/compare.ts";

const COUNT = 60;
const DIM = 40;
const SIGMA = 1e4;

/** Contexts with a common mean, of unit length about: I + σG has a condition of some 10⁵. */
function gram(): Float64Array {
  const stream = new RandomStream(5, 1);
  const mean = Float64Array.from({ length: DIM }, () => stream.normal() / Math.sqrt(DIM));
  const rows = Float64Array.from(
    { length: COUNT * DIM },
    (_, i) => mean[i % DIM]! + (0.3 * stream.normal()) / Math.sqrt(DIM),
  );
  return finished(timesTransposed(rows, rows, DIM));
}

/** (I + σ G_CC)⁻¹ by itself. */
function inverted(all: Float64Array, contexts: readonly number[]): Float64Array {
  const n = contexts.length;
  const matrix = Float64Array.from(
    { length: n * n },
    (_, i) =>
      SIGMA * all[contexts[Math.floor(i / n)]! * COUNT + contexts[i % n]!]! + Number(Math.floor(i / n) === i % n),
  );
  return finished(invertPositive(matrix, n));
}

/** The values of an inverse without its spare room. */
function valuesOf({ contexts: { length: n }, stride, values }: PenalisedInverse): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => values[Math.floor(i / n) * stride + (i % n)]!);
}

it("follows a set whose contexts come and go", () => {
  const all = gram();
  const stream = new RandomStream(5, 2);
  const isIn = Array.from({ length: COUNT }, (_, j) => j < 30);
  const chosen = (): number[] => isIn.flatMap((is, j) => (is ? [j] : []));
  let inverse = finished(PenalisedInverse.of(all, SIGMA, chosen()));
  const first = inverse;
  let kept = 0;
  for (let turn = 0; turn < 40; turn++) {
    for (let k = 0; k < 3; k++) {
      const j = stream.integer(COUNT);
      isIn[j] = !isIn[j];
    }
    inverse = finished(inverse.turnedTo(chosen()));
    kept += Number(inverse === first);
    expect(inverse.contexts.toSorted((a, b) => a - b)).toEqual(chosen());
    // T is rounded at 1, and one that comes multiplies that by ‖g‖ ≤ σn; those after it keep what 120 of them add
    const allowed = 120 * 2 ** -53 * SIGMA * COUNT;
    requireCloseInNorm(`after ${turn}`, valuesOf(inverse), inverted(all, inverse.contexts), allowed);
  }
  expect(kept).toBe(40);
});

it("is made anew where much changes", () => {
  const all = gram();
  const few = Array.from({ length: 30 }, (_, j) => j);
  const inverse = finished(PenalisedInverse.of(all, SIGMA, few));
  const others = few.map((j) => j + 20);
  const turned = finished(inverse.turnedTo(others));
  expect(turned).not.toBe(inverse);
  expect(valuesOf(turned)).toEqual(inverted(all, others));
});
