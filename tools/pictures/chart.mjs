import { parseHTML } from "linkedom";
import { chartSvg } from "../../pictures/chart.ts";
import { curvesSvg } from "../../pictures/curves-svg.ts";
import { element as elementOf, SVG } from "../../pictures/svg.ts";

const page = parseHTML("<!doctype html><html></html>");
/** What makes the elements of pictures outside a browser. */
export const document = /** @type {Document} */ (/** @type {unknown} */ (page.document));

/**
 * A chart as a file that stands alone.
 * @param {Parameters<typeof chartSvg>[1]} texts the title, and the quantity on the vertical axis
 * @param {Parameters<typeof chartSvg>[2]} options
 */
export const svg = (texts, options) => chartSvg(document, texts, options);

/**
 * One picture for each curve that the runs have, by file name.
 * @param {{ readonly title: string, readonly axis?: import("../../pictures/curves.ts").CurveAxis, readonly arms: readonly import("../../pictures/curves.ts").CurveRun[] }} record
 * @param {readonly import("../../pictures/curves.ts").CurveRow[]} table
 * @param {boolean} paper whether they fit a column of a paper
 * @returns {Record<string, string>}
 */
export function curveFiles({ title, axis = "step", arms }, table, paper) {
  const drawn = curvesSvg({ title, axis, runs: arms, figures: table, paper, document });
  return Object.fromEntries(Object.entries(drawn).map(([name, text]) => [`${name}.svg`, text]));
}

/**
 * An element of SVG.
 * @param {string} name
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {...(Element | string)} children
 */
export const element = (name, attributes, ...children) => elementOf(document, name, attributes, ...children);

/**
 * A drawing as a file that stands alone.
 * @param {string} title
 * @param {number} width
 * @param {number} height
 * @param {readonly Element[]} children
 * @returns {string}
 */
export function svgFile(title, width, height, children) {
  const view = { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}` };
  const look = { "font-family": "system-ui, sans-serif", "font-size": 12, style: "background:white" };
  const drawing = element("svg", { ...view, ...look, role: "img", "aria-label": title }, ...children);
  return `${drawing.outerHTML}\n`;
}
