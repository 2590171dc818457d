import uPlot from "uplot";
import type { Chart, Line, Marker, PredictedLine } from "../charts.ts";
import { fourDigits, tickLabel, wholeNumber } from "../format.ts";
import type { KnownLimits } from "../limits.ts";
import type { RunPoint } from "../models/point.ts";
import type { RunView } from "../run.ts";
import { announce } from "./announcer.ts";
import { make, onThemeChange, setText, themeColor } from "./dom.ts";

interface LegendRow {
  readonly root: HTMLElement;
  readonly value: HTMLElement;
  readonly note: HTMLElement;
}

/** Pixels between markers on a line, and between labels on an axis. */
export const MARKER_SPACING = 56;
const LABEL_SPACING = { x: 44, y: 26 };
export const MARKER_SIZE = 3.5;
/** Of the lines of theory: their dots, and how many points they are drawn through. */
const DOTS = [0.1, 5];
const PREDICTED_POINTS = 96;
const SVG = "http://www.w3.org/2000/svg";

/** Figures of a run against its steps, the steps on a logarithmic axis, the values on one too unless they are sizes. The arrow keys move the cursor. */
export class LogChart {
  readonly #content: Chart;
  readonly #plotRoot = make("div", {
    class: "plot",
    role: "application",
    "aria-roledescription": "chart",
    tabindex: "0",
  });
  readonly #at = make("span", { class: "legend-at" });
  readonly #legend = make("ul", { class: "legend" });
  readonly #absent = make("p", { class: "absent", hidden: "" });
  readonly #rows: readonly LegendRow[];
  /** Of the lines that theory can give, by the number of the line they belong to. */
  readonly #predictedRows = new Map<number, LegendRow>();
  readonly #plot: uPlot;
  #points: readonly RunPoint[] = [];
  #limits: KnownLimits = {};
  #predicted: readonly (PredictedLine | undefined)[] = [];
  #lastStep = 10;
  #cursor: number | undefined;

  constructor(figure: HTMLElement, content: Chart) {
    this.#content = content;
    const { title, lines } = content;
    this.#rows = lines.map((line) => legendRow(this.#legend, line));
    lines.forEach((line, i) => {
      if (line.predicted) this.#predictedRows.set(i, legendRow(this.#legend, predictedLine(line)));
    });
    figure.append(
      make("figcaption", {}, make("span", { class: "chart-title" }, title), this.#at),
      this.#legend,
      this.#plotRoot,
      this.#absent,
    );
    this.#plot = new uPlot(this.#options(), [[], ...lines.map(() => [])], this.#plotRoot);
    new ResizeObserver(() => this.#fit()).observe(this.#plotRoot);
    this.#plotRoot.addEventListener("keydown", (event) => this.#moveCursor(event));
    this.#plotRoot.addEventListener("blur", () => this.#plot.setCursor({ left: -10, top: -10 }));
    onThemeChange(() => this.#plot.redraw(false));
    this.#renderLegend();
  }

  /** Draws the points that were recorded; the step axis reaches to the last step from the start. */
  draw(view: RunView): void {
    const { trace, settings, limits } = view;
    this.#limits = limits ?? {};
    this.#predicted = this.#content.lines.map((line) => line.predicted?.(view));
    const absent = this.#content.absent?.(this.#limits);
    for (const element of [this.#at, this.#legend, this.#plotRoot]) element.hidden = absent !== undefined;
    this.#absent.hidden = absent === undefined;
    setText(this.#absent, absent ?? "");
    // Step 0 has no place on a logarithmic axis.
    this.#points = trace.filter(({ step }) => step > 0);
    this.#lastStep = Math.max(10, settings.steps, this.#points.at(-1)?.step ?? 0);
    const steps = this.#points.map(({ step }) => step);
    const values = this.#content.lines.map((line) => this.#points.map((point) => drawable(this.#value(line, point))));
    this.#plot.setData([steps, ...values]);
    this.#renderLegend();
  }

  #value(line: Line, point: RunPoint): number {
    return line.value(point, this.#limits);
  }

  #options(): uPlot.Options {
    const axis = (scale: "x" | "y"): uPlot.Axis => ({
      scale,
      stroke: () => themeColor("--ink-2"),
      grid: { stroke: () => themeColor("--grid"), width: 1 },
      ticks: { show: false },
      font: `11px ${themeColor("--sans")}`,
      ...(!(scale === "y" && this.#content.isLinear) && {
        splits: (plot, _, least, most) => axisValues(least, most, labelCount(plot, scale)),
        filter: (_, splits) => splits,
        values: (_, splits) => splits.map(tickLabel),
      }),
      ...(scale === "y" ? { size: 46, space: LABEL_SPACING.y } : { size: 24 }),
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
        y: this.#content.isLinear
          ? { range: (_, __, most) => [0, most ?? 1] }
          : { distr: 3, range: (_, least, most) => wholeDecades(...this.#withPredictions(least, most)) },
      },
      axes: [axis("x"), axis("y")],
      series: [
        {},
        ...this.#content.lines.map(({ color, dash, marker }): uPlot.Series => ({
          stroke: () => themeColor(color),
          width: marker ? 2 : 1,
          dash: [...dash],
          points: { show: false },
        })),
      ],
      hooks: {
        drawSeries: [(plot, series) => this.#drawMarkers(plot, series)],
        drawAxes: [(plot) => this.#drawPredictions(plot)],
        setCursor: [
          (plot) => {
            this.#cursor = plot.cursor.idx ?? undefined;
            this.#renderLegend();
          },
        ],
      },
    };
  }

  /** Values of a line of theory at steps evenly spaced in the logarithm, where it has a place on the axis. */
  #pointsOf({ at }: PredictedLine, from = 1): (readonly [step: number, value: number])[] {
    const steps = Array.from({ length: PREDICTED_POINTS + 1 }, (_, i) => this.#lastStep ** (i / PREDICTED_POINTS));
    return steps.map((step) => [step, at(step)] as const).filter(([step, y]) => step >= from && drawable(y) !== null);
  }

  /** Makes room for the lines of theory where they are expected to hold, or nearly. */
  #withPredictions(least: number | null, most: number | null): [number | null, number | null] {
    const values = this.#predicted.flatMap((line) =>
      line ? this.#pointsOf(line, line.holdsFrom / 10).map(([, value]) => value) : [],
    );
    if (values.length === 0) return [least, most];
    return [Math.min(least ?? Infinity, ...values), Math.max(most ?? 0, ...values)];
  }

  /** Below the measured ones, and faint where they are not yet expected to hold. */
  #drawPredictions(plot: uPlot): void {
    const { ctx: context, bbox } = plot;
    context.save();
    context.beginPath();
    context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    context.clip();
    context.lineWidth = 2.5 * devicePixelRatio;
    context.lineCap = "round";
    context.setLineDash(DOTS.map((length) => length * devicePixelRatio));
    this.#predicted.forEach((line, i) => {
      if (!line) return;
      context.strokeStyle = themeColor(this.#content.lines[i]!.color);
      const points = this.#pointsOf(line).map(
        ([step, value]) => [step, plot.valToPos(step, "x", true), plot.valToPos(value, "y", true)] as const,
      );
      for (const isHeld of [false, true]) {
        context.globalAlpha = isHeld ? 1 : 0.6;
        context.beginPath();
        for (const [step, x, y] of points) if (step >= line.holdsFrom === isHeld) context.lineTo(x, y);
        context.stroke();
      }
    });
    context.restore();
  }

  #drawMarkers(plot: uPlot, series: number): void {
    const { lines } = this.#content;
    const { color, marker } = lines[series - 1]!;
    if (!marker) return;
    const spacing = MARKER_SPACING * devicePixelRatio;
    const steps = plot.data[0];
    const values = plot.data[series]!;
    // Lines that lie upon each other get their markers at different places.
    let next = plot.bbox.left + (spacing * (series - 1)) / lines.length;
    plot.ctx.save();
    plot.ctx.fillStyle = themeColor(color);
    steps.forEach((step, i) => {
      const value = values[i];
      const x = plot.valToPos(step, "x", true);
      if (value == null || x < next) return;
      next = x + spacing;
      drawMarker(plot.ctx, marker, x, plot.valToPos(value, "y", true), MARKER_SIZE * devicePixelRatio);
    });
    plot.ctx.restore();
  }

  #renderLegend(): void {
    const point = this.#pointShown;
    setText(this.#at, point ? `at step ${wholeNumber(point.step)}` : "");
    const { lines, title } = this.#content;
    lines.forEach((line, i) => {
      const { value, note } = this.#rows[i]!;
      setText(value, figureOf(point ? this.#value(line, point) : NaN));
      const missing = this.#points.filter((each) => this.#value(line, each) <= LEAST_DRAWN).length;
      setText(note, missing ? `(${missing} of ${this.#points.length} points are 0 or below: not on a log axis)` : "");
    });
    for (const [i, { root, value, note }] of this.#predictedRows) {
      root.hidden = !this.#predicted[i];
      setText(value, figureOf(this.#predicted[i]?.at(point?.step ?? this.#lastStep) ?? NaN));
      const said = predictionNote(this.#predicted[i], this.#lastStep);
      setText(note, said);
      root.title = `predicted ${said}`.trim();
    }
    this.#plotRoot.setAttribute(
      "aria-label",
      `${title}, ${this.#content.isLinear ? "steps on a logarithmic axis" : "both axes logarithmic"}. ${this.#summary()}`,
    );
  }

  /** The point under the cursor, or the last one, in words. */
  #summary(): string {
    const point = this.#pointShown;
    if (!point) return "No points yet.";
    const figures = this.#content.lines.map((line, i) => {
      const predicted = this.#predicted[i]?.at(point.step);
      return `${line.label} ${figureOf(this.#value(line, point))}${predicted === undefined ? "" : ` (predicted ${figureOf(predicted)})`}`;
    });
    return `At step ${wholeNumber(point.step)}: ${figures.join(", ")}.`;
  }

  get #pointShown(): RunPoint | undefined {
    return (this.#cursor !== undefined && this.#points[this.#cursor]) || this.#points.at(-1);
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
    announce(this.#summary());
  }

  /** Moves the cursor to a step, or away. */
  pointAt(step: number | undefined): void {
    const left = step === undefined ? -10 : this.#plot.valToPos(step, "x");
    this.#plot.setCursor({ left, top: step === undefined ? -10 : 10 });
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#plotRoot;
    if (width > 0 && height > 0) this.#plot.setSize({ width, height });
  }
}

const figureOf = (value: number): string => (Number.isNaN(value) ? "–" : fourDigits(value));

const LEAST_DRAWN = 1e-300;

/** What a logarithmic axis has a place for. */
export function drawable(value: number): number | null {
  return value > LEAST_DRAWN && value < Infinity ? value : null;
}

export function wholeDecades(least: number | null, most: number | null): [number, number] {
  if (least == null || most == null) return [0.1, 10];
  const low = Math.floor(Math.log10(least));
  return [10 ** low, 10 ** Math.max(low + 1, Math.ceil(Math.log10(most)))];
}

/** Powers of ten from `least` to `most`, thinned so that at most `count` are left; in one decade, 2 and 5 as well. */
export function axisValues(least: number, most: number, count: number): number[] {
  const low = Math.ceil(Math.log10(least) - 1e-9);
  const high = Math.floor(Math.log10(most) + 1e-9);
  const stride = Math.max(1, Math.ceil((high - low + 1) / Math.max(count, 2)));
  if (high - low <= 1 && count >= 4) return [1, 2, 5, 10].map((factor) => Number(`${factor}e${low}`));
  const powers: number[] = [];
  for (let power = Math.ceil(low / stride) * stride; power <= high; power += stride) powers.push(Number(`1e${power}`));
  return powers;
}

export function labelCount(plot: uPlot, scale: "x" | "y"): number {
  const pixels = scale === "x" ? plot.bbox.width : plot.bbox.height;
  return Math.floor(pixels / devicePixelRatio / LABEL_SPACING[scale]);
}

export function drawMarker(
  context: CanvasRenderingContext2D,
  marker: Marker,
  x: number,
  y: number,
  size: number,
): void {
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

export const MARKER_SHAPES: Record<Marker, string> = {
  circle: "M14 4.5a3.5 3.5 0 1 0 .01 0z",
  square: "M10.5 4.5h7v7h-7z",
  triangle: "M14 3.5l4.2 7.5h-8.4z",
  diamond: "M14 3l5 5-5 5-5-5z",
};

function legendRow(legend: HTMLElement, line: Line): LegendRow {
  const swatch = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({
    viewBox: "0 0 28 16",
    width: "28",
    height: "16",
    "aria-hidden": "true",
  }))
    swatch.setAttribute(name, value);
  swatch.style.color = `var(${line.color})`;
  const stroke = document.createElementNS(SVG, "path");
  stroke.setAttribute("d", "M0 8h28");
  stroke.setAttribute("stroke", "currentColor");
  stroke.setAttribute("stroke-width", line.marker ? "2" : line.dash === DOTS ? "2.5" : "1");
  if (line.dash.length) stroke.setAttribute("stroke-dasharray", line.dash.join(" "));
  if (line.dash === DOTS) stroke.setAttribute("stroke-linecap", "round");
  swatch.append(stroke);
  if (line.marker) {
    const marker = document.createElementNS(SVG, "path");
    marker.setAttribute("d", MARKER_SHAPES[line.marker]);
    marker.setAttribute("fill", "currentColor");
    swatch.append(marker);
  }
  const value = make("span", { class: "legend-value" });
  const note = make("span", { class: "legend-note" });
  const root = make("li", {}, swatch, make("span", {}, line.label), value, note);
  legend.append(root);
  return { root, value, note };
}

/** How a line of theory stands in the legend. */
/** Of the same colour as what it predicts. */
const predictedLine = ({ color, value }: Line): Line => ({
  label: "predicted",
  color,
  dash: DOTS,
  value,
});

function predictionNote(line: PredictedLine | undefined, lastStep: number): string {
  if (!line || line.holdsFrom <= 1) return "";
  if (!Number.isFinite(line.holdsFrom)) return "(not expected to hold yet)";
  const from = wholeNumber(Math.ceil(line.holdsFrom));
  return line.holdsFrom > lastStep ? `(from step ${from}, after the last)` : `(from step ${from})`;
}
