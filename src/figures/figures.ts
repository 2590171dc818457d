import { difference } from "../float64/vectors.ts";
import { innerProduct } from "../reference/inner-product.ts";
import type { BestMargins, FiniteLimit, Iterate, Limits, MarginLimit } from "./iterate.ts";
import type { Doubt } from "./point-check.ts";
import { direction, marginOverBest, secant, subspaceDistance, type Reading } from "./measures.ts";

/** How a figure is named, saved and drawn. */
export interface FigureRow<Key extends string> {
  /** Its name in a {@link TracePoint}. */
  readonly key: Key;
  /** How mathematics writes it, as in "CE − H". */
  readonly symbol: string;
  /** How people name it, as at the head of a table. */
  readonly label: string;
  readonly unit?: "nats";
  /** How a chart with an axis of its own scales it. */
  readonly axis: "log" | "linear";
  /** Its column in CSV. */
  readonly csvColumn: string;
  /** Its place in a row of `gd_trace` of the npz, where 0 is the step. */
  readonly npzColumn?: number;
  /** Whether the table of an experiment's report has a column for it. */
  readonly isReported: boolean;
  /** Its line in a chart of the page, whose axes are logarithmic. */
  readonly line?: FigureLine;
  /** The curve of an experiment that it is drawn in, by the name of its file. */
  readonly curve?: string;
}

/** A line in a chart of the page. Figures that name the same chart are drawn together. */
export interface FigureLine {
  readonly chart: string;
  readonly label: string;
  /** What is drawn of the value, NaN where it is not known; default the value itself. */
  readonly drawn?: (value: number, limits: { readonly margin?: { readonly norm: number } | undefined }) => number;
}

/** What is given to the measure of a figure, by the limits that it needs. */
interface NeededLimits {
  readonly nothing: object;
  readonly finite: { readonly finite: FiniteLimit };
  readonly margin: { readonly margin: MarginLimit };
  readonly norms: { readonly norms: BestMargins };
  readonly both: { readonly finite: FiniteLimit; readonly margin: MarginLimit };
}

/** The limits that a figure needs. */
export type Needs = keyof NeededLimits;

/** A figure that the host measures, in float64. */
interface HostRow<Key extends string, N extends Needs> extends FigureRow<Key> {
  readonly needs: N;
  /** Undefined where the iterate does not tell. */
  measure(iterate: Iterate, limits: NeededLimits[N]): Reading | undefined;
  /** How far the limit that it tends to can be off, where it is known; then the figure itself has no error. */
  readonly limitError?: (limits: Limits) => number | undefined;
}

type AnyHostRow<Key extends string = string> = { [N in Needs]: HostRow<Key, N> }[Needs];

/** What is left of a cosine, or another figure that tends to 1, in the chart of directions or another. */
export const shortfallLine = (symbol: string, chart = "direction"): FigureLine => ({
  chart,
  label: `1 − ${symbol}`,
  drawn: (value) => 1 - value,
});

/** What the device measures of the loss at every recorded step. */
export const LOSS_FIGURES = [
  {
    key: "loss",
    symbol: "CE",
    label: "Loss",
    unit: "nats",
    axis: "linear",
    csvColumn: "loss",
    isReported: false,
    curve: "loss",
  },
  {
    key: "lossGap",
    symbol: "CE − H",
    label: "Loss gap",
    unit: "nats",
    axis: "log",
    csvColumn: "loss_gap",
    npzColumn: 1,
    isReported: true,
    line: { chart: "gap", label: "total" },
    curve: "gap",
  },
  {
    key: "inSupportGap",
    symbol: "CE_in − H",
    label: "In support",
    unit: "nats",
    axis: "log",
    csvColumn: "in_support_gap",
    isReported: false,
    line: { chart: "gap", label: "in support" },
  },
  {
    key: "offSupportGap",
    symbol: "CE − CE_in",
    label: "Off support",
    unit: "nats",
    axis: "log",
    csvColumn: "off_support_gap",
    isReported: false,
    line: { chart: "gap", label: "off support" },
  },
] as const satisfies readonly FigureRow<string>[];

