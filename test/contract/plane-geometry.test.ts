import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bordersOf } from "../../demo/plane/borders.ts";
import { groundOf } from "../../demo/plane/content.ts";
import { around, placeLabels, type Box } from "../../demo/plane/labels.ts";
import { leadingPlane, project, shareInPlane, square } from "../../demo/plane/projection.ts";
import { createProblem } from "../../src/index.ts";
import { orthogonalRotation } from "../../src/float64/row-rotations.ts";
import { finished } from "../../src/support/host-spells.ts";
import { normals } from "../support/draw.ts";
import { withSupports } from "../support/supports.ts";

/** Squared singular values by Jacobi rotations of all rows, the largest first. */
function squaredSingularValues(given: ArrayLike<number>, rows: number, columns: number): number[] {
  const values = Float64Array.from(given);
  const rotation = finished(orthogonalRotation({ values, rows, columns }));
  return Array.from({ length: rows }, (_, i) => {
    const row = new Float64Array(columns);
    for (let k = 0; k < rows; k++)
      for (let c = 0; c < columns; c++) row[c]! += rotation[i * rows + k]! * values[k * columns + c]!;
    return square(row);
  }).sort((a, b) => b - a);
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);

/** Rows that all lie along one direction. */
const ofRankOne = (rows: number, d: number): Float64Array => {
  const direction = normals(5, d);
  return Float64Array.from({ length: rows * d }, (_, i) => (1 + Math.floor(i / d)) * direction[i % d]!);
};

describe.each([
  ["tall", 40, 7, normals(1, 280)],
  ["wide", 6, 60, normals(2, 360)],
  ["in three dimensions", 10, 3, normals(3, 30)],
  ["of rank 1", 9, 5, ofRankOne(9, 5)],
  ["with two rows", 2, 30, normals(4, 60)],
] as const)("the plane of a matrix %s", (_, rows, d, matrix) => {
  const plane = leadingPlane(matrix, d, "margin");
  const [first, second] = squaredSingularValues(matrix, rows, d);

  test("is orthonormal, and each direction has its sign", () => {
    const [a, b] = plane.basis;
    // sums of d products of numbers of at most 1, each rounded
    const rounding = 4 * d * 2 ** -52;
    expect(Math.abs(dot(a, a) - 1)).toBeLessThan(rounding);
    if (second! > 1e-20 * first!) expect(Math.abs(dot(b, b) - 1)).toBeLessThan(rounding);
    expect(Math.abs(dot(a, b))).toBeLessThan(rounding);
    const largest = [...a].sort((x, y) => Math.abs(y) - Math.abs(x))[0];
    expect(largest).toBeGreaterThan(0);
    const turned = leadingPlane(
      Float64Array.from(matrix, (x) => -x),
      d,
      "margin",
    );
    expect(turned.basis).toEqual(plane.basis);
  });

  test("holds the energy of the two largest singular values, in order", () => {
    const pairs = project(plane, matrix);
    const along = (k: number): number => square(pairs.filter((_value, i) => i % 2 === k));
    // the iteration ends where a pass moves 1e-14 of it; what is left is some of these steps, of a falling series
    const tolerance = 1e-11 * first!;
    expect(Math.abs(along(0) - first!)).toBeLessThan(tolerance);
    expect(Math.abs(along(1) - second!)).toBeLessThan(tolerance);
    expect(Math.abs(shareInPlane(plane, matrix) - (first! + second!) / square(matrix))).toBeLessThan(1e-11);
  });
});

test("all of a decoder of zeros lies in any plane", () => {
  expect(shareInPlane(leadingPlane(normals(6, 12), 3, "margin"), new Float64Array(12))).toBe(1);
});

