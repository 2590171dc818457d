import { collect } from "./bytes.ts";
import { hasDenseCounts, readDenseCounts } from "./dense-counts.ts";
import { readDistributions } from "./distributions.ts";
import type { Fail, Format, FormatOutput, ReadProblemOptions } from "./format.ts";
import type { NamedArrays } from "./named-arrays.ts";
import { recogniseContent } from "./npy.ts";
import { openNpz } from "./npz.ts";
import { isSparseMatrix, readSparseCounts } from "./sparse-counts.ts";

/** An .npz archive of arrays in a form of {@link readArrays}. */
export const NPZ = {
  name: "npz",
  extensions: [".npz"],
  mistakenExtensions: [".npy"],
  mimeTypes: [],
  label: ".npz",
  noun: "an .npz archive",
  description: "Contexts, embeddings and next words as the archive holds them.",
  isContent: (head) => recogniseContent(head)?.kind === "zip",
  read: async ({ name, chunks, options, fail }) => readArrays(openNpz(name, await collect(chunks)), options, fail),
} as const satisfies Format;

/**
 * A problem of named arrays, whose keys tell which form they have: {@link readSparseCounts}, {@link readDenseCounts} or, of all others,
 * {@link readDistributions}.
 */
async function readArrays(file: NamedArrays, options: ReadProblemOptions, fail: Fail): Promise<FormatOutput> {
  if (isSparseMatrix(file.keys)) return readSparseCounts(file, options, fail);
  if (hasDenseCounts(file.keys)) return readDenseCounts(file, options, fail);
  return readDistributions(file, fail);
}
