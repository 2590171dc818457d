import uPlot from "uplot";
import type { TracePoint } from "../../src/index.ts";
import { shortFigure, tickLabel, wholeNumber } from "../format.ts";
import { make, onThemeChange, setText, themeColor } from "./dom.ts";

/** A line of a chart, told from the others by colour, dashes and markers. */
export interface Line {
  readonly label: string;
  /** A colour of the style sheet. */
  readonly color: string;
  readonly dash: readonly number[];
  readonly marker: Marker;
  readonly value: (point: TracePoint) => number;
}

type Marker = "circle" | "square" | "triangle" | "diamond";

interface LegendRow {
  readonly value: HTMLElement;
  readonly note: HTMLElement;
}

/** Pixels between markers on a line, and between labels on an axis. */
const MARKER_SPACING = 56;
const LABEL_SPACING = { x: 44, y: 26 };
const MARKER_SIZE = 3.5;
const SVG = "http://www.w3.org/2000/svg";

/** Figures of a run against its steps, both axes logarithmic. The arrow keys move the cursor. */
export class LogChart {
  readonly #title: string;
  readonly #lines: readonly Line[];
  readonly #plotRoot = make("div", { class: "plot", role: "img", tabindex: "0" });
  readonly #at = make("span", { class: "legend-at" });
  readonly #rows: readonly LegendRow[];
  readonly #plot: uPlot;
  #points: readonly TracePoint[] = [];
  #lastStep = 10;
  #cursor: number | undefined;

  constructor(figure: HTMLElement, title: string, lines: readonly Line[]) {
    this.#title = title;
    this.#lines = lines;
    const legend = make("ul", { class: "legend" });
    this.#rows = lines.map((line) => legendRow(legend, line));
    figure.append(
      make("figcaption", {}, make("span", { class: "chart-title" }, title), this.#at),
      legend,
      this.#plotRoot,
    );
    this.#plot = new uPlot(this.#options(), [[], ...lines.map(() => [])], this.#plotRoot);
    new ResizeObserver(() => this.#fit()).observe(this.#plotRoot);
    this.#plotRoot.addEventListener("keydown", (event) => this.#moveCursor(event));
    this.#plotRoot.addEventListener("blur", () => this.#plot.setCursor({ left: -10, top: -10 }));
    onThemeChange(() => this.#plot.redraw(false));
    this.#renderLegend();
  }

  /** Draws the points that were recorded; the step axis reaches to `lastStep` from the start. */
  draw(trace: readonly TracePoint[], lastStep: number): void {
    // Step 0 has no place on a logarithmic axis.
    this.#points = trace.filter(({ step }) => step > 0);
    this.#lastStep = Math.max(10, lastStep, this.#points.at(-1)?.step ?? 0);
    const steps = this.#points.map(({ step }) => step);
    const values = this.#lines.map(({ value }) => this.#points.map((point) => drawable(value(point))));
    this.#plot.setData([steps, ...values]);
    this.#renderLegend();
  }

  #options(): uPlot.Options {
    const axis = (scale: "x" | "y"): uPlot.Axis => ({
      scale,
      stroke: () => themeColor("--ink-2"),
      grid: { stroke: () => themeColor("--grid"), width: 1 },
      ticks: { show: false },
      font: `12px ${themeColor("--sans")}`,
      splits: (plot, _, least, most) => axisValues(least, most, labelCount(plot, scale)),
      filter: (_, splits) => splits,
      values: (_, splits) => splits.map(tickLabel),
      ...(scale === "y" ? { size: 48 } : { size: 32 }),
    });
    return {
      width: 320,
      height: 240,
      legend: { show: false },
      cursor: {
        drag: { x: false, y: false, setScale: false },
        sync: { key: "steps", scales: ["x", null] },
        points: { size: 7 },
        y: false,
      },
      scales: {
        x: { time: false, distr: 3, range: () => [1, this.#lastStep] },
        y: { distr: 3, range: (_, least, most) => wholeDecades(least, most) },
      },
      axes: [axis("x"), axis("y")],
      series: [
        {},
        ...this.#lines.map(({ color, dash }): uPlot.Series => ({
          stroke: () => themeColor(color),
          width: 2,
          dash: [...dash],
          points: { show: false },
        })),
      ],
      hooks: {
        drawSeries: [(plot, series) => this.#drawMarkers(plot, series)],
        setCursor: [
          (plot) => {
            this.#cursor = plot.cursor.idx ?? undefined;
            this.#renderLegend();
          },
        ],
      },
    };
  }

  #drawMarkers(plot: uPlot, series: number): void {
    const line = this.#lines[series - 1]!;
    const spacing = MARKER_SPACING * devicePixelRatio;
    const steps = plot.data[0];
    const values = plot.data[series]!;
    // Lines that lie upon each other get their markers at different places.
    let next = plot.bbox.left + (spacing * (series - 1)) / this.#lines.length;
    plot.ctx.save();
    plot.ctx.fillStyle = themeColor(line.color);
    steps.forEach((step, i) => {
      const value = values[i];
      const x = plot.valToPos(step, "x", true);
      if (value == null || x < next) return;
      next = x + spacing;
      drawMarker(plot.ctx, line.marker, x, plot.valToPos(value, "y", true), MARKER_SIZE * devicePixelRatio);
    });
    plot.ctx.restore();
  }

  #renderLegend(): void {
    const point = (this.#cursor !== undefined && this.#points[this.#cursor]) || this.#points.at(-1);
    setText(this.#at, point ? `at step ${wholeNumber(point.step)}` : "");
    this.#lines.forEach(({ value }, i) => {
      const { value: cell, note } = this.#rows[i]!;
      setText(cell, point ? shortFigure(value(point)) : "–");
      const missing = this.#points.filter((each) => drawable(value(each)) === null).length;
      setText(note, missing ? `(${missing} of ${this.#points.length} points are 0: not on a log axis)` : "");
    });
    const figures = point && this.#lines.map(({ label, value }) => `${label} ${shortFigure(value(point))}`).join(", ");
    const summary = point ? `At step ${wholeNumber(point.step)}: ${figures}.` : "No points yet.";
    this.#plotRoot.setAttribute("aria-label", `${this.#title}, both axes logarithmic. ${summary}`);
  }

