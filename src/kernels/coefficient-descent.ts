import { coefficientDescentSource, type CoefficientVariant } from "../../shaders/coefficient-descent.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

type Shape = Readonly<Record<"problems" | "stride" | "words", number>>;
const matrixLength = (p: Shape): number => p.problems * p.words * p.stride;

/**
 * Many steps of gradient descent on the coefficients [problems, words, stride] of the embeddings, one workgroup a problem,
 * from logits `relative` to their context's as the kernel relative-logits leaves them. `direction` is one number without
 * momentum.
 */
export const coefficientDescent = defineKernel({
  name: "coefficient-descent",
  params: {
    problems: "u32",
    words: "u32",
    contexts: "u32",
    stride: "u32",
    steps: "u32",
    step_size: "f32",
    slowing: "f32",
    falling: "f32",
    momentum: "f32",
  },
  bindings: {
    gram: { type: "f32", access: "read", length: (p) => p.problems * p.stride ** 2 },
    relative: { type: "f32", access: "read", length: matrixLength },
    probabilities: { type: "f32", access: "read", length: matrixLength },
    weights: { type: "f32", access: "read", length: (p) => p.problems * p.contexts },
    count: { type: "u32", access: "read_write", length: (p) => p.problems },
    coefficients: { type: "f32", access: "read_write", length: matrixLength },
    direction: { type: "f32", access: "read_write", length: (p) => (p.momentum > 0 ? matrixLength(p) : 1) },
    change: { type: "f32", access: "read_write", length: matrixLength },
  },
  operations: (p) => p.problems * p.steps * p.words * (2 * p.stride ** 2 + 40 * p.contexts),
  source: (variant: CoefficientVariant) => coefficientDescentSource(variant),
  workgroups: (p) => p.problems,
});
