import { announce } from "./announcer.ts";
import { make, onThemeChange, setText } from "./dom.ts";

/** Where the cells of a drawing are, in CSS pixels. */
export interface CellGrid {
  readonly rows: number;
  readonly columns: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Height of what is drawn above the first row. */
  readonly top: number;
}

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** What a surface shows. */
export interface CellPicture {
  /** What is read out while no cell is chosen. */
  readonly idle: string;
  /** Draws into so many CSS pixels, the canvas's sizes included; undefined where there is nothing yet. */
  draw(canvas: HTMLCanvasElement, width: number): CellGrid | undefined;
  /** One cell in words. */
  describe(cell: Cell): string;
}

const NO_CELLS: CellGrid = { rows: 0, columns: 0, cellWidth: 1, cellHeight: 1, top: 0 };

/** By key: rows and columns that the chosen cell moves by. */
const SHIFTS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

/** A drawing made of cells, which mouse, touch and arrow keys read out, and the line in which they are read out. */
export class CellSurface {
  /** The cells are at its upper left; what is put beside them reads none out. */
  readonly element = make("div", { class: "heat-surface", role: "application", tabindex: "0" });
  readonly #picture: CellPicture;
  readonly #canvas = make("canvas", { "aria-hidden": "true" });
  readonly #marker = make("div", { class: "cell-marker", "aria-hidden": "true" });
  readonly #readout = make("p", { class: "heat-readout" });
  #grid = NO_CELLS;
  #cell: Cell | undefined;
  #width = 0;

  /** Appends itself to the figure. */
  constructor(figure: HTMLElement, picture: CellPicture) {
    this.#picture = picture;
    this.element.setAttribute("aria-roledescription", "heat map");
    this.element.append(this.#canvas, this.#marker);
    figure.append(this.element, this.#readout);
    this.element.addEventListener("pointermove", (event) => this.#point(event));
    this.element.addEventListener("pointerdown", (event) => this.#point(event));
    this.element.addEventListener("pointerleave", ({ pointerType }) => {
      // a finger leaves what it has touched; its cell stays until something else is touched
      if (pointerType !== "touch") this.#select(undefined);
    });
    this.element.addEventListener("keydown", (event) => this.#move(event));
    this.element.addEventListener("blur", () => this.#select(undefined));
    new ResizeObserver(() => {
      // The drawing has a width of its own: only that of its surroundings counts.
      if (figure.clientWidth === this.#width) return;
      this.#width = figure.clientWidth;
      this.#draw();
    }).observe(figure);
    onThemeChange(this.element, () => this.#draw());
    this.#select(undefined);
  }

  /** Draws what the picture has become, and reads the chosen cell anew where there still is one. */
  update(label: string): void {
    this.element.setAttribute("aria-label", `${label}; the arrow keys read them out`);
    this.#draw();
    const { rows, columns } = this.#grid;
    const isThere = this.#cell && this.#cell.row < rows && this.#cell.column < columns;
    this.#select(isThere ? this.#cell : undefined);
  }

  #draw(): void {
    if (this.#width === 0) return;
    this.#grid = this.#picture.draw(this.#canvas, this.#width) ?? NO_CELLS;
    this.#placeMarker();
  }

  #point(event: PointerEvent): void {
    const box = this.#canvas.getBoundingClientRect();
    const { rows, columns, cellWidth, cellHeight, top } = this.#grid;
    const row = Math.floor((event.clientY - box.top - top) / cellHeight);
    const column = Math.floor((event.clientX - box.left) / cellWidth);
    const isInside = row >= 0 && row < rows && column >= 0 && column < columns;
    this.#select(isInside ? { row, column } : undefined);
  }

  #move(event: KeyboardEvent): void {
    const shift = SHIFTS[event.key];
    if (!shift) return;
    event.preventDefault();
    const { rows, columns } = this.#grid;
    const from = this.#cell;
    const within = (value: number, count: number): number => Math.min(Math.max(value, 0), count - 1);
    this.#select(
      from
        ? { row: within(from.row + shift[0], rows), column: within(from.column + shift[1], columns) }
        : { row: 0, column: 0 },
    );
    announce(this.#readout.textContent);
  }

  #select(cell: Cell | undefined): void {
    this.#cell = cell;
    setText(this.#readout, cell ? this.#picture.describe(cell) : this.#picture.idle);
    this.#placeMarker();
  }

  #placeMarker(): void {
    this.#marker.hidden = !this.#cell;
    if (!this.#cell) return;
    const { cellWidth, cellHeight, top } = this.#grid;
    this.#marker.style.width = `${cellWidth}px`;
    this.#marker.style.height = `${cellHeight}px`;
    this.#marker.style.left = `${this.#cell.column * cellWidth}px`;
    this.#marker.style.top = `${top + this.#cell.row * cellHeight}px`;
  }
}
