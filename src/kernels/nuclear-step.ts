import { nuclearStepSource } from "../../shaders/nuclear-step.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

type Shape = Readonly<Record<"contexts" | "words" | "context_stride" | "word_stride", number>>;
const matrixLength = (p: Shape): number => Math.max(p.words * p.word_stride, p.contexts * p.context_stride);

/**
 * The multipliers of every context after an iteration on the nuclear margin, and z = moved − u with them added. `shift` is where the
 * search for τ begins, zero at first.
 */
export const nuclearStep = defineKernel({
  name: "nuclear-step",
  params: { contexts: "u32", words: "u32", context_stride: "u32", word_stride: "u32" },
  bindings: {
    margins: { type: "f32", access: "read", length: matrixLength },
    u: { type: "f32", access: "read", length: matrixLength },
    moved: { type: "f32", access: "read_write", length: matrixLength },
    y: { type: "f32", access: "read_write", length: matrixLength },
    shift: { type: "f32", access: "read_write", length: (p) => p.contexts },
  },
  operations: (p) => 12 * p.words * p.contexts,
  source: nuclearStepSource,
  workgroups: (p) => Math.ceil(p.contexts / 32),
});
