import { softLabelGradSource } from "../../shaders/soft-label-grad.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Loss gap [contexts, 2] and residual of every context, in-support part and off-support part apart; `logits` becomes the latter. */
export const softLabelGrad = defineKernel({
  name: "soft-label-grad",
  params: { contexts: "u32", words: "u32", stride: "u32", nnz: "u32", zero: "u32" },
  bindings: {
    offsets: { type: "u32", access: "read", length: (p) => p.contexts + 1 },
    entries: { type: "u32", access: "read", length: (p) => p.nnz * 4 },
    weights: { type: "f32", access: "read", length: (p) => p.contexts },
    support_logits: { type: "f32", access: "read", length: (p) => p.nnz * 2 },
    logits: { type: "f32", access: "read_write", length: (p) => p.words * p.stride },
    gaps: { type: "f32", access: "read_write", length: (p) => p.contexts * 2 },
    in_residual: { type: "f32", access: "read_write", length: (p) => p.nnz },
  },
  operations: (p) => 20 * p.words * p.contexts + 80 * p.nnz,
  source: softLabelGradSource,
  workgroups: (p) => Math.ceil(p.stride / 128),
});

/** Packs the sparse rows for the kernel: token, p, and log p as a pair of f32, four words an entry. */
export function packEntries(tokens: Uint32Array, probabilities: Float64Array): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(tokens.length * 4);
  const floats = new Float32Array(words.buffer);
  tokens.forEach((token, k) => {
    const p = probabilities[k]!;
    const logarithm = Math.log(p);
    words[4 * k] = token;
    floats[4 * k + 1] = p;
    floats[4 * k + 2] = logarithm;
    floats[4 * k + 3] = logarithm - Math.fround(logarithm);
  });
  return words;
}
