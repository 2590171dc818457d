import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/**
 * @typedef {import("../src/index.ts").ExperimentRecord} ExperimentRecord
 * @typedef {import("../src/index.ts").ArmRecord} ArmRecord
 * @typedef {import("../src/index.ts").PlanePicture} PlanePicture
 * @typedef {import("../src/index.ts").TracePoint} TracePoint
 * @typedef {import("../src/index.ts").Figure} Figure
 */

const { document } = parseHTML("<!doctype html><html></html>");

/** Okabe and Ito's colours, told apart by the colour-blind, with a mark each for those who see none. */
const STYLES = /** @type {const} */ ([
  { color: "#0072b2", symbol: "circle" },
  { color: "#d55e00", symbol: "square" },
  { color: "#009e73", symbol: "triangle" },
  { color: "#cc79a7", symbol: "diamond" },
  { color: "#56b4e9", symbol: "cross" },
]);
const [WIDTH, HEIGHT, LEGEND] = [760, 360, 230];
/** Powers of ten on a logarithmic axis, nothing at the other ticks. @param {number} value */
const powerOfTen = (value) => {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-9 ? `1e${Math.round(power)}` : "";
};
const GREY = "#666666";

/**
 * One figure for each curve that the runs have, by file name.
 * @param {Pick<ExperimentRecord, "title" | "arms">} record
 * @param {readonly Figure[]} table
 * @returns {Record<string, string>}
 */
export function figures({ title, arms }, table) {
  /** @type {Record<string, string>} */
  const files = {};
  for (const [name, figure] of curvesOf(table)) {
    const drawn = arms.some(({ trace }) =>
      figure.lines.some(({ value }) => trace.some((point) => isDrawn(figure, value(point)))),
    );
    if (drawn) files[`${name}.svg`] = curves(title, arms, figure);
  }
  const dims = new Set(arms.map(({ problem }) => problem.embeddingDim));
  if (arms.length > 2 && dims.size === arms.length) files["dimensions.svg"] = endsByDimension(title, arms);
  const picture = arms[0]?.plane;
  if (picture) {
    const { maxMarginDecoder, logOddsDecoder } = picture;
    if (maxMarginDecoder)
      files["plane-max-margin.svg"] = plane("Words in W_mm (arrows), contexts (dots)", picture, maxMarginDecoder);
    if (logOddsDecoder)
      files["plane-log-odds.svg"] = plane("Words in W* (arrows), contexts (dots)", picture, logOddsDecoder);
    for (const [i, arm] of arms.entries())
      if (arm.plane) files[`plane-run-${i + 1}.svg`] = plane(`Words in W: ${arm.label}`, arm.plane, arm.plane.decoder);
  }
  return files;
}

/**
 * @typedef {object} Curves
 * @property {string} title
 * @property {string} y
 * @property {boolean} isLog
 * @property {readonly { name?: string, dash?: string, value: (point: TracePoint) => number | null | undefined }[]} lines
 * @property {(arm: ArmRecord) => { value: number, name: string } | undefined} [limit] a level that the curves of a run tend to
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
 * @param {readonly Figure[]} table
 * @returns {Map<string, Curves>}
 */
