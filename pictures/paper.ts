import { endLabels, endLabelWidth, entriesOf, fitAtEnds, legend, rowsWithin, sizeOf } from "./legend.ts";
import { mathText, round, textWidth } from "./math-text.ts";
import type { Panel } from "./panels.ts";
import { FONT, INK, LINE, WIDTH, type Size } from "./paper-look.ts";
import { freePlace } from "./placing.ts";
import { axesOf, obstaclesOf, plotOf, valuesOf } from "./plot.ts";
import { isOnAxis, scaleOf } from "./scales.ts";
import { element, SVG } from "./svg.ts";

/** A figure for a column of a paper. It has no title: a caption is set beside it. */
export interface PaperFigure {
  /** Said in the file's description, not drawn. */
  readonly caption: string;
  /** Quantity on the horizontal axis. */
  readonly x: string;
  readonly isLog: { readonly x: boolean; readonly y: boolean };
  readonly isReversed?: boolean;
  /** What of the horizontal axis is shown; default where there are points. */
  readonly domain?: readonly number[];
  /** One below another, at least one. */
  readonly panels: readonly Panel[];
}

/** Points between things, and of a panel's height when it is not alone. */
const [GAP, PANEL] = [4, 90];
const GOLDEN = (1 + Math.sqrt(5)) / 2;
/** Points that a number of an axis needs. */
const ROOM = { x: 30, logX: 20, y: 14 };

/**
 * A figure for a paper as a file that stands alone, 3.3 inches wide with text of 8 points.
 * @param document makes its elements: the browser's, or linkedom's
 */
export function paperSvg(figure: PaperFigure, document: Document): string {
  const { panels, isLog } = figure;
  const entries = panels.map(entriesOf);
  const isAtEnds = fitAtEnds(entries.flat());
  const isAlone = panels.length === 1;
  // in a figure of several panels the quantity stands above each, unless something else does
  const isTurned = isAlone || panels.some(({ head }) => head !== undefined);
  const height = Math.max(
    isAlone ? WIDTH / GOLDEN - 3.2 * LINE : PANEL,
    ...(isTurned ? panels.map(({ y }) => textWidth(y, FONT)) : []),
  );
  const yScales = panels.map((panel) =>
    scaleOf(valuesOf(panel, isLog.y), {
      ...{ isLog: isLog.y, range: [height, 0], isTight: false },
      mostTicks: Math.floor(height / ROOM.y),
    }),
  );
  const numbers = yScales.flatMap(({ ticks }) => ticks.map(({ text }) => textWidth(text, FONT)));
  const left = (isTurned ? LINE + 2 : 0) + Math.max(...numbers) + GAP;
  const right = isAtEnds ? endLabelWidth(entries.flat()) + 1 : 2.5 * GAP;
  const size: Size = { width: WIDTH - left - right, height };
  const x = scaleOf(shown(figure), {
    ...{ isLog: isLog.x, isTight: true, mostTicks: Math.floor(size.width / (isLog.x ? ROOM.logX : ROOM.x)) },
    range: figure.isReversed ? [size.width, 0] : [0, size.width],
  });

  /** Whether all panels name the same. */
  const isShared = new Set(entries.map((all) => all.map(({ text }) => text).join("\n"))).size === 1;
  const drawn: Element[] = [];
  let top = 1.5 * GAP;
  for (const [p, panel] of panels.entries()) {
    const [named, scales, isLast] = [entries[p]!, { x, y: yScales[p]! }, p === panels.length - 1];
    const hasLegend = !isAtEnds && (p === 0 || !isShared);
    const inside = { x: 2 * GAP, y: 0, width: size.width - 2 * GAP, height: height - GAP };
    const column = named.map((entry) => [entry]);
    const place = hasLegend && freePlace(sizeOf(column), inside, obstaclesOf(panel, scales, size));
    const rows = hasLegend && !place ? rowsWithin(named, WIDTH) : [];
    const legendHeight = rows.length > 0 ? sizeOf(rows).height + GAP : 0;
    const headHeight = isAlone ? 0 : LINE + GAP;
    // a legend of all panels stands above the first one's head
    const [headTop, legendTop] = isShared ? [top + legendHeight, top] : [top, top + headHeight];
    if (rows.length > 0) drawn.push(legend(document, rows, { x: 0, y: legendTop - GAP / 2 }));
    if (!isAlone) {
      const head = `(${String.fromCharCode(97 + p)}) ${panel.head ?? panel.y}`;
      drawn.push(mathText(document, head, FONT, { x: 0, y: round(headTop + 0.7 * FONT), class: "head" }));
    }
    top += legendHeight + headHeight;
    drawn.push(
      element(
        document,
        "g",
        { class: "panel", transform: `translate(${round(left)} ${round(top)})` },
        ...axesOf(document, scales, size, isLast),
        ...(isTurned ? [turned(document, panel.y, [FONT - left, height / 2])] : []),
        ...plotOf(document, panel, scales, size),
        ...(place ? [legend(document, column, place)] : []),
        ...(isAtEnds ? [endLabels(document, named, scales, size)] : []),
      ),
    );
    top += height + (isLast ? 0 : 1.5 * LINE);
  }
  const below = { x: round(left + size.width / 2), y: round(top + 2.2 * LINE), "text-anchor": "middle" };
  drawn.push(mathText(document, figure.x, FONT, { ...below, class: "x-label" }));
  return paperFile(document, figure.caption, top + 2.2 * LINE + GAP, drawn);
}

/** Values that the horizontal axis has. */
function shown({ domain, panels, isLog }: PaperFigure): number[] {
  const found = panels.flatMap(({ series }) =>
    series.flatMap(({ points, marks = [] }) => [...points, ...marks].map(({ x }) => x)),
  );
  return (domain ?? found).filter((x) => isOnAxis(x, isLog.x));
}

const turned = (document: Document, text: string, [x, y]: readonly [number, number]): Element =>
  mathText(document, text, FONT, {
    transform: `translate(${round(x)} ${round(y)}) rotate(-90)`,
    ...{ "text-anchor": "middle", class: "y-label" },
  });

/**
 * A drawing of a column's width as a file that stands alone.
 * @param height in points
 */
export function paperFile(document: Document, caption: string, height: number, children: readonly Element[]): string {
  const view = { width: `${round(WIDTH / 72)}in`, height: `${round(height / 72)}in` };
  const look = { "font-family": "Helvetica, Arial, sans-serif", "font-size": FONT, fill: INK };
  const drawing = element(
    document,
    "svg",
    {
      xmlns: SVG,
      ...view,
      viewBox: `0 0 ${round(WIDTH)} ${round(height)}`,
      ...look,
      role: "img",
      "aria-label": caption,
    },
    element(document, "desc", {}, caption),
    element(document, "rect", { width: round(WIDTH), height: round(height), fill: "white" }),
    ...children,
  );
  return `${drawing.outerHTML}\n`;
}
