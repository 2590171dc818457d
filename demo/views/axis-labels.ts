import { make, themeColor } from "./dom.ts";
import type { CellGrid } from "./cell-surface.ts";

/** What stands around a map. */
export interface LabelledAxes {
  readonly rowLabels: readonly string[];
  readonly columnLabels: readonly string[];
  /** Of each column, above it; positive. */
  readonly bars: readonly number[];
}

/** In CSS pixels. */
const BAND = 18;
const LINE = 14;
const LETTER = 6.6;
const LONGEST = 112;
/** Part of the width that the labels of rows may take. */
const MOST_SHARE = 0.3;

/** The names of rows and columns beside a map, as many as there is room for, and a bar above each column. */
export class AxisLabels {
  readonly #surface: HTMLElement;
  readonly #bars = make("canvas", { class: "column-bars" });
  readonly #rows = make("div", { class: "row-labels" });
  readonly #columns = make("div", { class: "column-labels" });

  /** @param surface what the cells are drawn in, and nothing else */
  constructor(surface: HTMLElement) {
    this.#surface = surface;
    for (const part of [this.#bars, this.#rows, this.#columns]) part.setAttribute("aria-hidden", "true");
  }

  /** The part of this width that is left for the cells. */
  static roomIn(width: number, { rowLabels }: LabelledAxes): number {
    return width - rowRoom(width, rowLabels);
  }

  /** Draws them around the cells, in so many CSS pixels in all. */
  draw(width: number, { rows, columns, cellWidth, cellHeight }: CellGrid, axes: LabelledAxes): void {
    const { rowLabels, columnLabels, bars } = axes;
    this.#surface.append(this.#bars, this.#rows, this.#columns);
    this.#surface.style.marginLeft = `${rowRoom(width, rowLabels)}px`;
    this.#rows.style.width = this.#surface.style.marginLeft;
    this.#columns.style.height = `${Math.min(LONGEST, lengthOf(columnLabels))}px`;
    this.#rows.replaceChildren(
      ...spread(rows, cellHeight).map((at) => {
        const label = make("span", {}, rowLabels[at]!);
        label.style.top = `${(at + 0.5) * cellHeight - LINE / 2}px`;
        return label;
      }),
    );
    this.#columns.replaceChildren(
      ...spread(columns, cellWidth).map((at) => {
        const label = make("span", {}, columnLabels[at]!);
        label.style.left = `${(at + 0.5) * cellWidth - LINE / 2}px`;
        return label;
      }),
    );
    this.#drawBars(bars, cellWidth);
  }

  #drawBars(bars: readonly number[], cellWidth: number): void {
    const ratio = devicePixelRatio;
    const [width, largest] = [bars.length * cellWidth, Math.max(...bars)];
    this.#bars.width = Math.ceil(width * ratio);
    this.#bars.height = Math.ceil(BAND * ratio);
    this.#bars.style.width = `${width}px`;
    this.#bars.style.height = `${BAND}px`;
    const context = this.#bars.getContext("2d")!;
    context.scale(ratio, ratio);
    context.fillStyle = themeColor("--bar");
    bars.forEach((bar, at) => {
      const height = (BAND * bar) / largest;
      context.fillRect(at * cellWidth, BAND - height, Math.max(0.5, cellWidth - 1), height);
    });
  }
}

const lengthOf = (labels: readonly string[]): number =>
  LETTER * labels.reduce((most, { length }) => Math.max(most, length), 0) + 8;

const rowRoom = (width: number, labels: readonly string[]): number =>
  Math.floor(Math.min(MOST_SHARE * width, LONGEST, lengthOf(labels)));

/** Those of so many cells whose labels have room beside each other: all of them, or every so manieth. */
function spread(count: number, cell: number): number[] {
  const every = Math.ceil(LINE / cell);
  return Array.from({ length: Math.ceil(count / every) }, (_, i) => i * every);
}
