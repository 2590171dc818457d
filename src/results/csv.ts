import type { FactorFigure } from "../figures/embedding-figures.ts";
import { FIGURES, type Figure, type FigureRow } from "../figures/figures.ts";
import { lineOf, type PredictionRow } from "./prediction-facts.ts";

/** What a cell can hold; nothing, and what is not a number, leave it empty. */
export type Cell = string | number | null | undefined;

type AnyFigure = Figure | FactorFigure;

/** A recorded step of a decoder or of both factors. */
type AnyPoint = { readonly step: number } & Readonly<Partial<Record<AnyFigure["key"], number>>>;

/**
 * A run's trace as CSV, a line for each recorded point: its step and figures, by default those of a decoder, and then what theory
 * predicts of those that it has a line for, in columns that begin with `predicted_`.
 */
export function traceCsv(
  trace: readonly AnyPoint[],
  figures: readonly FigureRow<AnyFigure["key"]>[] = FIGURES,
  predictions: readonly PredictionRow[] = [],
): string {
  const lines = figures.flatMap(({ key, csvColumn }) => {
    const line = lineOf(predictions, key);
    return line ? [{ head: `predicted_${csvColumn}`, line }] : [];
  });
  const heads = [...figures.map(({ csvColumn }) => csvColumn), ...lines.map(({ head }) => head)];
  const rows = trace.map((point) => [
    point.step,
    ...figures.map(({ key }) => point[key]),
    ...lines.map(({ line }) => line.get(point.step)),
  ]);
  return csvText([["step", ...heads], ...rows]);
}

/** Rows of cells as CSV (RFC 4180). */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

function cellText(cell: Cell): string {
  if (typeof cell === "string") return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return cell == null || Number.isNaN(cell) ? "" : String(cell);
}
