import { softmaxCurvatureSource } from "../../shaders/softmax-curvature.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

type Shape = Readonly<Record<"words" | "stride", number>>;
const matrixLength = (p: Shape): number => p.words * p.stride;

/** The loss's second derivative in the logits, along `product` [words, stride] and in place of it, and its energy in each context. */
export const softmaxCurvature = defineKernel({
  name: "softmax-curvature",
  params: { contexts: "u32", words: "u32", stride: "u32", zero: "u32" },
  bindings: {
    q: { type: "f32", access: "read", length: matrixLength },
    weights: { type: "f32", access: "read", length: (p) => p.contexts },
    product: { type: "f32", access: "read_write", length: matrixLength },
    energies: { type: "f32", access: "read_write", length: (p) => p.contexts },
  },
  operations: (p) => 6 * p.words * p.contexts,
  source: softmaxCurvatureSource,
  workgroups: (p) => Math.ceil(p.contexts / 64),
});
