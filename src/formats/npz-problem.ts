import { readArrays } from "./array-problem.ts";
import { collect } from "./bytes.ts";
import type { FormatInput, FormatOutput } from "./format.ts";
import { openNpz } from "./npz.ts";

/** An .npz archive of arrays in a form of {@link readArrays}. */
export async function read({ name, chunks, options, fail }: FormatInput): Promise<FormatOutput> {
  return readArrays(openNpz(name, await collect(chunks)), options, fail);
}
