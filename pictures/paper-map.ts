import { mathText, round, textWidth } from "./math-text.ts";
import { paperFile } from "./paper.ts";
import { FONT, INK, LINE, WIDTH } from "./paper-look.ts";
import { element } from "./svg.ts";

/** A matrix whose cells have colours. */
export interface PaperMap {
  /** Said in the file's description, not drawn. */
  readonly caption: string;
  /** Of each cell, row by row, as CSS has them. */
  readonly colors: readonly string[];
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  /** What rows and columns are. */
  readonly rowNoun: string;
  readonly columnNoun: string;
  /** Colours of the bar from its first number to its last, and the numbers, evenly along it. */
  readonly bar: { readonly colors: readonly string[]; readonly numbers: readonly string[] };
}

/** Points: between things, of the bar, of a cell at most, and of a label of a row at most. */
const [GAP, BAR, CELL, LABEL] = [4, 7, 14, 70];
/** A cell that is lower or narrower has no room for a label. */
const LEAST_CELL = 0.9 * FONT;
/** Of a drawing with more contexts than words, and of one with more words. */
const HIGHEST = 1.2 * WIDTH;

/**
 * A matrix for a column of a paper as a file that stands alone, 3.3 inches wide with text of 8 points: cells as squares where they fit,
 * labels where there is room for all of them, and a bar of its colours.
 * @param document makes its elements: the browser's, or linkedom's
 */
export function paperMapSvg(map: PaperMap, document: Document): string {
  const { rowLabels, columnLabels, colors, bar } = map;
  const [rows, columns] = [rowLabels.length, columnLabels.length];
  const numberWidth = Math.max(...bar.numbers.map((number) => textWidth(number, FONT)));
  const right = 2 * GAP + BAR + GAP + numberWidth;
  const longest = (labels: readonly string[]): number => Math.max(...labels.map((label) => textWidth(label, FONT)));
  const labelled = Math.min(CELL, (WIDTH - right - longest(rowLabels) - 2 * GAP) / columns, HIGHEST / rows);
  const hasRowLabels = labelled >= LEAST_CELL && longest(rowLabels) <= LABEL;
  const left = GAP + (hasRowLabels ? longest(rowLabels) + GAP : LINE);
  const cellWidth = Math.min(CELL, (WIDTH - right - left) / columns);
  const cellHeight = Math.min(Math.max(cellWidth, Math.min(CELL, 40 / rows)), HIGHEST / rows);
  const hasColumnLabels = cellWidth >= LEAST_CELL && longest(columnLabels) <= LABEL;
  const [width, height] = [columns * cellWidth, rows * cellHeight];
  const top = GAP;
  const turned = (text: string, x: number, y: number, anchor: string): Element =>
    mathText(document, text, FONT, {
      ...{ transform: `translate(${round(x)} ${round(y)}) rotate(-90)`, "text-anchor": anchor },
    });
  const cells = stretchesOf(colors, columns).map(({ row, column, length, fill }) =>
    element(document, "rect", {
      ...{ x: round(left + column * cellWidth), y: round(top + row * cellHeight) },
      ...{ width: round(length * cellWidth), height: round(cellHeight), fill },
    }),
  );
  const barHeight = Math.max(height, 5 * LINE);
  const step = barHeight / bar.colors.length;
  const barLeft = left + width + 2 * GAP;
  const last = bar.numbers.length - 1;
  const below = top + Math.max(height, barHeight) + GAP;
  const labelsBelow = hasColumnLabels ? longest(columnLabels) : LINE;
  const drawn = [
    element(document, "g", { class: "cells", "shape-rendering": "crispEdges" }, ...cells),
    element(document, "rect", {
      ...{ x: round(left), y: top, width: round(width), height: round(height) },
      ...{ fill: "none", stroke: INK, "stroke-width": 0.5 },
    }),
    ...(hasRowLabels
      ? rowLabels.map((label, row) =>
          mathText(document, label, FONT, {
            ...{ x: round(left - GAP), y: round(top + (row + 0.5) * cellHeight + 0.35 * FONT), "text-anchor": "end" },
          }),
        )
      : [turned(map.rowNoun, 0.8 * FONT, top + height / 2, "middle")]),
    ...(hasColumnLabels
      ? columnLabels.map((label, column) =>
          turned(label, left + (column + 0.5) * cellWidth + 0.35 * FONT, top + height + GAP, "end"),
        )
      : [
          mathText(document, map.columnNoun, FONT, {
            ...{ x: round(left + width / 2), y: round(top + height + GAP + 0.8 * FONT), "text-anchor": "middle" },
          }),
        ]),
    element(
      document,
      "g",
      { class: "bar", "shape-rendering": "crispEdges" },
      // each over the end of the one above, so that there is no seam
      ...bar.colors
        .map((fill, i) =>
          element(document, "rect", {
            ...{ x: round(barLeft), y: round(top + barHeight - (i + 1) * step), width: BAR },
            ...{ height: round((i + 1) * step), fill },
          }),
        )
        .reverse(),
    ),
    ...bar.numbers.map((number, i) =>
      mathText(document, number, FONT, {
        x: round(barLeft + BAR + GAP),
        y: round(top + barHeight - (i / last) * (barHeight - 0.7 * FONT)),
      }),
    ),
  ];
  return paperFile(document, map.caption, Math.max(below, top + height + GAP + labelsBelow) + GAP, drawn);
}

/** Cells of one colour beside each other, row by row. */
function stretchesOf(
  colors: readonly string[],
  columns: number,
): { row: number; column: number; length: number; fill: string }[] {
  const stretches: { row: number; column: number; length: number; fill: string }[] = [];
  colors.forEach((fill, at) => {
    const [row, column, before] = [Math.floor(at / columns), at % columns, stretches.at(-1)];
    if (column > 0 && before?.fill === fill) before.length++;
    else stretches.push({ row, column, length: 1, fill });
  });
  return stretches;
}
