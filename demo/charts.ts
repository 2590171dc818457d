import { FIGURES, type Figure } from "../src/index.ts";
import type { KnownLimits } from "./limits.ts";
import type { ChartContent, Line } from "./views/log-chart.ts";

/** How the lines of a chart are told apart, in the order of its figures. */
const STYLES = [
  { color: "--line-1", dash: [], marker: "circle" },
  { color: "--line-2", dash: [7, 4], marker: "square" },
  { color: "--line-3", dash: [2, 3], marker: "triangle" },
  { color: "--line-4", dash: [9, 3, 2, 3], marker: "diamond" },
] as const satisfies readonly Partial<Line>[];

/** What a chart has that its figures do not say. */
interface ChartFrame extends Partial<Pick<ChartContent, "title" | "absent">> {
  /** How its first lines are drawn, where that is not as in every chart. */
  readonly styles?: readonly Pick<Line, "color" | "dash" | "marker">[];
  /** Lines to compare with. */
  readonly references?: readonly Line[];
}

const FRAMES: Readonly<Record<string, ChartFrame>> = {
  gap: { title: "Loss gap against step" },
  norm: { title: "Norm ‖W‖ against step", styles: [{ color: "--line-4", dash: [], marker: "diamond" }] },
  direction: { title: "How far the direction is from W_mm", absent: whyNoDirection },
  subspace: {
    title: "In the data subspace",
    references: [
      { label: "‖W*‖, its size", color: "--ink-2", dash: [3, 3], value: (_, { finiteNorm = NaN }) => finiteNorm },
    ],
    absent: whyNoSubspace,
  },
};

/** The charts of the page: one for each that a figure names, with the lines of all figures that name it. */
export const CHARTS: readonly (ChartContent & { readonly id: string })[] = chartsOf(FIGURES);

function chartsOf(figures: readonly Figure[]): (ChartContent & { readonly id: string })[] {
  const names = new Set(figures.flatMap(({ line }) => (line ? [line.chart] : [])));
  return [...names].map((name) => {
    const drawn = figures.filter(({ line }) => line?.chart === name);
    const { title = `${drawn[0]!.label} against step`, styles = STYLES, references = [], absent } = FRAMES[name] ?? {};
    const lines = drawn.map((figure, i) => ({ ...styles[i % styles.length]!, ...lineOf(figure) }));
    return { id: `${name}-chart`, title, lines: [...lines, ...references], ...(absent && { absent }) };
  });
}

function lineOf({ key, symbol, line }: Figure): Pick<Line, "label" | "value"> {
  const { label = symbol, drawn = (value: number) => value } = line ?? {};
  return { label, value: (point, limits) => drawn(point[key] ?? NaN, limits) };
}

function whyNoDirection({ margin, missing }: KnownLimits): string | undefined {
  if (margin?.decoder) return undefined;
  if (margin?.status === "infeasible-certified")
    return "There is no W_mm here: no decoder separates the words that follow from the others.";
  return margin ? "No decoder that separates was found, so there is no W_mm to compare with." : missing;
}

function whyNoSubspace({ finite, missing }: KnownLimits): string | undefined {
  if (finite?.rank.rank === 0) return "The data subspace has no dimension here: every context has a single next word.";
  return finite ? undefined : missing;
}
