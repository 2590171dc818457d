/** A column of a table: its head, and its cell of a row. */
export type Column<Row> = readonly [string, (row: Row) => string | number | undefined];

/** A table in columns of even width; what is not known is a dash. */
export function textTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cell = (value: string | number | undefined): string =>
    typeof value === "string" ? value : value !== undefined && Number.isFinite(value) ? shortFigure(value) : "–";
  const cells = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, value]) => cell(value(row))))];
  const widths = columns.map((_, c) => Math.max(...cells.map((row) => row[c]!.length)));
  return cells
    .map((row) =>
      row
        .map((text, c) => text.padEnd(widths[c]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Four digits: enough for a table beside the record that has all of them. */
export const shortFigure = (value: number): string =>
  Math.abs(value) >= 1e-3 || value === 0 ? String(Number(value.toPrecision(4))) : value.toExponential(3);
