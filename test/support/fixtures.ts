import { readdirSync, readFileSync } from "node:fs";
import { readNpz } from "../../src/io/npz.ts";

const FOLDER = new URL("../fixtures/", import.meta.url);

/** Names of the problems solved in float64 by other methods (see test/fixtures/README.md). */
export const CASES: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".npz"))
  .map((file) => file.slice(0, -4));

/** The bytes of a case. */
export function caseBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${name}.npz`, FOLDER)));
}

/** One array of a case. */
export function caseArray(name: string, key: string): { data: Float64Array; shape: readonly number[] } {
  const { data, shape } = readNpz(name, caseBytes(name), [key]).get(key)!;
  return { data: Float64Array.from(data as Float64Array), shape };
}

/** One number of a case. */
export const caseNumber = (name: string, key: string): number => caseArray(name, key).data[0]!;

/** Rows of `gd_trace`: what gradient descent from zero with step 1/L has reached. */
export function caseTrace(name: string): { step: number; gap: number; norm: number }[] {
  const { data, shape } = caseArray(name, "gd_trace");
  const columns = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, i) => ({
    step: data[i * columns]!,
    gap: data[i * columns + 1]!,
    norm: data[i * columns + 2]!,
  }));
}