function curvesOf(table) {
  const names = new Set(table.flatMap(({ curve }) => curve ?? []));
  return new Map(
    [...names].map((name) => {
      const drawn = table.filter(({ curve }) => curve === name);
      const [{ label, symbol, unit, axis }] = /** @type {[Figure, ...Figure[]]} */ (drawn);
      const lines = drawn.map((figure, i) => {
        const dash = DASHES[i % DASHES.length];
        return {
          ...(drawn.length > 1 && { name: figure.symbol }),
          ...(dash && { dash }),
          value: (/** @type {TracePoint} */ point) => point[figure.key],
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
 * @param {number | null | undefined} value
 */
const isDrawn = ({ isLog }, value) => typeof value === "number" && Number.isFinite(value) && (!isLog || value > 0);

/**
 * @param {string} title
 * @param {readonly ArmRecord[]} arms
 * @param {Curves} figure
 */
function curves(title, arms, figure) {
  const marks = arms.flatMap(({ trace }, i) =>
    figure.lines.flatMap(({ value, dash }) => {
      const points = trace.filter((point) => point.step > 0 && isDrawn(figure, value(point)));
      const { color, symbol } = styleOf(i);
      const channels = { x: "step", y: value };
      return [
        Plot.line(points, { ...channels, stroke: color, strokeWidth: 1.5, ...(dash && { strokeDasharray: dash }) }),
        Plot.dot(
          points.filter(({ step }) => isTenfold(step)),
          { ...channels, fill: color, symbol, r: 3.5 },
        ),
      ];
    }),
  );
  const levels = arms.map((arm) => figure.limit?.(arm)).filter((level) => level !== undefined);
  const distinct = [...new Map(levels.map((level) => [level.value, level])).values()];
  const legend = [
    ...arms.map(({ label }, i) => ({ text: label, ...styleOf(i) })),
    ...figure.lines.flatMap(({ name, dash }) =>
      name ? [{ text: `${dash ? "– –" : "──"} ${name}`, color: GREY }] : [],
    ),
    ...(distinct[0] ? [{ text: `···· ${distinct[0].name}`, color: GREY }] : []),
  ];
  return svg([`${figure.title} — ${title}`, figure.y], {
    x: {
      type: "log",
      label: "step k",
      labelAnchor: "center",
      domain: [1, Math.max(10, ...arms.flatMap(({ trace }) => trace.map(({ step }) => step)))],
    },
    y: { ...axisOf(figure.isLog), label: null, nice: true },
    marks: [
      Plot.ruleY(distinct, { y: "value", stroke: GREY, strokeDasharray: "1 3", strokeLinecap: "round" }),
      ...marks,
      ...legendMarks(legend),
    ],
  });
}

/** @param {boolean} isLog */
const axisOf = (isLog) =>
  isLog ? { type: /** @type {const} */ ("log"), grid: true, tickFormat: powerOfTen } : { grid: true };

/** @param {number} step */
const isTenfold = (step) => Number.isInteger(Math.log10(step));

/** @param {number} i */
const styleOf = (i) => STYLES[i % STYLES.length] ?? STYLES[0];

/** @param {readonly { text: string, color: string, symbol?: string }[]} entries */
function legendMarks(entries) {
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
 * Where the runs ended, against d.
 * @param {string} title
 * @param {readonly ArmRecord[]} arms
 */
function endsByDimension(title, arms) {
  const ends = arms.map(({ problem, final, verdict }) => ({
    d: problem.embeddingDim,
    "loss gap CE − H": final?.lossGap,
    "1 − cos(W, W_mm)": oneMinus(verdict?.measured?.figures.alignment?.value),
    "‖P_F(W) − W*‖": verdict?.measured?.figures.subspaceError?.value,
  }));
  const names = /** @type {const} */ (["loss gap CE − H", "1 − cos(W, W_mm)", "‖P_F(W) − W*‖"]);
  const marks = names.flatMap((name, i) => {
    const { color, symbol } = styleOf(i);
    const points = ends.filter((end) => typeof end[name] === "number" && end[name] > 0);
    return [
      Plot.line(points, { x: "d", y: name, stroke: color }),
      Plot.dot(points, { x: "d", y: name, fill: color, symbol, r: 4 }),
    ];
  });
  return svg([`After the last step — ${title}`], {
    x: { label: "embedding dimension d", labelAnchor: "center", ticks: ends.map(({ d }) => d), tickFormat: String },
    y: { ...axisOf(true), label: null, nice: true },
    marks: [...marks, ...legendMarks(names.map((text, i) => ({ text, ...styleOf(i) })))],
  });
}

/** @param {number | null | undefined} value */
const oneMinus = (value) => (typeof value === "number" ? 1 - value : undefined);

/**
 * Context embeddings with their supports, and the rows of a decoder, each set scaled to its longest.
 * @param {string} title
 * @param {PlanePicture} picture
 * @param {readonly number[]} decoder
 */
function plane(title, { embeddings, supports }, decoder) {
  const contexts = vectors(embeddings).map((at, j) => ({
    ...at,
    label: `{${(supports[j] ?? []).map((z) => z + 1).join(", ")}}`,
  }));
  const rows = vectors(decoder);
  const words = rows.map((at, z) => ({
    ...at,
    label: rows.flatMap((other, y) => (Math.hypot(other.x - at.x, other.y - at.y) < 0.03 ? [y + 1] : [])).join(", "),
    isFirst: rows.findIndex((other) => Math.hypot(other.x - at.x, other.y - at.y) < 0.03) === z,
  }));
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
        words.filter(({ isFirst }) => isFirst),
        { x: beyond("x"), y: beyond("y"), text: "label", fill: STYLES[1].color, stroke: "white" },
      ),
      Plot.dot(contexts, { x: "x", y: "y", fill: STYLES[0].color, r: 4 }),
      Plot.text(contexts, { x: "x", y: "y", text: "label", fill: STYLES[0].color, dy: 13, stroke: "white" }),
    ],
  });
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

/**
 * A chart as a file that stands alone.
 * @param {readonly [title: string, y?: string]} texts the title, and the quantity on the vertical axis
 * @param {import("@observablehq/plot").PlotOptions} options
 */
function svg([title, y], options) {
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
  chart.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", title);
  return `${chart.outerHTML}\n`;
}
