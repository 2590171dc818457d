import type { DecoderNorm } from "../../src/index.ts";
import { solveDense } from "./dense.ts";

/** A norm of a matrix [rows, columns], apart from the library: its singular values are those of solveDense. */
export function normOf(norm: DecoderNorm, values: Float64Array, columns: number): number {
  if (norm === "frobenius") return Math.hypot(...values);
  return norm === "max" ? Math.max(...values.map(Math.abs)) : singularValues(values, columns)[0]!;
}

/** The norm that is dual to it. */
export function dualNormOf(norm: DecoderNorm, values: Float64Array, columns: number): number {
  if (norm === "frobenius") return Math.hypot(...values);
  const parts = norm === "max" ? [...values].map(Math.abs) : singularValues(values, columns);
  return parts.reduce((sum, part) => sum + part, 0);
}

function singularValues(values: Float64Array, columns: number): number[] {
  const rows = Array.from({ length: values.length / columns }, (_, i) => values.slice(i * columns, (i + 1) * columns));
  return solveDense(rows, new Float64Array(rows.length)).singularValues;
}