/** What the device measures at every recorded step. */
export const DEVICE_FIGURES = [
  ...LOSS_FIGURES,
  {
    key: "norm",
    symbol: "‖W‖",
    label: "Norm",
    axis: "linear",
    csvColumn: "norm",
    npzColumn: 2,
    isReported: true,
    line: { chart: "norm", label: "norm" },
    curve: "norm",
  },
] as const satisfies readonly FigureRow<string>[];

/** What the host measures at a recorded step when limits are given. */
const HOST_FIGURES = [
  {
    // what W_k has that stays the same as k grows is not in it, so that it is near its limit long before the cosines of W are
    key: "secantAlignment",
    symbol: "cos(ΔW⊥, W_mm)",
    label: "cos(ΔW⊥, W_mm) over a tenfold of steps",
    axis: "linear",
    csvColumn: "secant_alignment",
    isReported: true,
    line: shortfallLine("cos(ΔW⊥, W_mm)"),
    curve: "alignment",
    needs: "margin",
    measure: ({ offSpan, inSpan, tenfoldAgo }, { margin }) =>
      tenfoldAgo && secant(offSpan, inSpan.error, tenfoldAgo, margin),
  },
  {
    key: "alignment",
    symbol: "cos(W, W_mm)",
    label: "cos(W, W_mm)",
    axis: "linear",
    csvColumn: "alignment",
    npzColumn: 4,
    isReported: true,
    line: shortfallLine("cos(W, W_mm)"),
    curve: "alignment",
    needs: "margin",
    measure: ({ decoder }, { margin }) => direction(decoder, 0, margin),
  },
  {
    key: "alignmentPerp",
    symbol: "cos(W⊥, W_mm)",
    label: "cos(W⊥, W_mm)",
    axis: "linear",
    csvColumn: "alignment_perp",
    npzColumn: 5,
    isReported: false,
    line: shortfallLine("cos(W⊥, W_mm)"),
    needs: "margin",
    measure: ({ offSpan, inSpan }, { margin }) => direction(offSpan, inSpan.error, margin),
  },
  {
    key: "alignmentCorrected",
    symbol: "cos(W − W*, W_mm)",
    label: "cos(W − W*, W_mm)",
    axis: "linear",
    csvColumn: "alignment_corrected",
    isReported: true,
    line: shortfallLine("cos(W − W*, W_mm)"),
    curve: "alignment",
    needs: "both",
    measure: ({ decoder }, { finite, margin }) =>
      direction(difference(decoder, finite.decoder), finite.decoderError, margin),
  },
  {
    key: "marginProjection",
    symbol: "⟨W, W_mm⟩",
    label: "⟨W, W_mm⟩",
    axis: "linear",
    csvColumn: "margin_projection",
    isReported: false,
    line: {
      chart: "norm",
      label: "⟨W, W_mm⟩ / ‖W_mm‖",
      drawn: (value, limits) => value / (limits.margin?.norm ?? NaN),
    },
    curve: "projection",
    needs: "margin",
    measure: ({ decoder }, { margin }) => ({ value: innerProduct(decoder, margin.decoder) }),
  },
  {
    key: "subspaceError",
    symbol: "‖P_F(W) − W*‖",
    label: "‖P_F(W) − W*‖",
    axis: "log",
    csvColumn: "subspace_error",
    npzColumn: 3,
    isReported: true,
    line: { chart: "subspace", label: "‖P_F(W) − W*‖" },
    curve: "subspace",
    needs: "finite",
    measure: (iterate, { finite }) => subspaceDistance(iterate, finite),
  },
  {
    // min over j, z ∈ S_j, v ∉ S_j of (e_z − e_v)ᵀ W h_j / ‖W‖; its limit is 1/‖W_mm‖. Below zero while a word off a support leads.
    key: "margin",
    symbol: "margin of W/‖W‖",
    label: "Margin",
    axis: "linear",
    csvColumn: "margin",
    isReported: false,
    line: {
      chart: "direction",
      label: "1 − margin · ‖W_mm‖",
      drawn: (margin, limits) => 1 - margin * (limits.margin?.norm ?? NaN),
    },
    curve: "margin",
    needs: "nothing",
    measure: (iterate) => ({ value: iterate.marginIn("frobenius") }),
    limitError: ({ margin }) => margin && 1 / margin.lowerBound - 1 / margin.upperBound,
  },
  {
    key: "marginMax",
    symbol: "margin of W/‖W‖_max",
    label: "Margin, max norm",
    axis: "linear",
    csvColumn: "margin_max",
    isReported: false,
    needs: "norms",
    measure: (iterate) => ({ value: iterate.marginIn("max") }),
  },
  {
    key: "marginSpectral",
    symbol: "margin of W/‖W‖_2",
    label: "Margin, spectral norm",
    axis: "linear",
    csvColumn: "margin_spectral",
    isReported: false,
    needs: "norms",
    measure: (iterate) => ({ value: iterate.marginIn("spectral") }),
  },
  {
    key: "relativeMargin",
    symbol: "margin over the best",
    label: "Relative margin",
    axis: "linear",
    csvColumn: "relative_margin",
    isReported: false,
    curve: "relative-margins",
    needs: "norms",
    measure: (iterate, { norms }) => marginOverBest(iterate, "frobenius", norms),
  },
  {
    key: "relativeMarginMax",
    symbol: "margin over the best, ‖·‖_max",
    label: "Relative margin, max norm",
    axis: "linear",
    csvColumn: "relative_margin_max",
    isReported: false,
    curve: "relative-margins",
    needs: "norms",
    measure: (iterate, { norms }) => marginOverBest(iterate, "max", norms),
  },
  {
    key: "relativeMarginSpectral",
    symbol: "margin over the best, ‖·‖_2",
    label: "Relative margin, spectral norm",
    axis: "linear",
    csvColumn: "relative_margin_spectral",
    isReported: false,
    curve: "relative-margins",
    needs: "norms",
    measure: (iterate, { norms }) => marginOverBest(iterate, "spectral", norms),
  },
] as const satisfies readonly AnyHostRow[];

