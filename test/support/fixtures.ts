import { readdirSync, readFileSync } from "node:fs";
import type { NpyArray } from "../../src/formats/npy.ts";
import { readNpz } from "../../src/formats/npz.ts";
import { readProblem } from "../../src/formats/problem-file.ts";
import { norm } from "../../src/float64/vectors.ts";
import type { DescentLimits } from "../../src/predictions/gradient-descent.ts";
import type { Problem } from "../../src/problem/problem.ts";

const FOLDER = new URL("../fixtures/", import.meta.url);

/** Names of the problems solved in float64 by other methods (see test/fixtures/README.md). */
export const CASES: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".npz"))
  .map((file) => file.slice(0, -4));

/** The bytes of a case. */
export function caseBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${name}.npz`, FOLDER)));
}

/** Arrays as they are in the files, by case and key: some take long to unpack, and are asked for often. */
const unpacked = new Map<string, NpyArray>();

/** One array of a case. */
export function caseArray(name: string, key: string): { data: Float64Array; shape: readonly number[] } {
  const place = `${name} ${key}`;
  const array = unpacked.get(place) ?? readNpz(name, caseBytes(name), [key]).get(key)!;
  unpacked.set(place, array);
  return { data: Float64Array.from(array.data as Float64Array), shape: array.shape };
}

/** One number of a case. */
export const caseNumber = (name: string, key: string): number => caseArray(name, key).data[0]!;

/** The problem of a case. */
export const caseProblem = async (name: string): Promise<Problem> =>
  (await readProblem(new File([caseBytes(name) as Uint8Array<ArrayBuffer>], `${name}.npz`))).problem;

/** W* and W_mm of a case that is compatible and separable, with the dual of W_mm. */
export function caseLimits(
  name: string,
): Required<Pick<DescentLimits, "finite" | "margin">> & { readonly margin: { readonly decoder: Float64Array } } {
  const decoder = caseArray(name, "max_margin_decoder").data;
  const margin = { decoder, dual: caseArray(name, "max_margin_dual").data, norm: norm(decoder), relativeGap: 1e-9 };
  return { finite: { status: "compatible", decoder: caseArray(name, "log_odds_decoder").data }, margin };
}

/** A row of `gd_trace`: what gradient descent from zero with step 1/L has reached. */
export interface CaseTracePoint {
  readonly step: number;
  readonly gap: number;
  readonly norm: number;
  readonly subspaceError: number;
  /** NaN where the case is not separable, and so the next. */
  readonly alignment: number;
  readonly alignmentPerp: number;
}

export function caseTrace(name: string): CaseTracePoint[] {
  const { data, shape } = caseArray(name, "gd_trace");
  return Array.from({ length: shape[0]! }, (_, i) => {
    const [step, gap, norm, subspaceError, alignment, alignmentPerp] = data.subarray(6 * i, 6 * i + 6);
    return { step, gap, norm, subspaceError, alignment, alignmentPerp } as CaseTracePoint;
  });
}
