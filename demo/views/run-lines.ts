import uPlot from "uplot";
import { LOOKS } from "../compare/looks.ts";
import { tickLabel, wholeNumber } from "../format.ts";
import { make, onThemeChange, themeColor } from "./dom.ts";
import {
  axisValues,
  drawable,
  drawMarker,
  labelCount,
  MARKER_SIZE,
  MARKER_SPACING,
  wholeDecades,
} from "./log-chart.ts";

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
  readonly #root = make("div", { class: "plot", role: "application", tabindex: "0" });
  readonly #options: RunLinesOptions;
  readonly #plot: uPlot;
  #lines: readonly RunLine[] = [];
  #steps: readonly number[] = [];
  #lastStep = 10;
  #cursor: number | undefined;
  #isByKeyboard = false;

  /** Appends itself to the figure. */
  constructor(figure: HTMLElement, options: RunLinesOptions) {
    this.#options = options;
    figure.append(this.#root);
    this.#root.setAttribute("aria-roledescription", "chart");
    this.#plot = new uPlot(this.#plotOptions(), [[], ...LOOKS.map(() => [])], this.#root);
    new ResizeObserver(() => this.#fit()).observe(this.#root);
    this.#root.addEventListener("keydown", (event) => this.#moveCursor(event));
    this.#root.addEventListener("blur", () => this.#plot.setCursor({ left: -10, top: -10 }));
    onThemeChange(() => this.#plot.redraw(false));
  }

  /** @param label what the chart shows, for who does not see it */
  draw(label: string, lines: readonly RunLine[]): void {
    this.#root.setAttribute("aria-label", `${label}; the arrow keys read it out`);
    this.#lines = lines.map((line) => ({ ...line, points: line.points.filter(({ step }) => step > 0) }));
    this.#steps = [...new Set(this.#lines.flatMap(({ points }) => points.map(({ step }) => step)))].sort(
      (a, b) => a - b,
    );
    this.#lastStep = Math.max(10, this.#steps.at(-1) ?? 0);
    this.#plot.setData([[...this.#steps], ...LOOKS.map((_, place) => this.#values(place))]);
  }

  /** Undefined where a run has no point, so that its line goes on; null where its figure has no place on the axis. */
  #values(place: number): (number | null | undefined)[] {
    const points = this.#lines.find((line) => line.place === place)?.points ?? [];
    const values = new Map(points.map(({ step, value }) => [step, value]));
    const drawn = this.#options.scale === "log" ? drawable : (value: number) => (Number.isFinite(value) ? value : null);
    return this.#steps.map((step) => (values.has(step) ? drawn(values.get(step)!) : undefined));
  }

  #plotOptions(): uPlot.Options {
    const isLog = this.#options.scale === "log";
    const axis = (scale: "x" | "y"): uPlot.Axis => ({
      scale,
      stroke: () => themeColor("--ink-2"),
      grid: { stroke: () => themeColor("--grid"), width: 1 },
      ticks: { show: false },
      font: `12px ${themeColor("--sans")}`,
      filter: (_, splits) => splits,
      ...(scale === "x" || isLog
        ? {
            splits: (plot, _, least, most) => axisValues(least, most, labelCount(plot, scale)),
            values: (_, splits) => splits.map(tickLabel),
          }
        : { splits: () => [0, 0.25, 0.5, 0.75, 1], values: (_, splits) => splits.map(String) }),
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
        y: isLog
          ? { distr: 3, range: (_, least, most) => wholeDecades(least, most) }
          : { range: (_, __, most) => [0, Math.max(1, 1.02 * (most ?? 0))] },
      },
      axes: [axis("x"), axis("y")],
      series: [
        {},
        ...LOOKS.map(({ color, dash, width }): uPlot.Series => ({
          stroke: () => themeColor(color),
          ...{ width, dash: [...dash], spanGaps: false, points: { show: false } },
        })),
      ],
      hooks: {
        drawSeries: [(plot, series) => this.#drawPoints(plot, series - 1)],
        setCursor: [
          (plot) => {
            this.#cursor = plot.cursor.idx ?? undefined;
            this.#options.onCursor(
              this.#cursor === undefined ? undefined : this.#steps[this.#cursor],
              this.#isByKeyboard,
            );
          },
        ],
      },
    };
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
    context.fillStyle = context.strokeStyle = themeColor(color);
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

  #moveCursor(event: KeyboardEvent): void {
    const last = this.#steps.length - 1;
    const at = this.#cursor ?? last;
    const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last, Escape: -1 }[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    const step = event.key === "Escape" ? undefined : this.#steps[Math.min(Math.max(target, 0), last)]!;
    this.#isByKeyboard = true;
    this.#plot.setCursor(
      step === undefined ? { left: -10, top: -10 } : { left: this.#plot.valToPos(step, "x"), top: 10 },
    );
    this.#isByKeyboard = false;
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#root;
    if (width > 0 && height > 0) this.#plot.setSize({ width, height });
  }
}

/** Where the cursor is, in words. */
export const stepWords = (step: number): string => `step ${wholeNumber(step)}`;
