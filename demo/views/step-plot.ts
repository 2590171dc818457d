import uPlot from "uplot";
import { tickLabel } from "../format.ts";
import { make, onThemeChange, themeColor } from "./dom.ts";

/** What charts of values against steps differ in. */
export interface StepPlotOptions {
  /** The cursors of all plots of a group move together. */
  readonly group: string;
  /** The axis of the values: logarithmic unless it has labels of its own, or linear with those that uPlot takes. */
  readonly y: {
    readonly isLog: boolean;
    readonly labels?: readonly number[];
    readonly range: (least: number | null, most: number | null) => [number, number];
  };
  readonly series: readonly uPlot.Series[];
  /** Drawn below all lines, and over each of them. */
  readonly drawBelow?: (plot: uPlot) => void;
  readonly drawOver: (plot: uPlot, series: number) => void;
  /** Told at which of the steps the cursor is, and whether the keyboard put it there. */
  readonly onCursor: (index: number | undefined, isByKeyboard: boolean) => void;
}

const LABEL_SPACING = { x: 44, y: 26 };

/** Lines against steps on a logarithmic axis, as wide and as high as their place is. The arrow keys move the cursor, that of its whole group. */
export class StepPlot {
  readonly root: HTMLElement = make("div", {
    ...{ class: "plot", role: "application", "aria-roledescription": "chart", tabindex: "0" },
  });
  readonly #options: StepPlotOptions;
  readonly #plot: uPlot;
  #steps: readonly number[] = [];
  #lastStep = 10;
  #cursor: number | undefined;
  #isByKeyboard = false;

  constructor(options: StepPlotOptions) {
    this.#options = options;
    this.#plot = new uPlot(this.#plotOptions(), [[], ...options.series.map(() => [])], this.root);
    new ResizeObserver(() => this.#fit()).observe(this.root);
    this.root.addEventListener("keydown", (event) => this.#moveCursor(event));
    this.root.addEventListener("blur", () => this.pointAt(undefined));
    onThemeChange(this.root, () => this.#plot.redraw(false));
  }

  /** Where the axis of the steps ends. */
  get lastStep(): number {
    return this.#lastStep;
  }

  /** @param values for each series a value for each step; null where it has no place, undefined where its line goes on */
  draw(steps: readonly number[], values: readonly (readonly (number | null | undefined)[])[], lastStep: number): void {
    this.#steps = steps;
    this.#lastStep = Math.max(10, lastStep);
    this.#plot.setData([[...steps], ...values.map((each) => [...each])]);
  }

  /** Lets go of all that the page would keep of it. */
  destroy(): void {
    this.#plot.destroy();
  }

  /** Moves the cursor to a step, or away. */
  pointAt(step: number | undefined): void {
    this.#plot.setCursor(
      step === undefined ? { left: -10, top: -10 } : { left: this.#plot.valToPos(step, "x"), top: 10 },
    );
  }

  #plotOptions(): uPlot.Options {
    const { group, y, series, drawBelow, drawOver, onCursor } = this.#options;
    const powers = (scale: "x" | "y"): Partial<uPlot.Axis> => ({
      splits: (plot, _, least, most) => axisValues(least, most, labelCount(plot, scale)),
      values: (_, splits) => splits.map(tickLabel),
    });
    const axis = (scale: "x" | "y", labels: Partial<uPlot.Axis>): uPlot.Axis => ({
      scale,
      stroke: (plot) => themeColor("--ink-2", plot.root),
      grid: { stroke: (plot) => themeColor("--grid", plot.root), width: 1 },
      ticks: { show: false },
      font: "11px system-ui, sans-serif",
      ...("splits" in labels && { filter: (_, splits) => splits }),
      ...labels,
      ...(scale === "y" ? { size: 46, space: LABEL_SPACING.y } : { size: 24 }),
    });
    const own = y.labels && { splits: () => [...y.labels!], values: (_: uPlot, all: number[]) => all.map(String) };
    return {
      width: 320,
      height: 240,
      legend: { show: false },
      cursor: {
        drag: { x: false, y: false, setScale: false },
        sync: { key: group, scales: ["x", null] },
        points: { size: 7 },
        y: false,
      },
      scales: {
        x: { time: false, distr: 3, range: () => [1, this.#lastStep] },
        y: { ...(y.isLog && { distr: 3 as const }), range: (_, least, most) => y.range(least, most) },
      },
      axes: [axis("x", powers("x")), axis("y", own ?? (y.isLog ? powers("y") : {}))],
      series: [{}, ...series],
      hooks: {
        drawAxes: [(plot) => drawBelow?.(plot)],
        drawSeries: [(plot, place) => drawOver(plot, place - 1)],
        setCursor: [
          (plot) => {
            this.#cursor = plot.cursor.idx ?? undefined;
            onCursor(this.#cursor, this.#isByKeyboard);
          },
        ],
      },
    };
  }

  #moveCursor(event: KeyboardEvent): void {
    const last = this.#steps.length - 1;
    const at = this.#cursor ?? last;
    const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last, Escape: -1 }[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    this.#isByKeyboard = true;
    this.pointAt(event.key === "Escape" ? undefined : this.#steps[Math.min(Math.max(target, 0), last)]);
    this.#isByKeyboard = false;
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (width > 0 && height > 0) this.#plot.setSize({ width, height });
  }
}

/** Less has no place on a logarithmic axis. */
export const LEAST_DRAWN = 1e-300;

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
