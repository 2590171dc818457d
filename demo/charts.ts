import type { KnownLimits } from "./limits.ts";
import { MEASURED_AS, type PredictedFigure, type Prediction } from "../src/index.ts";
import type { PageFigure, RunPoint } from "./models/point.ts";

/** A line of a chart, told from the others by colour, dashes and markers. */
export interface Line {
  readonly label: string;
  /** What the legend says, where the chart's title has the rest; the label by default. */
  readonly short?: string;
  /** A colour of the style sheet. */
  readonly color: string;
  readonly dash: readonly number[];
  /** None on a line for reference, which is thin. */
  readonly marker?: Marker;
  /** NaN where it is not known. */
  readonly value: (point: RunPoint, limits: KnownLimits) => number;
  /** The line that theory gives for it, dotted; nothing where there is none. */
  readonly predicted?: (known: Theory) => PredictedLine | undefined;
}

/** What theory says of a run. */
interface Theory {
  readonly predictions: readonly Prediction<PredictedFigure>[];
  readonly limits: KnownLimits | undefined;
}

/** A line of theory in the chart's own scale. */
export interface PredictedLine {
  readonly at: (step: number) => number;
  /** From which step on it is expected to hold; 1 where that is not known. */
  readonly holdsFrom: number;
}

/** What a chart shows. */
export interface Chart {
  /** Of its element. */
  readonly id: string;
  readonly title: string;
  /** The values have a linear axis, from 0 on. */
  readonly isLinear?: boolean;
  readonly lines: readonly Line[];
  /** Why there is nothing to draw, one sentence; by default there always is. */
  readonly absent?: (limits: KnownLimits) => string | undefined;
}

export type Marker = "circle" | "square" | "triangle" | "diamond";

/** How the lines of a chart are told apart, in the order of its figures. */
const STYLES = [
  { color: "--line-1", dash: [], marker: "circle" },
  { color: "--line-2", dash: [7, 4], marker: "square" },
  { color: "--line-3", dash: [2, 3], marker: "triangle" },
  { color: "--line-4", dash: [9, 3, 2, 3], marker: "diamond" },
  { color: "--ink-2", dash: [12, 4], marker: "square" },
] as const satisfies readonly Partial<Line>[];

/** What a chart has that its figures do not say. */
export interface ChartFrame extends Partial<Pick<Chart, "title" | "absent" | "isLinear">> {
  /** How its first lines are drawn, where that is not as in every chart. */
  readonly styles?: readonly Pick<Line, "color" | "dash" | "marker">[];
  /** The part of a label that the title leaves to the legend. */
  readonly shorten?: (label: string) => string;
  /** Lines to compare with. */
  readonly references?: readonly Line[];
}

/** A chart for each that a figure names, with the lines of all figures that name it, in frames by the names of the charts. */
export function chartsOf(figures: readonly PageFigure[], frames: Readonly<Record<string, ChartFrame>>): Chart[] {
  const names = new Set([...Object.keys(frames), ...figures.flatMap(({ line }) => (line ? [line.chart] : []))]);
  return [...names].map((name) => {
    const drawn = figures.filter(({ line }) => line?.chart === name);
    const {
      title = `${drawn[0]!.label} against step`,
      styles = STYLES,
      references = [],
      absent,
      isLinear = false,
      shorten = (label: string) => label,
    } = frames[name] ?? {};
    const lines = drawn.map((figure, i) => {
      const line = lineOf(figure);
      return { ...styles[i % styles.length]!, ...line, short: shorten(line.label) };
    });
    return { id: `${name}-chart`, title, isLinear, lines: [...lines, ...references], ...(absent && { absent }) };
  });
}

function lineOf({ key, symbol, line }: PageFigure): Pick<Line, "label" | "value" | "predicted"> {
  const { label = symbol, drawn = (value: number) => value } = line ?? {};
  return {
    label,
    value: (point, limits) => drawn(point[key] ?? NaN, limits),
    predicted: ({ predictions, limits = {} }) => {
      const found = predictions.find(({ figure }) => MEASURED_AS[figure] === key);
      return found?.at && { at: (step) => drawn(found.at!(step), limits), holdsFrom: found.holdsFrom ?? 1 };
    },
  };
}
