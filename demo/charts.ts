import type { KnownLimits } from "./limits.ts";
import type { ChartContent } from "./views/log-chart.ts";

/** The charts of the page, by the figure that each is in. */
export const CHARTS: Readonly<Record<string, ChartContent>> = {
  "gap-chart": {
    title: "Loss gap against step",
    lines: [
      { label: "total", color: "--line-1", dash: [], marker: "circle", value: (point) => point.lossGap },
      { label: "in support", color: "--line-2", dash: [7, 4], marker: "square", value: (point) => point.inSupportGap },
      {
        label: "off support",
        color: "--line-3",
        dash: [2, 3],
        marker: "triangle",
        value: (point) => point.offSupportGap,
      },
    ],
  },
  "norm-chart": {
    title: "Norm ‖W‖ against step",
    lines: [{ label: "norm", color: "--line-4", dash: [], marker: "diamond", value: (point) => point.norm }],
  },
  "direction-chart": {
    title: "How far the direction is from W_mm",
    lines: [
      {
        label: "1 − cos(W, W_mm)",
        color: "--line-1",
        dash: [],
        marker: "circle",
        value: ({ alignment = NaN }) => 1 - alignment,
      },
      {
        label: "1 − cos(W⊥, W_mm)",
        color: "--line-2",
        dash: [7, 4],
        marker: "square",
        value: ({ alignmentPerp = NaN }) => 1 - alignmentPerp,
      },
      {
        label: "1 − cos(W − W*, W_mm)",
        color: "--line-3",
        dash: [2, 3],
        marker: "triangle",
        value: ({ alignmentCorrected = NaN }) => 1 - alignmentCorrected,
      },
      {
        label: "1 − margin · ‖W_mm‖",
        color: "--line-4",
        dash: [9, 3, 2, 3],
        marker: "diamond",
        value: ({ margin = NaN }, limits) => 1 - margin * (limits.margin?.norm ?? NaN),
      },
    ],
    absent: whyNoDirection,
  },
  "subspace-chart": {
    title: "In the data subspace",
    lines: [
      {
        label: "‖P_F(W) − W*‖",
        color: "--line-1",
        dash: [],
        marker: "circle",
        value: ({ subspaceError = NaN }) => subspaceError,
      },
      { label: "‖W*‖, its size", color: "--ink-2", dash: [3, 3], value: (_, { finiteNorm = NaN }) => finiteNorm },
    ],
    absent: whyNoSubspace,
  },
};

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
