import type { FactorFigure } from "../figures/embedding-figures.ts";
import { FIGURES, type Figure, type FigureRow } from "../figures/figures.ts";

/** What a cell can hold; nothing, and what is not a number, leave it empty. */
export type Cell = string | number | null | undefined;

type AnyFigure = Figure | FactorFigure;

/** A recorded step of a decoder or of both factors. */
type AnyPoint = { readonly step: number } & Readonly<Partial<Record<AnyFigure["key"], number>>>;

/** A run's trace as CSV, a line for each recorded point: its step and figures, by default those of a decoder. */
export function traceCsv(
  trace: readonly AnyPoint[],
  figures: readonly FigureRow<AnyFigure["key"]>[] = FIGURES,
): string {
  const heads = figures.map(({ csvColumn }) => csvColumn);
  return csvText([["step", ...heads], ...trace.map((point) => [point.step, ...figures.map(({ key }) => point[key])])]);
}

/** Rows of cells as CSV (RFC 4180). */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

function cellText(cell: Cell): string {
  if (typeof cell === "string") return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return cell == null || Number.isNaN(cell) ? "" : String(cell);
}
