import * as Plot from "@observablehq/plot";
import { axisOf, GREY, legendMarks, styleOf } from "../../pictures/chart.ts";
import { panelsOf } from "../../pictures/panels.ts";
import { paperSvg } from "../../pictures/paper.ts";
import { document, svg } from "./chart.mjs";

/**
 * The curves of a study, an interval at each point where there is one.
 * @param {import("../../src/index.ts").StudyFigure} figure
 */
export function studyFigure({ title, x, y, isLogX = false, isLogY = false, series, notes }) {
  const legend = [
    ...series.map(({ label }, i) => ({ text: label, ...styleOf(i) })),
    ...notes.map((text) => ({ text, color: GREY })),
  ];
  return svg([title, y], {
    x: { ...axisOf(isLogX), grid: false, label: x, labelAnchor: "center" },
    y: { ...axisOf(isLogY), label: null, nice: true },
    marks: [
      ...series.flatMap(({ points, marks = [], levels = [], isScattered }, i) => {
        const { color, symbol } = styleOf(i);
        return [
          ...marks.map((mark) =>
            Plot.ruleX([mark.x], {
              stroke: color,
              strokeOpacity: 0.6,
              ...(mark.isDashed && { strokeDasharray: "4 3" }),
            }),
          ),
          ...levels.map((level) => Plot.ruleY([level], { stroke: color, strokeOpacity: 0.6 })),
          Plot.ruleX(
            points.filter(({ low, high }) => low !== undefined && high !== undefined),
            { x: "x", y1: "low", y2: "high", stroke: color },
          ),
          ...(isScattered ? [] : [Plot.line(points, { x: "x", y: "y", stroke: color, strokeWidth: 1.5 })]),
          Plot.dot(points, { x: "x", y: "y", fill: color, symbol, r: 3 }),
        ];
      }),
      ...legendMarks(legend),
    ],
  });
}

/**
 * The same for a column of a paper. What marks stand for is left to the caption, as the title is.
 * @param {Omit<import("../../src/index.ts").StudyFigure, "series"> & { readonly isReversed?: boolean, readonly series: readonly import("../../pictures/panels.ts").PaperSeries[] }} figure
 */
export function paperStudy({ title, x, y, isLogX = false, isLogY = false, isReversed = false, series, notes }) {
  const isLog = { x: isLogX, y: isLogY };
  const caption = `${[title, ...notes].join(". ")}.`;
  return paperSvg({ caption, x, isLog, isReversed, panels: panelsOf([{ y, series }], isLog) }, document);
}
