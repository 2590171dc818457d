import type uPlot from "uplot";
import { LOOKS } from "../compare/looks.ts";
import { wholeNumber } from "../format.ts";
import { themeColor } from "./dom.ts";
import { drawMarker, MARKER_SIZE, MARKER_SPACING } from "./markers.ts";
import { drawable, StepPlot, wholeDecades } from "./step-plot.ts";

/** A figure of a run at a step, and how far it can be off where that is known. */
export interface LinePoint {
  readonly step: number;
  readonly value: number;
  readonly error?: number;
}

/** A run in a chart, as the look of its place is. */
export interface RunLine {
  /** One of {@link LOOKS}. */
  readonly place: number;
  readonly label: string;
  /** By ascending steps. */
  readonly points: readonly LinePoint[];
}

export interface RunLinesOptions {
  /** The axis of the figure: logarithmic, or from 0 to 1, and beyond where a figure is. */
  readonly scale: "log" | "unit";
  /** Told at which step the cursor is, and whether the keyboard put it there. */
  onCursor(this: void, step: number | undefined, isByKeyboard: boolean): void;
}

/** The last recorded point up to a step, unless the run ended before; the last of all where no step is given. */
export function pointAt({ points }: Pick<RunLine, "points">, step: number | undefined): LinePoint | undefined {
  const last = points.at(-1);
  if (step === undefined || last === undefined) return last;
  return step > last.step ? undefined : points.findLast((point) => point.step <= step);
}

/** One figure of several runs against their steps, whose axis is logarithmic. The arrow keys move the cursor. */
export class RunLines {
  readonly #options: RunLinesOptions;
  readonly #plot: StepPlot;
  #lines: readonly RunLine[] = [];
  #steps: readonly number[] = [];

  /** Appends itself to the figure. */
  constructor(figure: HTMLElement, options: RunLinesOptions) {
    this.#options = options;
    const isLog = options.scale === "log";
    this.#plot = new StepPlot({
      group: "runs",
      y: isLog
        ? { isLog, range: wholeDecades }
        : { isLog, labels: [0, 0.25, 0.5, 0.75, 1], range: (_, most) => [0, Math.max(1, 1.02 * (most ?? 0))] },
      series: LOOKS.map(({ color, dash, width }) => ({
        stroke: (plot) => themeColor(color, plot.root),
        ...{ width, dash: [...dash], spanGaps: false, points: { show: false } },
      })),
      drawOver: (plot, place) => this.#drawPoints(plot, place),
      onCursor: (index, isByKeyboard) =>
        options.onCursor(index === undefined ? undefined : this.#steps[index], isByKeyboard),
    });
    figure.append(this.#plot.root);
  }

  /** @param label what the chart shows, for who does not see it */
  draw(label: string, lines: readonly RunLine[]): void {
    this.#plot.root.setAttribute("aria-label", `${label}; the arrow keys read it out`);
    this.#lines = lines.map((line) => ({ ...line, points: line.points.filter(({ step }) => step > 0) }));
    this.#steps = [...new Set(this.#lines.flatMap(({ points }) => points.map(({ step }) => step)))].sort(
      (a, b) => a - b,
    );
    const values = LOOKS.map((_, place) => this.#values(place));
    this.#plot.draw(this.#steps, values, this.#steps.at(-1) ?? 0);
  }

  /** Undefined where a run has no point, so that its line goes on; null where its figure has no place on the axis. */
  #values(place: number): (number | null | undefined)[] {
    const points = this.#lines.find((line) => line.place === place)?.points ?? [];
    const values = new Map(points.map(({ step, value }) => [step, value]));
    const drawn = this.#options.scale === "log" ? drawable : (value: number) => (Number.isFinite(value) ? value : null);
    return this.#steps.map((step) => (values.has(step) ? drawn(values.get(step)!) : undefined));
  }

  /** Markers along a line, and how far each of its points can be off. */
  #drawPoints(plot: uPlot, place: number): void {
    const line = this.#lines.find((each) => each.place === place);
    const { color, marker } = LOOKS[place]!;
    if (!line) return;
    const { ctx: context, bbox } = plot;
    const spacing = MARKER_SPACING * devicePixelRatio;
    // Lines that lie upon each other get their markers at different places.
    let next = bbox.left + (spacing * place) / LOOKS.length;
    context.save();
    context.beginPath();
    context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    context.clip();
    context.fillStyle = context.strokeStyle = themeColor(color, plot.root);
    context.lineWidth = devicePixelRatio;
    for (const { step, value, error = 0 } of line.points) {
      const at = this.#options.scale === "log" ? drawable(value) : value;
      if (at === null || !Number.isFinite(at)) continue;
      const [x, y] = [plot.valToPos(step, "x", true), plot.valToPos(at, "y", true)];
      if (error > 0) {
        context.beginPath();
        context.moveTo(x, plot.valToPos(value - error, "y", true));
        context.lineTo(x, plot.valToPos(value + error, "y", true));
        context.stroke();
      }
      if (!marker || x < next) continue;
      next = x + spacing;
      drawMarker(context, marker, x, y, MARKER_SIZE * devicePixelRatio);
    }
    context.restore();
  }
}

/** Where the cursor is, in words. */
export const stepWords = (step: number): string => `step ${wholeNumber(step)}`;