/** Names of the figures that the device measures. */
type DeviceFigure = (typeof DEVICE_FIGURES)[number]["key"];
/** Names of the figures that are held against the limits. */
export type LimitFigure = (typeof HOST_FIGURES)[number]["key"];

/** The figures that are held against the limits, in the order in which they are shown. */
export const LIMIT_FIGURES: readonly AnyHostRow<LimitFigure>[] = HOST_FIGURES;

/** A measured figure of a run: its row in the table that all that shows, saves or draws figures maps over. */
export type Figure = FigureRow<DeviceFigure | LimitFigure>;

/** Every measured figure, in the order in which they are shown. */
export const FIGURES: readonly Figure[] = [...DEVICE_FIGURES, ...HOST_FIGURES];

/** All but those that need the best margins in each norm, which only runs that are given them have. */
export const USUAL_FIGURES: readonly Figure[] = [
  ...DEVICE_FIGURES,
  ...HOST_FIGURES.filter(({ needs }) => needs !== "norms"),
];

/** The figures of one iterate W that are held against the limits, in float64 (see {@link FIGURES}). NaN where a decoder is zero. */
export interface LimitMeasures extends Readonly<Partial<Record<LimitFigure, number>>> {
  /**
   * How far each figure can be off because its limit is only known to its certificate; of `margin`, how far its limit can. Left out
   * where nothing is proved.
   */
  readonly limitErrors?: Readonly<Partial<Record<LimitFigure, number>>>;
}

/** One recorded iterate, after `step` steps. */
export interface TracePoint extends Readonly<Record<DeviceFigure, number>>, LimitMeasures, Doubt {
  readonly step: number;
}
