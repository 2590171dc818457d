import type { StudySeries } from "../src/index.ts";
import { isOnAxis } from "./scales.ts";

/** A line of a figure for a paper. */
export interface PaperSeries extends StudySeries {
  /** What theory says of it, drawn as dots. */
  readonly predicted?: StudySeries["points"];
  /** Which of its points have a marker; default all. */
  readonly isMarked?: (x: number) => boolean;
}

/** Lines that belong into one plot. */
export interface Group {
  /** What all of them have in common and the groups do not; default the vertical axis. */
  readonly head?: string;
  /** Quantity on the vertical axis. */
  readonly y: string;
  readonly series: readonly PaperSeries[];
  /** Values that lines tend to, with a name where they have one. */
  readonly levels?: readonly { readonly value: number; readonly name?: string }[];
}

/** How a line is told from the others of its panel: by colour, by dash and by marker. */
export interface Style {
  readonly color: string;
  readonly dash?: string;
  /** A path around its origin, of a point's size. */
  readonly marker: string;
}

/** Okabe and Ito's blue, vermilion, green and purple, darkened until text in them can be read on white: 4.5 to 1 at least. */
export const STYLES = [
  { color: "#0072b2", marker: "M-2.1,0a2.1,2.1 0 1,0 4.2,0a2.1,2.1 0 1,0 -4.2,0Z" },
  { color: "#b84a00", dash: "5 2", marker: "M-1.9,-1.9h3.8v3.8h-3.8Z" },
  { color: "#00765a", dash: "2.5 1.5", marker: "M0,-2.6L2.4,1.7H-2.4Z" },
  { color: "#9c4178", dash: "6 1.5 1.5 1.5", marker: "M0,-2.8L2.4,0L0,2.8L-2.4,0Z" },
] as const satisfies readonly Style[];

/** A plot of a figure for a paper, of at most as many lines as there are styles. */
export interface Panel extends Group {
  readonly series: readonly (PaperSeries & { readonly style: Style })[];
}

/**
 * The panels of groups of lines: groups of more than four lines in parts of equal size, without lines and panels that are empty.
 * Lines have the same style in every group.
 */
export function panelsOf(groups: readonly Group[], isLog: { readonly x: boolean; readonly y: boolean }): Panel[] {
  const most = STYLES.length;
  return groups.flatMap((group) => {
    const parts = Math.ceil(group.series.length / most);
    const size = Math.ceil(group.series.length / parts);
    return Array.from({ length: parts }, (_, part) => ({
      ...group,
      series: group.series
        .slice(part * size, (part + 1) * size)
        .map((series, i) => ({ ...series, ...onAxes(series, isLog), style: STYLES[i]! }))
        .filter(({ points }) => points.length > 0),
    })).filter(({ series }) => series.length > 0);
  });
}

/** What of a line has a place on the axes. */
function onAxes(series: PaperSeries, isLog: { readonly x: boolean; readonly y: boolean }): Partial<PaperSeries> {
  const kept = (points: StudySeries["points"]): StudySeries["points"] =>
    points.filter(({ x, y }) => isOnAxis(x, isLog.x) && isOnAxis(y, isLog.y));
  return { points: kept(series.points), ...(series.predicted && { predicted: kept(series.predicted) }) };
}
