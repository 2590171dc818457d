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
const FONT_SIZE = 12;
const GAP = 6;
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

  /** Makes room for the labels of rows, and says how much of this width is left for the cells. */
  makeRoom(width: number, { rowLabels }: LabelledAxes): number {
    const room = Math.floor(Math.min(MOST_SHARE * width, this.#lengthOf(rowLabels)));
    this.#surface.style.marginLeft = `${room}px`;
    this.#rows.style.width = `${room}px`;
    return width - room;
  }

  /** Draws them around the cells. */
  draw({ rows, columns, cellWidth, cellHeight }: CellGrid, { rowLabels, columnLabels, bars }: LabelledAxes): void {
    this.#surface.append(this.#bars, this.#rows, this.#columns);
    const height = `${this.#lengthOf(columnLabels)}px`;
    this.#surface.style.marginBottom = height;
    this.#columns.style.height = height;
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

  /** In CSS pixels, with the gap to the map. */
  #lengthOf(labels: readonly string[]): number {
    const context = this.#bars.getContext("2d")!;
    context.font = `${FONT_SIZE}px ${getComputedStyle(this.#surface).fontFamily}`;
    const longest = labels.reduce((most, label) => Math.max(most, context.measureText(label).width), 0);
    return Math.min(LONGEST, Math.ceil(longest) + GAP + 1);
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
    context.fillStyle = themeColor("--bar", this.#bars);
    bars.forEach((bar, at) => {
      const height = (BAND * bar) / largest;
      context.fillRect(at * cellWidth, BAND - height, Math.max(0.5, cellWidth - 1), height);
    });
  }
}

/** Those of so many cells whose labels have room beside each other: all of them, or every so manieth. */
function spread(count: number, cell: number): number[] {
  const every = Math.ceil(LINE / cell);
  return Array.from({ length: Math.ceil(count / every) }, (_, i) => i * every);
}
