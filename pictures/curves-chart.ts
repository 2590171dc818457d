import * as Plot from "@observablehq/plot";
import { axisOf, chartSvg, GREY, legendMarks, powerOfTen, styleOf } from "./chart.ts";
import {
  AXES,
  domainOf,
  isTenfold,
  levelsOf,
  measuredLine,
  predictedLine,
  type Curves,
  type CurvesOptions,
} from "./curves.ts";

/** Dashes of the lines of one picture. */
const DASHES = [undefined, "5 3", "2 3", "8 3 2 3"];

/** Curves in a chart with a title, and a legend beside it. */
export function curvesChart(curves: Curves, { title, runs, axis = "step", document }: CurvesOptions): string {
  const { isLog } = curves;
  const { label, isReversed } = AXES[axis];
  const lines = curves.lines.map(({ key, symbol }, i) => ({ key, symbol, dash: DASHES[i % DASHES.length] }));
  const marks = runs.flatMap((run, i) =>
    lines.flatMap(({ key, dash }) => {
      const points = measuredLine(run, key, isLog, axis);
      const { color, symbol } = styleOf(i);
      const channels = { x: "x", y: "y" };
      const dots = { strokeDasharray: "0.1 4", strokeLinecap: "round" } as const;
      return [
        Plot.line(predictedLine(run, key, isLog), { ...channels, stroke: color, strokeWidth: 1.5, ...dots }),
        Plot.line(points, { ...channels, stroke: color, strokeWidth: 1.5, ...(dash && { strokeDasharray: dash }) }),
        Plot.dot(
          points.filter(({ x }) => isTenfold(x)),
          { ...channels, fill: color, symbol, r: 3.5 },
        ),
      ];
    }),
  );
  const levels = levelsOf(runs, curves);
  const hasLaw = runs.some((run) => lines.some(({ key }) => predictedLine(run, key, isLog).length > 0));
  const legend = [
    ...runs.map(({ label }, i) => ({ text: label, ...styleOf(i) })),
    ...(lines.length > 1
      ? lines.map(({ symbol, dash }) => ({ text: `${dash ? "– –" : "──"} ${symbol}`, color: GREY }))
      : []),
    ...(levels[0] ? [{ text: `···· ${levels[0].name}`, color: GREY }] : []),
    ...(hasLaw ? [{ text: "• • • predicted", color: GREY }] : []),
  ];
  return chartSvg(document, [title ? `${curves.title} — ${title}` : curves.title, curves.y], {
    x: {
      type: "log",
      label,
      labelAnchor: "center",
      reverse: isReversed,
      domain: domainOf(runs, axis),
      ...(isReversed && { tickFormat: powerOfTen }),
    },
    y: { ...axisOf(isLog), label: null, nice: true },
    marks: [
      Plot.ruleY(levels, { y: "value", stroke: GREY, strokeDasharray: "1 3", strokeLinecap: "round" }),
      ...marks,
      ...legendMarks(legend),
    ],
  });
}
