import { CHECKSUM_WORDS, wordChecksumSource } from "../../shaders/word-checksum.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** What `count` words from `start` on come to in the readback of number sums[1], added to sums[slot]. */
export const wordChecksum = defineKernel({
  name: "word-checksum",
  params: { start: "u32", count: "u32", slot: "u32", zero: "u32" },
  bindings: {
    words: { type: "u32", access: "read", length: (p) => p.start + p.count },
    sums: { type: "u32", access: "read_write", length: (p) => p.slot + 1 },
  },
  operations: (p) => 8 * p.count,
  source: wordChecksumSource,
  workgroups: (p) => Math.max(Math.ceil(p.count / CHECKSUM_WORDS), 1),
});
