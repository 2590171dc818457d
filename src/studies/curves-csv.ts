import type { FigureRow } from "../figures/figures.ts";
import type { EmbeddingExperimentRecord } from "./embedding-experiment-record.ts";
import { csvText, type Cell } from "../results/csv.ts";

/** An experiment's runs, or paths, with their points by name of figure. */
interface Curves {
  readonly experiment: string;
  /** What the points lie along; default `"step"`. */
  readonly axis?: string;
  readonly arms: readonly { readonly label: string; readonly trace: readonly object[] }[];
}

/**
 * The curves of an experiment as CSV, a line for each recorded point of each run.
 * @param table the figures that have a column
 */
export function curvesCsv(
  { experiment, axis = "step", arms }: Curves,
  table: readonly Pick<FigureRow<string>, "key" | "csvColumn">[],
): string {
  const keys = [axis, ...table.map(({ key }) => key)];
  const rows = arms.flatMap(({ label, trace }) =>
    trace.map((point) => [experiment, label, ...keys.map((key) => (point as Record<string, Cell>)[key])]),
  );
  return csvText([["experiment", "run", axis, ...table.map(({ csvColumn }) => csvColumn)], ...rows]);
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
