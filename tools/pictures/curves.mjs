import * as Plot from "@observablehq/plot";
import { lawOf } from "../../src/results/prediction-facts.ts";
import { axisOf, GREY, legendMarks, powerOfTen, styleOf, svg } from "./chart.mjs";

/**
 * @typedef {Readonly<Record<string, unknown>>} Point
 * @typedef {{ readonly label: string, readonly entropy: number, readonly trace: readonly object[], readonly predictions?: readonly import("../../src/index.ts").PredictionRow[], readonly margin?: { readonly margin: number | null } }} Run a run of an experiment, or a path
 * @typedef {Pick<import("../../src/index.ts").Figure, "label" | "symbol" | "unit" | "axis" | "curve"> & { readonly key: string }} Row of a figure
 */

/** What points lie along. */
const AXES = {
  step: { label: "step k", isReversed: false },
  lambda: { label: "ridge λ", isReversed: true },
};

/**
 * One figure for each curve that the runs have, by file name.
 * @param {{ readonly title: string, readonly axis?: keyof typeof AXES, readonly arms: readonly Run[] }} record
 * @param {readonly Row[]} table
 * @returns {Record<string, string>}
 */
export function curveFiles({ title, axis = "step", arms }, table) {
  /** @type {Record<string, string>} */
  const files = {};
  for (const [name, figure] of curvesOf(table)) {
    const isThere = arms.some((arm) =>
      figure.lines.some(({ value }) => pointsOf(arm).some((point) => isDrawn(figure, value(point)))),
    );
    if (isThere) files[`${name}.svg`] = curves(title, arms, figure, axis);
  }
  return files;
}

/** @param {Run} run */
const pointsOf = ({ trace }) => /** @type {readonly Point[]} */ (trace);

/**
 * @typedef {object} Curves
 * @property {string} title
 * @property {string} y
 * @property {boolean} isLog
 * @property {readonly { key: string, name?: string, dash?: string, value: (point: Point) => unknown }[]} lines
 * @property {(run: Run) => { value: number, name: string } | undefined} [limit] a level that the curves of a run tend to
 */

/**
 * What curves have that their figures do not say, by the name of their file.
 * @type {Readonly<Record<string, Partial<Pick<Curves, "title" | "y" | "limit">>>>}
 */
const FRAMES = {
  loss: {
    title: "Cross-entropy and its bound",
    limit: ({ entropy }) => ({ value: entropy, name: "entropy bound H" }),
  },
  alignment: {
    title: "Alignment with the max-margin decoder",
    y: "cosine",
    limit: () => ({ value: 1, name: "1" }),
  },
  subspace: { title: "Distance in the data subspace" },
  direction: { title: "Direction of the logits", y: "cosine", limit: () => ({ value: 1, name: "1" }) },
  structure: { title: "Similarity of geometries", y: "structure similarity", limit: () => ({ value: 1, name: "1" }) },
  norms: { title: "Norms of both factors", y: "norm" },
  collapse: { title: "Spread within supports, over that between", y: "ratio of spreads" },
  laws: { title: "Laws of the ridge path", y: "measured over law", limit: () => ({ value: 1, name: "1" }) },
  "relative-margins": {
    title: "Margins in three norms",
    y: "margin over the best in its norm",
    limit: () => ({ value: 1, name: "1" }),
  },
  margin: {
    title: "Margin of W/‖W‖",
    y: "margin",
    limit: ({ margin }) => (margin?.margin ? { value: margin.margin, name: "1/‖W_mm‖" } : undefined),
  },
};

/** Dashes of the lines of one figure. */
const DASHES = [undefined, "5 3", "2 3", "8 3 2 3"];

/**
 * The curves that figures name, each with the lines of all that name it.
 * @param {readonly Row[]} table
 * @returns {Map<string, Curves>}
 */
