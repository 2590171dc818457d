import { readArrays } from "./array-problem.ts";
import { collect } from "./bytes.ts";
import type { Format } from "./format.ts";
import { recogniseContent } from "./npy.ts";
import { openNpz } from "./npz.ts";

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
