import { GROUP_ENTRIES, supportLogitsSource } from "../../shaders/support-logits.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Logits of the support words in pair arithmetic: support_logits [entries, 2], of the words from `first_word` on whose rows there are. */
export const supportLogits = defineKernel({
  name: "support-logits",
  params: {
    groups: "u32",
    entries: "u32",
    columns4: "u32",
    words: "u32",
    contexts: "u32",
    first_word: "u32",
    zero: "u32",
  },
  rows: { count: "words", first: "first_word" },
  bindings: {
    entry_groups: { type: "u32", access: "read", length: (p) => 2 * (p.groups + 1) },
    entry_tokens: { type: "u32", access: "read", length: (p) => p.entries },
    decoder: { type: "f32", access: "read", length: (p) => p.words * p.columns4 * 4, perRow: (p) => p.columns4 * 4 },
    decoder_low: {
      type: "f32",
      access: "read",
      length: (p) => p.words * p.columns4 * 4,
      perRow: (p) => p.columns4 * 4,
    },
    embeddings: { type: "f32", access: "read", length: (p) => p.contexts * p.columns4 * 4 },
    embeddings_low: { type: "f32", access: "read", length: (p) => p.contexts * p.columns4 * 4 },
    support_logits: { type: "f32", access: "read_write", length: (p) => p.entries * 2 },
  },
  operations: (p) => 112 * p.entries * p.columns4,
  source: supportLogitsSource,
  workgroups: (p) => Math.ceil(p.groups / 64),
});

/**
 * Cuts sparse rows into groups of entries of one context for the kernel: context and first entry of each, and of what
 * would come after the last.
 * @param offsets of the rows, m + 1
 */
export function groupEntries(offsets: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const groups: number[] = [];
  const contexts = offsets.length - 1;
  for (let j = 0; j < contexts; j++)
    for (let k = offsets[j]!; k < offsets[j + 1]!; k += GROUP_ENTRIES) groups.push(j, k);
  groups.push(contexts, offsets[contexts]!);
  return Uint32Array.from(groups);
}
