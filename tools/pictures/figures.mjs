import * as Plot from "@observablehq/plot";
import { axisOf, legendMarks, styleOf, svg } from "./chart.mjs";
import { curveFiles } from "./curves.mjs";
import { plane } from "./plane.mjs";

/**
 * @typedef {import("../../src/index.ts").ExperimentRecord} ExperimentRecord
 * @typedef {import("../../src/index.ts").ArmRecord} ArmRecord
 * @typedef {import("../../src/index.ts").Figure} Figure
 */

/**
 * The pictures of an experiment, by file name.
 * @param {Pick<ExperimentRecord, "title" | "arms">} record
 * @param {readonly Figure[]} table
 * @returns {Record<string, string>}
 */
export function figures(record, table) {
  const { title, arms } = record;
  const files = curveFiles(record, table);
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
