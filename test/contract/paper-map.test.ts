import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { paperMapSvg, type PaperMap } from "../../pictures/paper-map.ts";
import { collisions } from "../support/svg-boxes.ts";

const { document } = parseHTML("<!doctype html><html></html>") as unknown as { document: Document };
const SHADES = ["#000000", "#555555", "#aaaaaa", "#ffffff"];

/** A matrix in which neighbours are often, and not always, of one colour. */
function mapOf(rows: number, columns: number, label = "w"): PaperMap {
  return {
    ...{ caption: "A & B.", rowNoun: "words", columnNoun: "contexts" },
    colors: Array.from({ length: rows * columns }, (_, at) => SHADES[(at * at + (at >> 1)) % 4]!),
    rowLabels: Array.from({ length: rows }, (_, i) => `${label}_${i}`),
    columnLabels: Array.from({ length: columns }, (_, i) => `h_${i}`),
    bar: { colors: SHADES, numbers: ["0", "0.5", "1"] },
  };
}

const draw = (map: PaperMap): Element => parseHTML(paperMapSvg(map, document)).document.querySelector("svg")!;
const numbersOf = (element: Element, ...names: string[]): number[] =>
  names.map((name) => Number(element.getAttribute(name)));
const texts = (svg: Element): string[] => [...svg.querySelectorAll("text")].map(({ textContent }) => textContent);

test.each([
  [1, 1],
  [3, 3],
  [10, 50],
  [60, 7],
])("every one of %d × %d cells is drawn in its colour, within a column of a paper", (rows, columns) => {
  const map = mapOf(rows, columns);
  const svg = draw(map);
  const [, , width = NaN, height = NaN] = svg.getAttribute("viewBox")!.split(" ").map(Number);
  expect(width).toBeCloseTo(3.3 * 72, 6);
  const stretches = [...svg.querySelectorAll(".cells rect")];
  const lefts = stretches.map((rect) => numbersOf(rect, "x")[0]!);
  const right = Math.max(...stretches.map((rect) => numbersOf(rect, "x")[0]! + numbersOf(rect, "width")[0]!));
  const cell = (right - Math.min(...lefts)) / columns;
  const found = stretches.flatMap((rect) => {
    const count = Math.round(numbersOf(rect, "width")[0]! / cell);
    return Array.from({ length: count }, () => rect.getAttribute("fill")!);
  });
  expect(found).toEqual(map.colors);
  const bottom = Math.max(...stretches.map((rect) => numbersOf(rect, "y")[0]! + numbersOf(rect, "height")[0]!));
  expect(right).toBeLessThan(width);
  expect(bottom).toBeLessThan(height);
});

test("labels stand beside cells that have room for them, otherwise what they are", () => {
  expect(texts(draw(mapOf(3, 3)))).toEqual(["w0", "w1", "w2", "h0", "h1", "h2", "0", "0.5", "1"]);
  expect(texts(draw(mapOf(80, 90)))).toEqual(["words", "contexts", "0", "0.5", "1"]);
  const long = "a label that would take all of the room there is";
  expect(texts(draw(mapOf(2, 2, long)))).toEqual(["words", "h0", "h1", "0", "0.5", "1"]);
});

test.each([
  [3, 3],
  [10, 50],
  [80, 90],
])("no text of %d × %d cells lies on another", (rows, columns) => {
  expect(collisions(draw(mapOf(rows, columns)))).toEqual([]);
});
