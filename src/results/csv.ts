import { FIGURES, type TracePoint } from "../figures/figures.ts";

/** What a cell can hold; nothing, and what is not a number, leave it empty. */
export type Cell = string | number | null | undefined;

/** A run's trace as CSV, a line for each recorded point, every figure with all of its digits. */
export function traceCsv(trace: readonly TracePoint[]): string {
  const heads = ["step", ...FIGURES.map(({ csvColumn }) => csvColumn)];
  return csvText([heads, ...trace.map((point) => [point.step, ...FIGURES.map(({ key }) => point[key])])]);
}

/** Rows of cells as CSV (RFC 4180). */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

function cellText(cell: Cell): string {
  if (typeof cell === "string") return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return cell == null || Number.isNaN(cell) ? "" : String(cell);
}