function curvesOf(table) {
  const names = new Set(table.flatMap(({ curve }) => curve ?? []));
  return new Map(
    [...names].map((name) => {
      const drawn = table.filter(({ curve }) => curve === name);
      const [{ label, symbol, unit, axis }] = /** @type {[Row, ...Row[]]} */ (drawn);
      const lines = drawn.map((figure, i) => {
        const dash = DASHES[i % DASHES.length];
        return {
          key: figure.key,
          ...(drawn.length > 1 && { name: figure.symbol }),
          ...(dash && { dash }),
          value: (/** @type {Point} */ point) => point[figure.key],
        };
      });
      return [
        name,
        { title: label, y: unit ? `${symbol} in ${unit}` : symbol, isLog: axis === "log", lines, ...FRAMES[name] },
      ];
    }),
  );
}

/**
 * A logarithmic axis has no zero.
 * @param {Pick<Curves, "isLog">} figure
 * @param {unknown} value
 */
const isDrawn = ({ isLog }, value) => typeof value === "number" && Number.isFinite(value) && (!isLog || value > 0);

/**
 * @param {string} title
 * @param {readonly Run[]} arms
 * @param {Curves} figure
 * @param {keyof typeof AXES} axis
 */
function curves(title, arms, figure, axis) {
  const { label, isReversed } = AXES[axis];
  /** @param {Point} point */
  const place = (point) => Number(point[axis]);
  const marks = arms.flatMap((arm, i) =>
    figure.lines.flatMap(({ key, value, dash }) => {
      const points = pointsOf(arm).filter((point) => place(point) > 0 && isDrawn(figure, value(point)));
      const { color, symbol } = styleOf(i);
      const channels = { x: place, y: value };
      // before it is expected to hold, or nearly, a law can be far above all that is measured
      const { line = [], holdsFrom = 1 } = lawOf(arm.predictions ?? [], key) ?? {};
      const predicted = line.filter(([at, y]) => 10 * at >= holdsFrom && isDrawn(figure, y));
      return [
        Plot.line(predicted, { stroke: color, strokeWidth: 1.5, strokeDasharray: "0.1 4", strokeLinecap: "round" }),
        Plot.line(points, { ...channels, stroke: color, strokeWidth: 1.5, ...(dash && { strokeDasharray: dash }) }),
        Plot.dot(
          points.filter((point) => isTenfold(place(point))),
          { ...channels, fill: color, symbol, r: 3.5 },
        ),
      ];
    }),
  );
  const places = arms.flatMap((arm) => pointsOf(arm).map(place));
  const levels = arms.map((arm) => figure.limit?.(arm)).filter((level) => level !== undefined);
  const distinct = [...new Map(levels.map((level) => [level.value, level])).values()];
  const hasLaw = arms.some(({ predictions = [] }) => figure.lines.some(({ key }) => lawOf(predictions, key)?.line));
  const legend = [
    ...arms.map(({ label }, i) => ({ text: label, ...styleOf(i) })),
    ...figure.lines.flatMap(({ name, dash }) =>
      name ? [{ text: `${dash ? "– –" : "──"} ${name}`, color: GREY }] : [],
    ),
    ...(distinct[0] ? [{ text: `···· ${distinct[0].name}`, color: GREY }] : []),
    ...(hasLaw ? [{ text: "• • • predicted", color: GREY }] : []),
  ];
  return svg([`${figure.title} — ${title}`, figure.y], {
    x: {
      type: "log",
      label,
      labelAnchor: "center",
      reverse: isReversed,
      domain: isReversed ? [Math.min(...places), Math.max(...places)] : [1, Math.max(10, ...places)],
      ...(isReversed && { tickFormat: powerOfTen }),
    },
    y: { ...axisOf(figure.isLog), label: null, nice: true },
    marks: [
      Plot.ruleY(distinct, { y: "value", stroke: GREY, strokeDasharray: "1 3", strokeLinecap: "round" }),
      ...marks,
      ...legendMarks(legend),
    ],
  });
}

/** @param {number} place */
const isTenfold = (place) => Math.abs(Math.log10(place) - Math.round(Math.log10(place))) < 1e-9;
