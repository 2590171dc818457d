import type { Figure, PredictionRow } from "../src/index.ts";
import { lawOf } from "../src/results/prediction-facts.ts";
import { isOnAxis } from "./scales.ts";

/** A run of an experiment, or a path. */
export interface CurveRun {
  readonly label: string;
  /** H, nats. */
  readonly entropy: number;
  /** Its recorded points, figures by their keys. */
  readonly trace: readonly object[];
  readonly predictions?: readonly PredictionRow[];
  readonly margin?: { readonly margin: number | null };
}

/** Row of a figure that may be drawn. */
export type CurveRow = Pick<Figure, "label" | "symbol" | "unit" | "axis" | "curve"> & { readonly key: string };

/** What points lie along. */
export const AXES = {
  step: { label: "step k", isReversed: false },
  lambda: { label: "ridge λ", isReversed: true },
} as const;
export type CurveAxis = keyof typeof AXES;

/** What is drawn, of which runs. */
export interface CurvesOptions {
  /** Such as the name of an experiment; in the head of each picture, or in its description for a paper. */
  readonly title?: string;
  /** Told apart by their labels. */
  readonly runs: readonly CurveRun[];
  /** The table of figures, such as `USUAL_FIGURES`: each row is drawn in the picture that it names. */
  readonly figures: readonly CurveRow[];
  /** What the points of the runs lie along; default `"step"`. */
  readonly axis?: CurveAxis;
  /** Makes the elements: the browser's, or one of linkedom. Nothing is inserted into it. */
  readonly document: Document;
}

/** A level that the curves of a run tend to. */
export interface Level {
  readonly value: number;
  readonly name: string;
  /** How mathematics writes it, where that is not its name. */
  readonly symbol?: string;
}

/** A picture of curves, of one figure or of several. */
export interface Curves {
  readonly title: string;
  readonly y: string;
  readonly isLog: boolean;
  readonly lines: readonly { readonly key: string; readonly symbol: string }[];
  readonly limit?: (run: CurveRun) => Level | undefined;
}

const toOne = (): Level => ({ value: 1, name: "1" });

/** What curves have that their figures do not say, by the name of their file. */
const FRAMES: Readonly<Record<string, Partial<Pick<Curves, "title" | "y" | "limit">>>> = {
  loss: {
    title: "Cross-entropy and its bound",
    limit: ({ entropy }) => ({ value: entropy, name: "entropy bound H", symbol: "H" }),
  },
  alignment: { title: "Alignment with the max-margin decoder", y: "cosine", limit: toOne },
  subspace: { title: "Distance in the data subspace" },
  direction: { title: "Direction of the logits", y: "cosine", limit: toOne },
  structure: { title: "Similarity of geometries", y: "structure similarity", limit: toOne },
  norms: { title: "Norms of both factors", y: "norm" },
  collapse: { title: "Spread within supports, over that between", y: "ratio of spreads" },
  laws: { title: "Laws of the ridge path", y: "measured over law", limit: toOne },
  "relative-margins": { title: "Margins in three norms", y: "margin over the best in its norm", limit: toOne },
  margin: {
    title: "Margin of W/‖W‖",
    y: "margin",
    limit: ({ margin }) => (margin?.margin ? { value: margin.margin, name: "1/‖W_mm‖" } : undefined),
  },
};

/** The curves that figures name and runs have, by the name of their file, each with the lines of all that name it. */
export function curvesOf(runs: readonly CurveRun[], figures: readonly CurveRow[]): Map<string, Curves> {
  const names = [...new Set(figures.flatMap(({ curve }) => curve ?? []))];
  const all = names.map((name) => {
    const lines = figures.filter(({ curve }) => curve === name);
    const { label, symbol, unit, axis } = lines[0]!;
    const own = { title: label, y: unit ? `${symbol} in ${unit}` : symbol, isLog: axis === "log", lines };
    return [name, { ...own, ...FRAMES[name] }] as const;
  });
  return new Map(
    all.filter(([, { lines, isLog }]) =>
      runs.some(({ trace }) => lines.some(({ key }) => trace.some((point) => isOnAxis(valueOf(point, key), isLog)))),
    ),
  );
}

/** What a recorded point has under a name. */
export const valueOf = (point: object, key: string): unknown => (point as Readonly<Record<string, unknown>>)[key];

/** The line of a figure of a run, without points that have no place on the axes. */
export function measuredLine({ trace }: CurveRun, key: string, isLog: boolean, axis: CurveAxis): Spot[] {
  return trace.flatMap((point) => {
    const [x, y] = [Number(valueOf(point, axis)), valueOf(point, key)];
    return x > 0 && isOnAxis(y, isLog) ? [{ x, y }] : [];
  });
}

/** What theory says of it. Before it is expected to hold, or nearly, a law can be far above all that is measured. */
export function predictedLine({ predictions = [] }: CurveRun, key: string, isLog: boolean): Spot[] {
  const { line = [], holdsFrom = 1 } = lawOf(predictions, key) ?? {};
  return line.flatMap(([x, y]) => (10 * x >= holdsFrom && isOnAxis(y, isLog) ? [{ x, y }] : []));
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Levels that curves tend to, each value once. */
export function levelsOf(runs: readonly CurveRun[], { limit }: Curves): Level[] {
  const levels = runs.flatMap((run) => limit?.(run) ?? []);
  return [...new Map(levels.map((level) => [level.value, level])).values()];
}

/** What of the horizontal axis is shown: from the first step on, or all λ. */
export function domainOf(runs: readonly CurveRun[], axis: CurveAxis): [number, number] {
  const places = runs.flatMap(({ trace }) => trace.map((point) => Number(valueOf(point, axis))));
  return AXES[axis].isReversed ? [Math.min(...places), Math.max(...places)] : [1, Math.max(10, ...places)];
}

/** Where a curve has a marker. */
export const isTenfold = (place: number): boolean => Math.abs(Math.log10(place) - Math.round(Math.log10(place))) < 1e-9;
