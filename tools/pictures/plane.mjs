import * as Plot from "@observablehq/plot";
import { STYLES } from "../../pictures/chart.ts";
import { svg } from "./chart.mjs";

/** @typedef {import("../../src/index.ts").PlanePicture} PlanePicture */

/**
 * Context embeddings with their supports, and the rows of a decoder, each set scaled to its longest.
 * @param {string} title
 * @param {PlanePicture} picture
 * @param {readonly number[]} decoder
 */
export function plane(title, picture, decoder) {
  const { contexts, words } = inThePlane(picture, decoder);
  const range = [-1.3, 1.3];
  return svg([title], {
    width: 460,
    height: 480,
    marginRight: 30,
    aspectRatio: 1,
    x: { domain: range, label: null },
    y: { domain: range, label: null },
    marks: [
      Plot.gridX({ ticks: [0] }),
      Plot.gridY({ ticks: [0] }),
      Plot.arrow(words, { x1: 0, y1: 0, x2: "x", y2: "y", stroke: STYLES[1].color, strokeWidth: 1.5, headLength: 7 }),
      Plot.text(
        words.filter(({ label }) => label),
        { x: beyond("x"), y: beyond("y"), text: "label", fill: STYLES[1].color, stroke: "white" },
      ),
      Plot.dot(contexts, { x: "x", y: "y", fill: STYLES[0].color, r: 4 }),
      Plot.text(contexts, { x: "x", y: "y", text: "label", fill: STYLES[0].color, dy: 13, stroke: "white" }),
    ],
  });
}

/**
 * Contexts with their supports, and words with the numbers of all that lie where they do, at the first of them.
 * @param {PlanePicture} picture
 * @param {readonly number[]} decoder
 */
export function inThePlane({ embeddings, supports }, decoder) {
  const contexts = vectors(embeddings).map((at, j) => ({
    ...at,
    label: `{${(supports[j] ?? []).map((z) => z + 1).join(", ")}}`,
  }));
  const rows = vectors(decoder);
  const words = rows.map((at, z) => {
    const here = rows.flatMap((other, y) => (Math.hypot(other.x - at.x, other.y - at.y) < 0.03 ? [y] : []));
    return { ...at, label: here[0] === z ? here.map((y) => y + 1).join(", ") : "" };
  });
  return { contexts, words };
}

/**
 * A coordinate a little beyond the head of an arrow, for its label.
 * @param {"x" | "y"} axis
 * @returns {(at: { x: number, y: number }) => number}
 */
const beyond = (axis) => (at) => at[axis] * (1 + 0.1 / (Math.hypot(at.x, at.y) || 1));

/**
 * Rows of a matrix with two columns, the longest of them of length one.
 * @param {readonly number[]} values
 */
function vectors(values) {
  const rows = Array.from({ length: values.length / 2 }, (_, i) => ({
    x: values[2 * i] ?? 0,
    y: values[2 * i + 1] ?? 0,
  }));
  const longest = Math.max(...rows.map(({ x, y }) => Math.hypot(x, y))) || 1;
  return rows.map(({ x, y }) => ({ x: x / longest, y: y / longest }));
}
