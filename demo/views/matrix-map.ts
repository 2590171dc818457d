import { plainFigure, wholeNumber } from "../format.ts";
import { legendOf, type MatrixPicture } from "../maps/picture.ts";
import { colorsOf, PALETTES } from "../palettes.ts";
import { AxisLabels } from "./axis-labels.ts";
import { CellSurface, type CellGrid } from "./cell-surface.ts";
import { make, setText } from "./dom.ts";
import { download } from "./downloads.ts";

/** In CSS pixels: of a map among others, and of one by itself with labels. */
const SIZES = {
  small: { cell: 26, width: 480, height: 480 },
  labelled: { cell: 44, width: 680, height: 360 },
} as const;
/** Flat matrices are stretched to it. */
const LEAST_HEIGHT = 120;
/** Pixels along the longer side of an image that is saved, unless the matrix has more cells. */
const SAVED_SIZE = 800;

/** A matrix as a heat map, with a legend, an image to save and a read-out of every cell. */
export class MatrixMap {
  readonly #title = make("span", { class: "chart-title" });
  readonly #save = make("button", { type: "button" }, "PNG");
  readonly #saveSvg = make("button", { type: "button" }, "SVG");
  readonly #bar = make("canvas", { class: "map-bar", "aria-hidden": "true" });
  readonly #ends = make("p", { class: "map-ends" });
  readonly #note = make("p", { class: "hint" });
  readonly #surface: CellSurface;
  readonly #labels: AxisLabels;
  #picture: MatrixPicture | undefined;

  constructor(figure: HTMLElement) {
    figure.append(
      make(
        "figcaption",
        { class: "map-caption" },
        this.#title,
        make("span", { class: "buttons" }, this.#save, this.#saveSvg),
      ),
    );
    this.#surface = new CellSurface(figure, {
      idle: "",
      draw: (canvas, width) => this.#picture && this.#draw(canvas, this.#picture, width),
      describe: ({ row, column }) => {
        const { values, columns, rowLabels, columnLabels, valueText = plainFigure } = this.#picture!;
        return `${rowLabels[row]}, ${columnLabels[column]}: ${valueText(values[row * columns + column]!, row, column)}`;
      },
    });
    this.#labels = new AxisLabels(this.#surface.element);
    figure.append(this.#bar, this.#ends, this.#note);
    this.#save.addEventListener("click", () => this.#picture && saveImage(this.#picture));
    this.#saveSvg.addEventListener("click", () => this.#picture && void saveDrawing(this.#picture));
  }

  show(picture: MatrixPicture): void {
    this.#picture = picture;
    const { title, rows, columns, rowNoun, columnNoun, palette } = picture;
    setText(this.#title, title);
    this.#save.setAttribute("aria-label", `Save “${title}” as PNG`);
    this.#saveSvg.setAttribute("aria-label", `Save “${title}” as SVG`);
    paint(this.#bar, PALETTES[palette], PALETTES[palette].length);
    this.#ends.replaceChildren(...legendOf(picture).map((text) => make("span", {}, text)));
    this.#surface.update(
      `${title}: ${wholeNumber(rows)} ${rowNoun} down, ${wholeNumber(columns)} ${columnNoun} across`,
    );
  }

  #draw(canvas: HTMLCanvasElement, picture: MatrixPicture, width: number): CellGrid {
    const { rows, columns, bars } = picture;
    const axes = bars && { ...picture, bars };
    const most = SIZES[axes ? "labelled" : "small"];
    const room = axes ? this.#labels.makeRoom(width, axes) : width;
    const across = fit(columns, Math.min(room, most.width), most.cell);
    const cellWidth = across.size / across.step;
    const down = fit(rows, most.height, Math.max(cellWidth, Math.min(most.cell, LEAST_HEIGHT / rows)));
    const means = blockMeans(picture, down.step, across.step);
    paint(canvas, colorsOf(means.values, picture), means.columns);
    canvas.style.width = `${means.columns * across.size}px`;
    canvas.style.height = `${means.rows * down.size}px`;
    const isWhole = down.step === 1 && across.step === 1;
    setText(
      this.#note,
      isWhole ? "" : `A pixel is the mean of ${down.step} × ${across.step} cells; the read-out has each of them.`,
    );
    this.#note.hidden = isWhole;
    const grid = { rows, columns, cellWidth, cellHeight: down.size / down.step, top: 0 };
    if (axes) this.#labels.draw(grid, axes);
    return grid;
  }
}

/**
 * How so many cells fit into a room of CSS pixels: `step` cells to a block, which is `size` wide, a whole number of device pixels; more
 * than one cell only where each would have less than a device pixel.
 */
function fit(count: number, room: number, largest: number): { step: number; size: number } {
  const pixels = Math.min(largest, room / count) * devicePixelRatio;
  const step = pixels >= 1 ? 1 : Math.ceil(1 / pixels - 1e-9);
  return { step, size: Math.max(1, Math.floor(pixels)) / devicePixelRatio };
}

/** A matrix of the means of blocks of cells; blocks at its far edges may be smaller. */
function blockMeans(
  { values, rows, columns }: MatrixPicture,
  down: number,
  across: number,
): { values: ArrayLike<number>; rows: number; columns: number } {
  if (down === 1 && across === 1) return { values, rows, columns };
  const [high, wide] = [Math.ceil(rows / down), Math.ceil(columns / across)];
  const [sums, counts] = [new Float64Array(high * wide), new Uint32Array(high * wide)];
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < columns; k++) {
      const block = Math.floor(i / down) * wide + Math.floor(k / across);
      sums[block]! += values[i * columns + k]!;
      counts[block]!++;
    }
  return { values: sums.map((sum, block) => sum / counts[block]!), rows: high, columns: wide };
}

/** Makes the canvas as large as an image of these colours, row by row, and puts the image onto it. */
function paint(canvas: HTMLCanvasElement, colors: Uint32Array, columns: number): void {
  canvas.width = columns;
  canvas.height = colors.length / columns;
  const bytes = new Uint8ClampedArray(colors.buffer as ArrayBuffer, colors.byteOffset, colors.byteLength);
  canvas.getContext("2d")!.putImageData(new ImageData(bytes, columns), 0, 0);
}

/** Hands the whole matrix out as an image, each cell a square of as many pixels. */
function saveImage(picture: MatrixPicture): void {
  const { values, rows, columns } = picture;
  const cell = Math.max(1, Math.floor(SAVED_SIZE / Math.max(rows, columns)));
  const [cells, image] = [make("canvas"), make("canvas")];
  paint(cells, colorsOf(values, picture), columns);
  image.width = columns * cell;
  image.height = rows * cell;
  const context = image.getContext("2d")!;
  context.imageSmoothingEnabled = false;
  context.drawImage(cells, 0, 0, image.width, image.height);
  image.toBlob((blob) => blob && download(`${picture.fileStem}.png`, "image/png", blob));
}

async function saveDrawing(picture: MatrixPicture): Promise<void> {
  const { mapSvg } = await import("../exports/figure-files.ts");
  download(`${picture.fileStem}.svg`, "image/svg+xml", mapSvg(picture));
}
