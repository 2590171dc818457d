import type uPlot from "uplot";
import type { Chart, Line, PredictedLine } from "../charts.ts";
import { fourDigits, wholeNumber } from "../format.ts";
import type { KnownLimits } from "../limits.ts";
import type { RunPoint } from "../models/point.ts";
import type { RunView } from "../run-view.ts";
import { announce } from "./announcer.ts";
import { make, setText, themeColor } from "./dom.ts";
import { drawMarker, MARKER_SIZE, MARKER_SPACING, swatch, type LineLook } from "./markers.ts";
import { drawable, LEAST_DRAWN, StepPlot, wholeDecades } from "./step-plot.ts";

interface LegendRow {
  readonly root: HTMLElement;
  /** Pressed while its line is drawn. */
  readonly button: HTMLButtonElement;
  readonly value: HTMLElement;
  readonly note: HTMLElement;
}

/** Of the lines of theory: their dots, and how many points they are drawn through. */
const DOTS = [0.1, 5];
const PREDICTED_POINTS = 96;

/** Figures of a run against its steps, the steps on a logarithmic axis, the values on one too unless they are sizes. The arrow keys move the cursor. */
export class LogChart {
  readonly #content: Chart;
  readonly #at = make("span", { class: "legend-at" });
  readonly #legend = make("ul", { class: "legend" });
  readonly #absent = make("p", { class: "absent", hidden: "" });
  readonly #rows: readonly LegendRow[];
  /** Of the lines that theory can give, by the number of the line they belong to. */
  readonly #predictedRows = new Map<number, LegendRow>();
  readonly #plot: StepPlot;
  #points: readonly RunPoint[] = [];
  #limits: KnownLimits = {};
  #predicted: readonly (PredictedLine | undefined)[] = [];
  #cursor: number | undefined;
  #view: RunView | undefined;

