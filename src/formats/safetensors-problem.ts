import { readArrays } from "./array-problem.ts";
import { collect } from "./bytes.ts";
import type { Format } from "./format.ts";
import { isSafetensors, openSafetensors } from "./safetensors.ts";

/** A file of the format safetensors, with tensors in a form of {@link readArrays}. */
export const SAFETENSORS = {
  name: "safetensors",
  extensions: [".safetensors"],
  mimeTypes: [],
  label: ".safetensors",
  noun: "safetensors",
  description: "Contexts, embeddings and next words as the file's tensors hold them.",
  isContent: isSafetensors,
  read: async ({ name, chunks, options, fail }) =>
    readArrays(openSafetensors(name, await collect(chunks)), options, fail),
} as const satisfies Format;
