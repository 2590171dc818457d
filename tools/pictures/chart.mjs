import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const SVG = "http://www.w3.org/2000/svg";
const { document } = parseHTML("<!doctype html><html></html>");

/** Okabe and Ito's colours, told apart by the colour-blind, with a mark each for those who see none. */
export const STYLES = /** @type {const} */ ([
  { color: "#0072b2", symbol: "circle" },
  { color: "#d55e00", symbol: "square" },
  { color: "#009e73", symbol: "triangle" },
  { color: "#cc79a7", symbol: "diamond" },
  { color: "#56b4e9", symbol: "cross" },
]);
const [WIDTH, HEIGHT, LEGEND] = [760, 360, 230];
export const GREY = "#666666";

/** Powers of ten on a logarithmic axis, nothing at the other ticks. @param {number} value */
export const powerOfTen = (value) => {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-9 ? `1e${Math.round(power)}` : "";
};
/** @param {boolean} isLog */
export const axisOf = (isLog) =>
  isLog ? { type: /** @type {const} */ ("log"), grid: true, tickFormat: powerOfTen } : { grid: true };

/** @param {number} i */
export const styleOf = (i) => STYLES[i % STYLES.length] ?? STYLES[0];

/** @param {readonly { text: string, color: string, symbol?: string }[]} entries */
export function legendMarks(entries) {
  return entries.flatMap(({ text, color, symbol }, i) => {
    const place = { frameAnchor: /** @type {const} */ ("top-right"), dy: 8 + 18 * i };
    return [
      ...(symbol ? [Plot.dot([0], { ...place, dx: 20, fill: color, symbol, r: 4 })] : []),
      Plot.text([text], {
        ...place,
        dx: symbol ? 32 : 12,
        fill: symbol ? "currentColor" : color,
        textAnchor: "start",
        lineAnchor: "middle",
      }),
    ];
  });
}

/**
 * A chart as a file that stands alone.
 * @param {readonly [title: string, y?: string]} texts the title, and the quantity on the vertical axis
 * @param {import("@observablehq/plot").PlotOptions} options
 */
export function svg([title, y], options) {
  const chart = Plot.plot({
    document: /** @type {Document} */ (/** @type {unknown} */ (document)),
    width: WIDTH,
    height: HEIGHT,
    marginTop: 56,
    marginRight: LEGEND,
    marginBottom: 40,
    marginLeft: 60,
    style: { fontSize: "12px", background: "white", color: "#1a1a1a" },
    ...options,
    marks: [
      Plot.text([title], { frameAnchor: "top-left", dx: -50, dy: -46, fontWeight: "bold", textAnchor: "start" }),
      ...(y ? [Plot.text([y], { frameAnchor: "top-left", dx: -50, dy: -22, textAnchor: "start" })] : []),
      ...(options.marks ?? []),
    ],
  });
  chart.setAttribute("xmlns", SVG);
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", title);
  return `${chart.outerHTML}\n`;
}

/**
 * An element of SVG.
 * @param {string} name
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {...(Element | string)} children
 * @returns {Element}
 */
export function element(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return /** @type {Element} */ (/** @type {unknown} */ (made));
}

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