  /** @param group the cursors of all charts of a group move together */
  constructor(figure: HTMLElement, content: Chart, group: string) {
    this.#content = content;
    const { title, lines } = content;
    const redraw = (): void => {
      if (this.#view) this.draw(this.#view);
    };
    this.#rows = lines.map((line) =>
      legendRow(this.#legend, { ...line, label: line.short ?? line.label }, line.label, redraw),
    );
    lines.forEach((line, i) => {
      if (!line.predicted) return;
      const row = legendRow(this.#legend, predictedLook(line), `predicted ${line.label}`, redraw);
      this.#predictedRows.set(i, row);
    });
    this.#plot = new StepPlot({
      group,
      y: {
        isLog: !content.isLinear,
        range: (least, most) =>
          content.isLinear ? [0, most ?? 1] : wholeDecades(...this.#withPredictions(least, most)),
      },
      series: lines.map(({ color, dash, marker }) => ({
        stroke: (plot) => themeColor(color, plot.root),
        width: marker ? 2 : 1,
        dash: [...dash],
        points: { show: false },
      })),
      drawBelow: (plot) => this.#drawPredictions(plot),
      drawOver: (plot, place) => this.#drawMarkers(plot, place),
      onCursor: (index, isByKeyboard) => {
        this.#cursor = index;
        this.#renderLegend();
        if (isByKeyboard) announce(this.#summary());
      },
    });
    figure.append(
      make("figcaption", {}, make("span", { class: "chart-title" }, title), this.#legend),
      this.#plot.root,
      this.#absent,
    );
    this.#plot.root.append(this.#at);
    this.#renderLegend();
  }

  /** Draws the points that were recorded; the step axis reaches to the last step from the start. */
  draw(view: RunView): void {
    const { trace, settings, limits } = view;
    this.#view = view;
    this.#limits = limits ?? {};
    this.#predicted = this.#content.lines.map((line) => line.predicted?.(view));
    const absent = this.#content.absent?.(this.#limits);
    for (const element of [this.#at, this.#legend, this.#plot.root]) element.hidden = absent !== undefined;
    this.#absent.hidden = absent === undefined;
    setText(this.#absent, absent ?? "");
    // Step 0 has no place on a logarithmic axis.
    this.#points = trace.filter(({ step }) => step > 0);
    const steps = this.#points.map(({ step }) => step);
    const values = this.#content.lines.map((line, i) =>
      this.#points.map((point) => (isDrawn(this.#rows[i]!) ? drawable(this.#value(line, point)) : null)),
    );
    this.#plot.draw(steps, values, Math.max(settings.steps, steps.at(-1) ?? 0));
    this.#renderLegend();
  }

  #value(line: Line, point: RunPoint): number {
    return line.value(point, this.#limits);
  }

  /** Values of a line of theory at steps evenly spaced in the logarithm, where it has a place on the axis. */
  #pointsOf({ at }: PredictedLine, from = 1): (readonly [step: number, value: number])[] {
    const steps = Array.from({ length: PREDICTED_POINTS + 1 }, (_, i) => this.#plot.lastStep ** (i / PREDICTED_POINTS));
    return steps.map((step) => [step, at(step)] as const).filter(([step, y]) => step >= from && drawable(y) !== null);
  }

  get #predictedDrawn(): readonly (PredictedLine | undefined)[] {
    return this.#predicted.map((line, i) => {
      const row = this.#predictedRows.get(i);
      return row && isDrawn(row) ? line : undefined;
    });
  }

  /** Makes room for the lines of theory where they are expected to hold, or nearly. */
  #withPredictions(least: number | null, most: number | null): [number | null, number | null] {
    const values = this.#predictedDrawn.flatMap((line) =>
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
    this.#predictedDrawn.forEach((line, i) => {
      if (!line) return;
      context.strokeStyle = themeColor(this.#content.lines[i]!.color, plot.root);
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

  #drawMarkers(plot: uPlot, place: number): void {
    const { lines } = this.#content;
    const { color, marker } = lines[place]!;
    if (!marker) return;
    const spacing = MARKER_SPACING * devicePixelRatio;
    const steps = plot.data[0];
    const values = plot.data[place + 1]!;
    // Lines that lie upon each other get their markers at different places.
    let next = plot.bbox.left + (spacing * place) / lines.length;
    plot.ctx.save();
    plot.ctx.fillStyle = themeColor(color, plot.root);
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
    setText(this.#at, point && this.#cursor !== undefined ? `at step ${wholeNumber(point.step)}` : "");
    const { lines, title } = this.#content;
    lines.forEach((line, i) => {
      const { value, note } = this.#rows[i]!;
      setText(value, figureOf(point ? this.#value(line, point) : NaN));
      const missing = this.#points.filter((each) => this.#value(line, each) <= LEAST_DRAWN).length;
      setText(note, missing ? `(${missing} of ${this.#points.length} points are 0 or below: not on a log axis)` : "");
    });
    for (const [i, { root, value, note }] of this.#predictedRows) {
      root.hidden = !this.#predicted[i];
      setText(value, figureOf(this.#predicted[i]?.at(point?.step ?? this.#plot.lastStep) ?? NaN));
      const said = predictionNote(this.#predicted[i], this.#plot.lastStep);
      setText(note, said);
      root.title = `predicted ${said}`.trim();
    }
    this.#plot.root.setAttribute(
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

  /** Lets go of all that the page would keep of it. */
  destroy(): void {
    this.#plot.destroy();
  }

  /** Moves the cursor to a step, or away. */
  pointAt(step: number | undefined): void {
    this.#plot.pointAt(step);
  }
}

const figureOf = (value: number): string => (Number.isNaN(value) ? "–" : fourDigits(value));

/** @param name of its line, which its button takes away and back */
function legendRow(
  legend: HTMLElement,
  { label, ...look }: Omit<LineLook, "width"> & { label: string },
  name: string,
  onSwitch: () => void,
): LegendRow {
  const width = look.isDotted ? 2.5 : look.marker ? 2 : 1;
  const value = make("span", { class: "legend-value" });
  const note = make("span", { class: "legend-note" });
  const button = make(
    "button",
    { type: "button", "aria-pressed": "true", "aria-label": name },
    swatch({ ...look, width }),
    make("span", {}, label),
  );
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!isDrawn({ button })));
    onSwitch();
  });
  const root = make("li", {}, button, value, note);
  legend.append(root);
  return { root, button, value, note };
}

const isDrawn = ({ button }: Pick<LegendRow, "button">): boolean => button.getAttribute("aria-pressed") === "true";

/** How a line of theory stands in the legend: in the colour of what it predicts. */
const predictedLook = ({ color }: Line): Omit<LineLook, "width"> & { label: string } => ({
  ...{ label: "predicted", color, dash: DOTS, isDotted: true },
});

function predictionNote(line: PredictedLine | undefined, lastStep: number): string {
  if (!line || line.holdsFrom <= 1) return "";
  if (!Number.isFinite(line.holdsFrom)) return "(not expected to hold yet)";
  const from = wholeNumber(Math.ceil(line.holdsFrom));
  return line.holdsFrom > lastStep ? `(from step ${from}, after the last)` : `(from step ${from})`;
}