  #moveCursor(event: KeyboardEvent): void {
    const last = this.#points.length - 1;
    const at = this.#cursor ?? last;
    const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last, Escape: -1 }[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    const point = event.key === "Escape" ? undefined : this.#points[Math.min(Math.max(target, 0), last)]!;
    const left = point ? this.#plot.valToPos(point.step, "x") : -10;
    this.#plot.setCursor({ left, top: point ? 10 : -10 });
  }

  #fit(): void {
    const width = this.#plotRoot.clientWidth;
    if (width > 0) this.#plot.setSize({ width, height: Math.round(Math.min(320, Math.max(220, 0.62 * width))) });
  }
}

/** What a logarithmic axis has a place for. */
function drawable(value: number): number | null {
  return value > 1e-300 && value < Infinity ? value : null;
}

function wholeDecades(least: number | null, most: number | null): [number, number] {
  if (least == null || most == null) return [0.1, 10];
  const low = Math.floor(Math.log10(least));
  return [10 ** low, 10 ** Math.max(low + 1, Math.ceil(Math.log10(most)))];
}

/** Powers of ten from `least` to `most`, thinned so that at most `count` are left; in one decade, 2 and 5 as well. */
function axisValues(least: number, most: number, count: number): number[] {
  const low = Math.ceil(Math.log10(least) - 1e-9);
  const high = Math.floor(Math.log10(most) + 1e-9);
  const stride = Math.max(1, Math.ceil((high - low + 1) / Math.max(count, 2)));
  if (high - low <= 1 && count >= 4) return [1, 2, 5, 10].map((factor) => Number(`${factor}e${low}`));
  const powers: number[] = [];
  for (let power = Math.ceil(low / stride) * stride; power <= high; power += stride) powers.push(Number(`1e${power}`));
  return powers;
}

function labelCount(plot: uPlot, scale: "x" | "y"): number {
  const pixels = scale === "x" ? plot.bbox.width : plot.bbox.height;
  return Math.floor(pixels / devicePixelRatio / LABEL_SPACING[scale]);
}

function drawMarker(context: CanvasRenderingContext2D, marker: Marker, x: number, y: number, size: number): void {
  context.beginPath();
  if (marker === "circle") context.arc(x, y, size, 0, 2 * Math.PI);
  else if (marker === "square") context.rect(x - size, y - size, 2 * size, 2 * size);
  else {
    const corners = marker === "diamond" ? [-90, 0, 90, 180] : [-90, 30, 150];
    for (const degrees of corners) {
      const angle = (degrees * Math.PI) / 180;
      context.lineTo(x + 1.35 * size * Math.cos(angle), y + 1.35 * size * Math.sin(angle));
    }
    context.closePath();
  }
  context.fill();
}

const MARKER_SHAPES: Record<Marker, string> = {
  circle: "M18 8.5a3.5 3.5 0 1 0 .01 0z",
  square: "M14.5 8.5h7v7h-7z",
  triangle: "M18 7.5l4.2 7.5h-8.4z",
  diamond: "M18 7l5 5-5 5-5-5z",
};

function legendRow(legend: HTMLElement, line: Line): LegendRow {
  const swatch = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    viewBox: "0 0 36 24",
    width: "36",
    height: "24",
    "aria-hidden": "true",
  }))
    swatch.setAttribute(name, value);
  swatch.style.color = `var(${line.color})`;
  const stroke = document.createElementNS(SVG, "path");
  stroke.setAttribute("d", "M0 12h36");
  stroke.setAttribute("stroke", "currentColor");
  stroke.setAttribute("stroke-width", "2");
  if (line.dash.length) stroke.setAttribute("stroke-dasharray", line.dash.join(" "));
  const marker = document.createElementNS(SVG, "path");
  marker.setAttribute("d", MARKER_SHAPES[line.marker]);
  marker.setAttribute("fill", "currentColor");
  swatch.append(stroke, marker);
  const value = make("span", { class: "legend-value" });
  const note = make("span", { class: "legend-note" });
  legend.append(make("li", {}, swatch, make("span", {}, line.label), value, note));
  return { value, note };
}
