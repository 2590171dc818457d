import type { TracePoint } from "../figures/figures.ts";
import { tenthOf } from "../figures/tenfold.ts";
import type { DescentLaw } from "../predictions/gradient-descent.ts";
import type { PredictingLimits, PredictedFigure } from "../predictions/predict.ts";
import type { Prediction } from "../predictions/prediction.ts";
import type { PathLaw } from "../predictions/ridge-path.ts";
import type { FactorLaw } from "../predictions/trained-embeddings.ts";
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

type PathPoint = Omit<RidgePoint, "decoder">;
type FactorPoint = Omit<EmbeddingPoint, "modes" | "factors">;

/** What of a run's trace a prediction speaks of, NaN where it is not known. */
const DESCENT: Readonly<Record<DescentLaw, (point: TracePoint, trace: readonly TracePoint[]) => number>> = {
  lossGap: ({ lossGap }) => lossGap,
  normGrowth: ({ step, norm }, trace) => {
    const tenth = tenthOf(step, trace);
    return tenth ? (norm - tenth.norm) / Math.log10(step / tenth.step) : NaN;
  },
  marginProjection: ({ marginProjection = NaN }) => marginProjection,
  subspaceError: ({ subspaceError = NaN }) => subspaceError,
};

const FACTORS: Readonly<Record<FactorLaw, (point: FactorPoint) => number>> = {
  factorLossGap: ({ lossGap }) => lossGap,
  factorNorm: ({ decoderNorm, embeddingNorm }) => (decoderNorm ** 2 + embeddingNorm ** 2) / 2,
};

/** The predictions for a run of the decoder, beside its trace. */
export const descentRows = (
  predictions: readonly Prediction<DescentLaw>[],
  trace: readonly TracePoint[],
): PredictionRow[] =>
  rows(
    predictions,
    trace,
    ({ step }) => step,
    (figure, point) => DESCENT[figure](point, trace),
  );

/** The predictions for both factors, beside their trace. */
export const factorRows = (
  predictions: readonly Prediction<FactorLaw>[],
  trace: readonly FactorPoint[],
): PredictionRow[] =>
  rows(
    predictions,
    trace,
    ({ step }) => step,
    (figure, point) => FACTORS[figure](point),
  );

/** The predictions for a ridge path, beside its points from the largest λ down. */
export function pathRows(
  predictions: readonly Prediction<PathLaw>[],
  points: readonly PathPoint[],
  { margin }: Pick<PredictingLimits, "margin">,
): PredictionRow[] {
  const measures: Readonly<Record<PathLaw, (point: PathPoint) => number>> = {
    pathLossGap: ({ lossGap }) => lossGap,
    pathScale: ({ alignment, norm }) => (alignment * norm) / (margin?.norm ?? NaN),
  };
  return rows(
    predictions,
    points,
    ({ lambda }) => lambda,
    (figure, point) => measures[figure](point),
  );
}

function rows<Figure extends PredictedFigure, Point>(
  predictions: readonly Prediction<Figure>[],
  points: readonly Point[],
  abscissaOf: (point: Point) => number,
  measure: (figure: Figure, point: Point) => number,
): PredictionRow[] {
  const last = points.at(-1);
  return predictions.map(({ figure, at, holdsFrom, reason }) => {
    const expected = {
      ...(holdsFrom !== undefined && Number.isFinite(holdsFrom) && { holdsFrom }),
      ...(reason !== undefined && { reason }),
    };
    if (!last) return { figure, ...expected };
    const place = abscissaOf(last);
    const [predicted, measured] = [at?.(place) ?? NaN, measure(figure, last)];
    const line = at
      ? points
          .map(abscissaOf)
          .map((x) => [x, at(x)] as const)
          .filter(([x, y]) => x > 0 && Number.isFinite(y))
      : [];
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
const SYMBOLS: Readonly<Record<PredictedFigure, string>> = {
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
    ...said.map((row) => ({ name: SYMBOLS[row.figure], text: describeRow(row) })),
    ...reasons.map((reason) => ({
      name: "no prediction",
      text: `${rows
        .filter((row) => row.reason === reason)
        .map(({ figure }) => SYMBOLS[figure])
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
