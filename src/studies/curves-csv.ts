import type { FigureRow } from "../figures/figures.ts";
import type { EmbeddingExperimentRecord } from "./embedding-experiment-record.ts";
import { lineOf, type PredictionRow } from "../results/prediction-facts.ts";
import { csvText, type Cell } from "../results/csv.ts";

/** An experiment's runs, or paths, with their points by name of figure. */
interface Curves {
  readonly experiment: string;
  /** What the points lie along; default `"step"`. */
  readonly axis?: string;
  readonly arms: readonly {
    readonly label: string;
    readonly trace: readonly object[];
    readonly predictions?: readonly PredictionRow[];
  }[];
}

/**
 * The curves of an experiment as CSV, a line for each recorded point of each run.
 * @param table the figures that have a column, and another for what theory predicts of them where it gives a line for any of the runs
 */
export function curvesCsv(
  { experiment, axis = "step", arms }: Curves,
  table: readonly Pick<FigureRow<string>, "key" | "csvColumn">[],
): string {
  const keys = [axis, ...table.map(({ key }) => key)];
  const predicted = table.filter(({ key }) => arms.some(({ predictions = [] }) => lineOf(predictions, key)));
  const rows = arms.flatMap(({ label, trace, predictions = [] }) => {
    const lines = predicted.map(({ key }) => lineOf(predictions, key));
    return (trace as readonly Record<string, Cell>[]).map((point) => [
      ...[experiment, label, ...keys.map((key) => point[key])],
      ...lines.map((line) => line?.get(point[axis] as number)),
    ]);
  });
  const heads = [...table, ...predicted.map(({ csvColumn }) => ({ csvColumn: `predicted_${csvColumn}` }))];
  return csvText([["experiment", "run", axis, ...heads.map(({ csvColumn }) => csvColumn)], ...rows]);
}

const MATRICES = ["logits", "decoder", "embeddings"] as const;

/** Singular values of an experiment as CSV, a line each. */
export function spectraCsv({
  experiment,
  axis,
  arms,
}: Pick<EmbeddingExperimentRecord, "experiment" | "axis" | "arms">): string {
  const rows = arms.flatMap(({ label, spectra }) =>
    spectra.flatMap((spectrum) =>
      MATRICES.flatMap((matrix) =>
        spectrum[matrix].map((value, i) => [experiment, label, spectrum[axis], matrix, i + 1, value]),
      ),
    ),
  );
  return csvText([["experiment", "run", axis, "matrix", "number", "singular_value"], ...rows]);
}
