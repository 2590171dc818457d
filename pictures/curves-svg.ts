import { curvesChart } from "./curves-chart.ts";
import { curvesOf, type CurvesOptions } from "./curves.ts";
import { paperCurvesSvg } from "./paper-curves.ts";

/**
 * A picture of each curve that the runs have, as SVG that stands alone, by names such as `"loss"`. What theory predicts of a figure is
 * dotted.
 * @param options with `paper`, pictures fit a column of a paper as those of {@link paperCurvesSvg} do, which needs no library;
 *   otherwise they are 760 pixels wide, with a title
 */
export function curvesSvg(options: CurvesOptions & { readonly paper: boolean }): Record<string, string> {
  if (options.paper) return paperCurvesSvg(options);
  const drawn = [...curvesOf(options.runs, options.figures)];
  return Object.fromEntries(drawn.map(([name, curves]) => [name, curvesChart(curves, options)]));
}
