import * as Plot from "@observablehq/plot";
import { axisOf, legendMarks, styleOf } from "../../pictures/chart.ts";
import { curveFiles, svg } from "./chart.mjs";
import { paperPlane } from "./paper-plane.mjs";
import { plane } from "./plane.mjs";
import { paperStudy } from "./study.mjs";

/**
 * @typedef {import("../../src/index.ts").ExperimentRecord} ExperimentRecord
 * @typedef {import("../../src/index.ts").ArmRecord} ArmRecord
 * @typedef {import("../../src/index.ts").Figure} Figure
 */

/**
 * The pictures of an experiment, by file name.
 * @param {Pick<ExperimentRecord, "title" | "arms">} record
 * @param {readonly Figure[]} table
 * @param {boolean} [paper] whether they fit a column of a paper
 * @returns {Record<string, string>}
 */
export function figures(record, table, paper = false) {
  const { title, arms } = record;
  const files = curveFiles(record, table, paper);
  const draw = paper ? paperPlane : plane;
  const dims = new Set(arms.map(({ problem }) => problem.embeddingDim));
  if (arms.length > 2 && dims.size === arms.length) files["dimensions.svg"] = endsByDimension(title, arms, paper);
  const picture = arms[0]?.plane;
  if (picture) {
    const { maxMarginDecoder, logOddsDecoder } = picture;
    if (maxMarginDecoder)
      files["plane-max-margin.svg"] = draw("Words in W_mm (arrows), contexts (dots)", picture, maxMarginDecoder);
    if (logOddsDecoder)
      files["plane-log-odds.svg"] = draw("Words in W* (arrows), contexts (dots)", picture, logOddsDecoder);
    for (const [i, arm] of arms.entries())
      if (arm.plane) files[`plane-run-${i + 1}.svg`] = draw(`Words in W: ${arm.label}`, arm.plane, arm.plane.decoder);
  }
  return files;
}

/**
 * Where the runs ended, against d.
 * @param {string} title
 * @param {readonly ArmRecord[]} arms
 * @param {boolean} paper
 */
function endsByDimension(title, arms, paper) {
  const ends = arms.map(({ problem, final, verdict }) => ({
    d: problem.embeddingDim,
    "loss gap CE − H": final?.lossGap,
    "1 − cos(W, W_mm)": oneMinus(verdict?.measured?.figures.alignment?.value),
    "‖P_F(W) − W*‖": verdict?.measured?.figures.subspaceError?.value,
  }));
  const names = /** @type {const} */ (["loss gap CE − H", "1 − cos(W, W_mm)", "‖P_F(W) − W*‖"]);
  const series = names.map((label) => ({
    label,
    points: ends.flatMap(({ d, [label]: y }) => (typeof y === "number" && y > 0 ? [{ x: d, y }] : [])),
  }));
  const [heading, x] = [`After the last step — ${title}`, "embedding dimension d"];
  if (paper) return paperStudy({ title: heading, x, y: "after the last step", isLogY: true, series, notes: [] });
  return svg([heading], {
    x: { label: x, labelAnchor: "center", ticks: ends.map(({ d }) => d), tickFormat: String },
    y: { ...axisOf(true), label: null, nice: true },
    marks: [
      ...series.flatMap(({ points }, i) => {
        const { color, symbol } = styleOf(i);
        return [
          Plot.line(points, { x: "x", y: "y", stroke: color }),
          Plot.dot(points, { x: "x", y: "y", fill: color, symbol, r: 4 }),
        ];
      }),
      ...legendMarks(names.map((text, i) => ({ text, ...styleOf(i) }))),
    ],
  });
}

/** @param {number | null | undefined} value */
const oneMinus = (value) => (typeof value === "number" ? 1 - value : undefined);
