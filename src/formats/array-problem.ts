import { hasDenseCounts, readDenseCounts } from "./dense-counts.ts";
import { readDistributions } from "./distributions.ts";
import type { Fail, FormatOutput, ReadProblemOptions } from "./format.ts";
import type { NamedArrays } from "./named-arrays.ts";
import { isSparseMatrix, readSparseCounts } from "./sparse-counts.ts";

/**
 * A problem of named arrays, whose keys tell which form they have: {@link readSparseCounts}, {@link readDenseCounts} or, of all others,
 * {@link readDistributions}.
 */
export async function readArrays(file: NamedArrays, options: ReadProblemOptions, fail: Fail): Promise<FormatOutput> {
  if (isSparseMatrix(file.keys)) return readSparseCounts(file, options, fail);
  if (hasDenseCounts(file.keys)) return readDenseCounts(file, options, fail);
  return readDistributions(file, fail);
}
