import { addCount, problemFromCounts, type CountRows } from "../problem/corpus/counts.ts";
import { corpusOptions, type Fail, type FormatOutput, type ReadProblemOptions } from "./format.ts";
import { numbersOf, requireKind, requireLength, type ArrayKind, type NamedArrays } from "./named-arrays.ts";
import { countNotes, unreadNotes } from "./notes.ts";
import { quote } from "./content.ts";
import type { NpyArray } from "./npy.ts";

const SHAPE = { rank: 1, holds: "whole numbers", is: "the matrix's shape (m, V)" } as const;
const DATA = { rank: 1, holds: "numbers", is: "the matrix's entries" } as const;
const places = (is: string): ArrayKind => ({ rank: 1, holds: "whole numbers", is });

/** Arrays of each of scipy's forms, beside `format`, `shape` and `data`. */
const FORMS = {
  csr: { indices: places("the columns of the entries"), indptr: places("the starts of the rows (m + 1)") },
  csc: { indices: places("the rows of the entries"), indptr: places("the starts of the columns (V + 1)") },
  coo: { row: places("the rows of the entries"), col: places("the columns of the entries") },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ArrayKind>>>>;

/** A flag of scipy's, which tells its arrays from its matrices. */
const FLAG = "_is_array";

/** What `scipy.sparse.save_npz` writes. */
export const isSparseMatrix = (keys: readonly string[]): boolean =>
  ["format", "shape", "data"].every((key) => keys.includes(key)) && !keys.includes("embeddings");

/**
 * A problem of a sparse matrix of counts (m × V), as `scipy.sparse.save_npz` writes it in the forms csr, csc and coo. Entries of one place
 * add, as scipy has it. The contexts have no embeddings, which are drawn.
 */
export async function readSparseCounts(
  file: NamedArrays,
  options: ReadProblemOptions,
  fail: Fail,
): Promise<FormatOutput> {
  const form = formOf(file, fail);
  const kinds = { shape: SHAPE, data: DATA, ...FORMS[form] } as Readonly<Record<string, ArrayKind>>;
  const known = Object.keys(kinds);
  const headers = file.headers(known);
  for (const key of known) requireKind(headers, key, kinds[key]!, fail);
  requireLength(headers, "shape", SHAPE, 2, "m and V", fail);
  const entryCount = headers.get("data")!.shape[0]!;
  for (const key of ["indices", "row", "col"]) requireLength(headers, key, DATA, entryCount, "one per entry", fail);
  const arrays = file.read(known);
  const [contextCount, vocabularySize] = numbersOf(arrays, "shape") as unknown as [number, number];
  const places = form === "coo" ? ["row", "col"].map((key) => numbersOf(arrays, key)) : undefined;
  const [row, col] = places ?? unpacked(arrays, form as "csr" | "csc", [contextCount, vocabularySize], fail);
  const data = numbersOf(arrays, "data");
  const rows: CountRows = new Map();
  for (let i = 0; i < entryCount; i++) {
    const [context, word] = [row![i]!, col![i]!];
    if (!(context >= 0 && context < contextCount && word >= 0 && word < vocabularySize))
      fail(
        `expected entries within a matrix of ${contextCount} × ${vocabularySize}, found one at (${context}, ${word})`,
      );
    if (!(data[i]! >= 0 && data[i]! < Infinity))
      fail(`key "data": expected counts of at least 0, found ${data[i]} at (${context}, ${word})`);
    addCount(rows, context, word, data[i]!);
  }
  const made = await problemFromCounts({ rows, contextCount, vocabularySize }, corpusOptions(options));
  const unread = file.keys.filter((key) => ![...known, "format", FLAG].includes(key));
  return { problem: made.problem, notes: [...unreadNotes("array", unread), ...countNotes(made)] };
}

function formOf(file: NamedArrays, fail: Fail): keyof typeof FORMS {
  const { data } = file.read(["format"]).get("format")!;
  const found = String(data[0]);
  const form = (Object.keys(FORMS) as (keyof typeof FORMS)[]).find((known) => known === found);
  return form ?? fail(`key "format": expected a sparse matrix in the form csr, csc or coo, found ${quote(found)}`);
}

/** Row and column of each entry of a compressed form. */
function unpacked(
  arrays: ReadonlyMap<string, NpyArray>,
  form: "csr" | "csc",
  shape: readonly [number, number],
  fail: Fail,
): readonly ArrayLike<number>[] {
  const [indices, starts] = [numbersOf(arrays, "indices"), numbersOf(arrays, "indptr")];
  const count = shape[form === "csr" ? 0 : 1];
  if (starts.length !== count + 1)
    fail(
      `key "indptr": expected ${count + 1} values, one more than the ${form === "csr" ? "rows" : "columns"}, found ${starts.length}`,
    );
  const outer = new Float64Array(indices.length);
  for (let i = 0; i < count; i++) {
    const [start, end] = [starts[i]!, starts[i + 1]!];
    if ((i === 0 && start !== 0) || end < start || end > indices.length)
      fail(`key "indptr": expected starts from 0, ascending, up to ${indices.length}, found ${end} after ${start}`);
    outer.fill(i, start, end);
  }
  if (starts[count] !== indices.length)
    fail(`key "indptr": expected to end at ${indices.length}, the number of entries, found ${starts[count]}`);
  return form === "csr" ? [outer, indices] : [indices, outer];
}
