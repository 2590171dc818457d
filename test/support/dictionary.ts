/**
 * Variables as linear functions of others, without rounding: den · y_row = Σ_column entry · y_column. The entries are minors
 * of the whole matrix that the dictionary started from, and den the minor that belongs to its columns (Edmonds 1967), so that
 * every division leaves a whole number, and no entry outgrows Hadamard's bound.
 */
export class Dictionary {
  readonly rows: number[];
  readonly columns: number[];
  readonly entries: bigint[][];
  den: bigint;

  constructor(rows: readonly number[], columns: readonly number[], entries: readonly (readonly bigint[])[], den = 1n) {
    this.rows = [...rows];
    this.columns = [...columns];
    this.entries = entries.map((row) => [...row]);
    this.den = den;
  }

  copy(): Dictionary {
    return new Dictionary(this.rows, this.columns, this.entries, this.den);
  }

  /** Row r and column c change places; their entry must not be zero. */
  pivot(r: number, c: number): void {
    const { rows, columns, entries, den } = this;
    const pivotRow = entries[r]!;
    const pivot = pivotRow[c]!;
    const sign = pivot > 0n ? 1n : -1n;
    entries.forEach((row, i) => {
      if (i === r) return;
      const factor = row[c]!;
      for (let k = 0; k < row.length; k++) {
        if (k === c) row[k] = sign * factor;
        else if (factor === 0n || pivotRow[k] === 0n) row[k] = (sign * row[k]! * pivot) / den;
        else row[k] = (sign * (row[k]! * pivot - factor * pivotRow[k]!)) / den;
      }
    });
    for (let k = 0; k < pivotRow.length; k++) pivotRow[k] = sign * (k === c ? den : -pivotRow[k]!);
    this.den = sign * pivot;
    [rows[r], columns[c]] = [columns[c]!, rows[r]!];
  }

  dropRow(r: number): void {
    this.rows.splice(r, 1);
    this.entries.splice(r, 1);
  }

  /** Sets its variable to zero. */
  dropColumn(c: number): void {
    this.columns.splice(c, 1);
    for (const row of this.entries) row.splice(c, 1);
  }
}
