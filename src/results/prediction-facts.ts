import type { FactorFigure } from "../figures/embedding-figures.ts";
import type { Figure, TracePoint } from "../figures/figures.ts";
import { tenthOf } from "../figures/tenfold.ts";
import type { PredictedFigure } from "../predictions/predict.ts";
import type { Prediction } from "../predictions/prediction.ts";
import type { RidgePoint } from "../solvers/ridge-path/status.ts";
import type { EmbeddingPoint } from "../training/train-embeddings.ts";
import { formatFigure } from "./format-figure.ts";

/** A prediction beside what was measured at the last point of a run or path. */
export interface PredictionRow {
  readonly figure: PredictedFigure;
  /** The step, or λ, of the two. */
  readonly at?: number;
  readonly predicted?: number;
  readonly measured?: number;
  /** measured / predicted. */
  readonly ratio?: number;
  /** From which step on, or from which λ down, the prediction is expected to hold within a tenth. */
  readonly holdsFrom?: number;
  /** Why there is no prediction. */
  readonly reason?: string;
  /** The predicted line at the recorded steps, or λs, each with its value. */
  readonly line?: readonly (readonly [abscissa: number, value: number])[];
}

/** The measured figures that predictions are lines of. */
export const MEASURED_AS: Readonly<Partial<Record<PredictedFigure, (Figure | FactorFigure)["key"]>>> = {
  lossGap: "lossGap",
  marginProjection: "marginProjection",
  subspaceError: "subspaceError",
  factorLossGap: "lossGap",
};

/** The row of a prediction that is a line of a measured figure, if there is one. */
export const lawOf = (rows: readonly PredictionRow[], key: string): PredictionRow | undefined =>
  rows.find(({ figure, line }) => line && MEASURED_AS[figure] === key);

/** The predicted values of a measured figure by their steps, if there are any. */
export function lineOf(rows: readonly PredictionRow[], key: string): ReadonlyMap<number, number> | undefined {
  const line = lawOf(rows, key)?.line;
  return line && new Map(line);
}

/** A recorded step of a decoder or of both factors, or a point of a ridge path. */
type AnyPoint = Readonly<Partial<Omit<RidgePoint, "decoder"> & TracePoint & Omit<EmbeddingPoint, "modes" | "factors">>>;

/** What is measured of each predicted figure, NaN where it is not known. */
const MEASURES: Readonly<
  Record<PredictedFigure, (point: AnyPoint, points: readonly AnyPoint[], marginNorm: number) => number>
> = {
  lossGap: ({ lossGap = NaN }) => lossGap,
  normGrowth: ({ step = NaN, norm = NaN }, points) => {
    const tenth = tenthOf(
      step,
      points.map((point) => ({ step: point.step ?? NaN, norm: point.norm ?? NaN })),
    );
    return tenth ? (norm - tenth.norm) / Math.log10(step / tenth.step) : NaN;
  },
  marginProjection: ({ marginProjection = NaN }) => marginProjection,
  subspaceError: ({ subspaceError = NaN }) => subspaceError,
  pathLossGap: ({ lossGap = NaN }) => lossGap,
  pathScale: ({ alignment = NaN, norm = NaN }, _, marginNorm) => (alignment * norm) / marginNorm,
  factorLossGap: ({ lossGap = NaN }) => lossGap,
  factorNorm: ({ decoderNorm = NaN, embeddingNorm = NaN }) => (decoderNorm ** 2 + embeddingNorm ** 2) / 2,
};

/**
 * Predictions beside what was measured.
 * @param points the trace of a run, or a ridge path from its largest λ down
 * @param marginNorm ‖W_mm‖, for R of a path
 */
export function predictionRows(
  predictions: readonly Prediction<PredictedFigure>[],
  points: readonly AnyPoint[],
  marginNorm = NaN,
): PredictionRow[] {
  const places = points.map(({ step, lambda }) => step ?? lambda ?? NaN);
  const [last, place] = [points.at(-1), places.at(-1)];
  return predictions.map(({ figure, at, holdsFrom, reason }) => {
    const isFinite = holdsFrom !== undefined && Number.isFinite(holdsFrom);
    const expected = { ...(isFinite && { holdsFrom }), ...(reason !== undefined && { reason }) };
    if (!last || place === undefined) return { figure, ...expected };
    const [predicted, measured] = [at?.(place) ?? NaN, MEASURES[figure](last, points, marginNorm)];
    const line = at ? places.map((x) => [x, at(x)] as const).filter(([x, y]) => x > 0 && Number.isFinite(y)) : [];
    return {
      ...{ figure, at: place },
      ...known({ predicted, measured, ratio: measured / predicted }),
      ...expected,
      ...(line.length > 0 && { line }),
    };
  });
}

/** Only what is a number. */
const known = (values: Readonly<Record<"predicted" | "measured" | "ratio", number>>): Partial<typeof values> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));

/** How mathematics writes what is predicted. */
export const LAW_SYMBOLS: Readonly<Record<PredictedFigure, string>> = {
  lossGap: "CE − H",
  normGrowth: "‖W_k‖ − ‖W_k/10‖",
  marginProjection: "⟨W, W_mm⟩",
  subspaceError: "‖P_F(W) − W*‖",
  pathLossGap: "CE − H of the path",
  pathScale: "⟨W, W_mm⟩/‖W_mm‖² of the path",
  factorLossGap: "CE − H of both factors",
  factorNorm: "½ (‖W‖² + ‖H‖²)",
};

/** Predictions in lines for people. */
export function describePredictions(
  rows: readonly PredictionRow[],
): { readonly name: string; readonly text: string }[] {
  const said = rows.filter(({ reason }) => reason === undefined);
  const reasons = [...new Set(rows.flatMap(({ reason }) => reason ?? []))];
  return [
    ...said.map((row) => ({ name: `law of ${LAW_SYMBOLS[row.figure]}`, text: describeRow(row) })),
    ...reasons.map((reason) => ({
      name: "no prediction",
      text: `${rows
        .filter((row) => row.reason === reason)
        .map(({ figure }) => LAW_SYMBOLS[figure])
        .join(", ")}: ${reason}`,
    })),
  ];
}

function describeRow({ figure, at, predicted, measured, ratio, holdsFrom }: PredictionRow): string {
  const isPath = figure === "pathLossGap" || figure === "pathScale";
  const from =
    holdsFrom === undefined
      ? ""
      : isPath
        ? `from λ = ${formatFigure(holdsFrom)} down`
        : `from step ${formatFigure(holdsFrom)} on`;
  const isEarly = holdsFrom !== undefined && at !== undefined && (isPath ? at > holdsFrom : at < holdsFrom);
  const parts = [
    ...(predicted === undefined ? [] : [`predicted ${formatFigure(predicted)}`]),
    ...(measured === undefined ? [] : [`measured ${formatFigure(measured)}`]),
    ...(ratio === undefined ? [] : [`ratio ${ratio.toFixed(3)}`]),
    ...(from ? [`expected to hold ${from}${isEarly ? ", not yet" : ""}`] : []),
  ];
  return parts.join(", ");
}
