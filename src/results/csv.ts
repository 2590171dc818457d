import { FIGURES, type TracePoint } from "../figures/figures.ts";

/** What a cell can hold; nothing, and what is not a number, leave it empty. */
export type Cell = string | number | null | undefined;

/** The heads of the columns of a recorded point. */
export const POINT_HEADS: readonly string[] = ["step", ...FIGURES.map(({ csvColumn }) => csvColumn)];

/** The cells of a recorded point, every figure with all of its digits. */
export const pointCells = (point: TracePoint): Cell[] => [point.step, ...FIGURES.map(({ key }) => point[key])];

/** A run's trace as CSV, a line for each recorded point. */
export function traceCsv(trace: readonly TracePoint[]): string {
  return csvText([POINT_HEADS, ...trace.map(pointCells)]);
}

/** Rows of cells as CSV (RFC 4180). */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

function cellText(cell: Cell): string {
  if (typeof cell === "string") return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return cell == null || Number.isNaN(cell) ? "" : String(cell);
}
