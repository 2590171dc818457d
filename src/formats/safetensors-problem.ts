import { readArrays } from "./array-problem.ts";
import { collect } from "./bytes.ts";
import type { FormatInput, FormatOutput } from "./format.ts";
import { openSafetensors } from "./safetensors.ts";

/** A file of the format safetensors, with tensors in a form of {@link readArrays}. */
export async function read({ name, chunks, options, fail }: FormatInput): Promise<FormatOutput> {
  return readArrays(openSafetensors(name, await collect(chunks)), options, fail);
}
