import { mathText, round, textWidth } from "./math-text.ts";
import type { Panel } from "./panels.ts";
import { spread, type Box, type Spot } from "./placing.ts";
import type { Scale } from "./scales.ts";
import { element } from "./svg.ts";
import { FONT, GREY, INK, LINE, THICK, WIDTH, type Size } from "./paper-look.ts";

/** What a legend, or a label at the end of a line, says of something that is drawn. */
export interface Entry {
  readonly text: string;
  readonly color: string;
  /** Without one it is no measured line. */
  readonly marker?: string;
  readonly dash?: string;
  /** Where it is drawn; of a level the height alone. */
  readonly points: readonly { readonly x?: number; readonly y: number }[];
}

/** Dots of what theory says, with round ends. */
export const DOTS = "0.01 2.5";

/** What is named in a panel: its lines, the levels that have a name, and what dots are. */
export function entriesOf({ series, levels = [] }: Panel): Entry[] {
  const predicted = series.find(({ predicted = [] }) => predicted.length > 0)?.predicted;
  return [
    ...series.map(({ label, points, style }) => ({ text: label, points, ...style })),
    ...levels.flatMap(({ name, value }) => (name ? [{ text: name, color: GREY, points: [{ y: value }] }] : [])),
    ...(predicted ? [{ text: "predicted", color: GREY, dash: DOTS, points: predicted }] : []),
  ];
}

/** Points of the key before a text: a piece of its line in a legend, its marker alone at the end of a line. */
const KEY = { legend: 24, end: 11 } as const;
const GAP = 8;

/** How wide the labels at the ends of lines are. */
export const endLabelWidth = (entries: readonly Entry[]): number =>
  Math.max(...entries.map(({ text }) => textWidth(text, FONT))) + KEY.end;

/** Rows of a legend as long as they fit. */
export function rowsWithin(entries: readonly Entry[], width: number): Entry[][] {
  const rows: Entry[][] = [];
  for (const entry of entries) {
    const last = rows.at(-1);
    if (last && sizeOf([[...last, entry]]).width <= width) last.push(entry);
    else rows.push([entry]);
  }
  return rows;
}

/** How large a legend is. */
export const sizeOf = (rows: readonly (readonly Entry[])[]): Size => ({
  width: Math.max(
    ...rows.map((row) => row.reduce((sum, { text }) => sum + KEY.legend + textWidth(text, FONT) + GAP, -GAP)),
  ),
  height: rows.length * LINE,
});

/** A legend with its left upper corner at a place. */
export function legend(
  document: Document,
  rows: readonly (readonly Entry[])[],
  { x, y }: Pick<Box, "x" | "y">,
): Element {
  const children = rows.flatMap((row, r) => {
    let at = x;
    const middle = y + (r + 0.5) * LINE;
    return row.flatMap((entry) => {
      const from = at;
      at += KEY.legend + textWidth(entry.text, FONT) + GAP;
      return [
        ...keyOf(document, entry, [from, middle]),
        mathText(document, entry.text, FONT, {
          x: round(from + KEY.legend),
          y: round(middle + 0.35 * FONT),
          fill: INK,
        }),
      ];
    });
  });
  return element(document, "g", { class: "legend" }, ...children);
}

/** A piece of a line with its marker. */
function keyOf(document: Document, { color, dash, marker }: Entry, [x, y]: Spot): Element[] {
  const line = element(document, "line", {
    ...{ x1: round(x), x2: round(x + KEY.legend - 4), y1: round(y), y2: round(y), stroke: color },
    ...(dash === DOTS && { "stroke-linecap": "round" }),
    ...(dash && { "stroke-dasharray": dash }),
    "stroke-width": marker || dash ? THICK : THICK / 2,
  });
  return [line, ...(marker ? [markerAt(document, marker, color, [x + (KEY.legend - 4) / 2, y])] : [])];
}

export const markerAt = (document: Document, marker: string, color: string, [x, y]: Spot): Element =>
  element(document, "path", { d: marker, fill: color, transform: `translate(${round(x)} ${round(y)})` });

/**
 * Labels right of a plot, each at the height where its line ends or as near as the others let it, with a thin line from there where it
 * was moved.
 */
export function endLabels(
  document: Document,
  entries: readonly Entry[],
  scales: { readonly x: Scale; readonly y: Scale },
  { width, height }: Size,
): Element {
  const ends = entries.map(({ points }): Spot => {
    const spots = points.map(({ x, y }): Spot => [x === undefined ? width : scales.x.at(x), scales.y.at(y)]);
    return spots.reduce((last, spot) => (spot[0] >= last[0] ? spot : last));
  });
  const middles = spread(
    ends.map(([, y]) => y),
    LINE,
    [-LINE / 2, height],
  );
  const children = entries.flatMap(({ text, color, marker }, i) => {
    const [[x, y], middle] = [ends[i]!, middles[i]!];
    const isMoved = Math.abs(middle - y) > 1 || x < width - 1;
    const line = { x1: round(x), y1: round(y), x2: round(width + KEY.end - 5), y2: round(middle), stroke: color };
    return [
      ...(isMoved ? [element(document, "line", { ...line, "stroke-width": THICK / 3 })] : []),
      ...(isMoved && marker ? [markerAt(document, marker, color, [width + KEY.end - 5, middle])] : []),
      mathText(document, text, FONT, { x: round(width + KEY.end), y: round(middle + 0.35 * FONT), fill: color }),
    ];
  });
  return element(document, "g", { class: "labels" }, ...children);
}

/** Whether names at the ends of lines leave a plot wide enough. */
export const fitAtEnds = (entries: readonly Entry[]): boolean => endLabelWidth(entries) <= 0.3 * WIDTH;