describe("borders", () => {
  const count = 7;
  const words = normals(8, 2 * count);
  const logit = (v: number, angle: number): number =>
    words[2 * v]! * Math.cos(angle) + words[2 * v + 1]! * Math.sin(angle);

  test("the two words have one logit on a border: (w_v − w_u) · h = 0", () => {
    for (let v = 0; v < count; v++) {
      const { lines } = bordersOf(words, v);
      expect(lines).toHaveLength(2);
      for (const { word: u, direction } of lines) {
        expect(u).not.toBe(v);
        expect(Math.hypot(...direction)).toBeCloseTo(1, 14);
        const apart = [words[2 * v]! - words[2 * u]!, words[2 * v + 1]! - words[2 * u + 1]!];
        expect(Math.abs(dot(apart, direction))).toBeLessThan(1e-15 * Math.hypot(...apart) * 4);
      }
    }
  });

  test("a word wins within its cone and nowhere else, and the cones of all words fill the plane", () => {
    const cones = Array.from({ length: count }, (_, v) => bordersOf(words, v).cone);
    expect(cones.filter((cone) => cone).length).toBeLessThan(count);
    let checked = 0;
    for (let i = 0; i < 720; i++) {
      const angle = (i * Math.PI) / 360;
      const best = Array.from({ length: count }, (_, v) => v).sort((a, b) => logit(b, angle) - logit(a, angle))[0]!;
      cones.forEach((cone, v) => {
        const turns = cone ? (((angle - cone.from) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI) : Infinity;
        const width = cone ? cone.to - cone.from : 0;
        if (cone && Math.min(turns, Math.abs(turns - width)) < 1e-9) return;
        expect(turns < width, `word ${v} at ${angle}`).toBe(v === best);
        checked++;
      });
    }
    expect(checked).toBeGreaterThan(700 * count);
  });

  test("the lines are the edges of the cone", () => {
    for (let v = 0; v < count; v++) {
      const { cone, lines } = bordersOf(words, v);
      if (!cone) continue;
      [cone.from, cone.to].forEach((angle, i) => {
        expect(lines[i]!.direction[0]).toBeCloseTo(Math.cos(angle), 12);
        expect(lines[i]!.direction[1]).toBeCloseTo(Math.sin(angle), 12);
      });
    }
  });

  test("a word on a line wins on its side, and words that are all equal have no border", () => {
    const { cone } = bordersOf([1, 0, -1, 0, 0.5, 0], 0);
    expect([cone!.from, cone!.to]).toEqual([-Math.PI / 2, Math.PI / 2]);
    expect(bordersOf([1, 0, -1, 0, 0.5, 0], 2).cone).toBeUndefined();
    expect(bordersOf([1, 1, 1, 1], 0)).toEqual({ cone: undefined, lines: [] });
  });
});

test("labels keep off each other and off what is occupied where there is room", () => {
  const frame: Box = { left: 0, top: 0, right: 200, bottom: 200 };
  const labels = Array.from({ length: 6 }, () => ({ text: "word", x: 100, y: 100, clearance: 5, angle: 0 }));
  const occupied = [around({ x: 100, y: 100 }, 8, 8)];
  const boxes = placeLabels(labels, frame, occupied, () => 30).map((at) => around(at, 30, 14));
  const areApart = (a: Box, b: Box): boolean =>
    a.right <= b.left + 1e-9 || b.right <= a.left + 1e-9 || a.bottom <= b.top + 1e-9 || b.bottom <= a.top + 1e-9;
  const all = [...boxes, ...occupied];
  all.forEach((a, i) => all.slice(i + 1).forEach((b) => expect(areApart(a, b)).toBe(true)));
});

test("of a large problem the heaviest contexts and words are drawn", () => {
  const supports = Array.from({ length: 70 }, (_, j) => [j % 40, 40]);
  const problem = createProblem({
    ...withSupports(41, supports),
    weights: supports.map((_, j) => 1 + ((j * 37) % 70)),
  });
  const { contexts, words, hasSharedSupports } = groundOf(problem, undefined);
  expect(contexts).toHaveLength(60);
  expect(words).toHaveLength(30);
  const drawn = new Set(contexts.map(({ index }) => index));
  const lightest = Math.min(...[...drawn].map((j) => problem.weights[j]!));
  problem.weights.forEach((weight, j) => expect(drawn.has(j) || weight < lightest).toBe(true));
  expect(words.at(-1)!.index).toBe(40);
  expect(hasSharedSupports).toBe(true);
  const letters = contexts.map(({ index, letter }) => `${index % 40} ${letter}`);
  expect(new Set(letters).size).toBe(new Set(contexts.map(({ letter }) => letter)).size);
});

test("every colour of words can be read as text, 4.5 : 1 at least, on both papers", () => {
  const read = (path: string): string => readFileSync(new URL(`../../demo/${path}`, import.meta.url), "utf8");
  const [page, plane] = [read("styles/colors.css"), read("styles/plane.css")];
  const halves = (css: string): [string, string] => {
    const at = css.indexOf("@media (prefers-color-scheme: dark)");
    return [css.slice(0, at), css.slice(at, css.indexOf("\n}\n", at))];
  };
  const { words } = groundOf(createProblem(withSupports(8, [[0, 1, 2, 3, 4, 5, 6, 7]])), undefined);
  const names = new Set(words.map(({ color }) => color));
  expect(names.size).toBe(6);
  for (const theme of [0, 1] as const) {
    const css = halves(page)[theme] + halves(plane)[theme];
    const luminance = (name: string): number => {
      const hex = new RegExp(`${name}: #([0-9a-f]{6});`).exec(css)![1]!;
      const parts = [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255);
      const [r, g, b] = parts.map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    for (const name of names) {
      const [low, high] = [luminance(name), luminance("--paper")].sort((a, b) => a - b);
      expect((high! + 0.05) / (low! + 0.05), `${name} in theme ${theme}`).toBeGreaterThan(4.5);
    }
  }
});
