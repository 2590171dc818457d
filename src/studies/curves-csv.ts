import { csvText, POINT_HEADS, pointCells } from "../results/csv.ts";
import type { ExperimentRecord } from "./experiment-record.ts";

/** The curves of an experiment as CSV, a line for each recorded point of each run. */
export function curvesCsv({ experiment, arms }: Pick<ExperimentRecord, "experiment" | "arms">): string {
  const rows = arms.flatMap(({ label, trace }) => trace.map((point) => [experiment, label, ...pointCells(point)]));
  return csvText([["experiment", "run", ...POINT_HEADS], ...rows]);
}
