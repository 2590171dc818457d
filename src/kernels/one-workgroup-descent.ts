import { oneWorkgroupDescentSource, type OneWorkgroupVariant } from "../../shaders/one-workgroup-descent.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

type Shape = Readonly<Record<"problems" | "stride" | "words" | "columns", number>>;
const logitLength = (p: Shape): number => p.problems * p.words * p.stride;
const embeddingLength = (p: Shape): number => p.problems * p.stride * p.columns;

/** Matrices of a decoder's size in `moving`: what the decoder has moved by, the gradient, and up to two that a method keeps. */
export const MOVING_PARTS = 4;

/** Many steps of an optimiser on a change of the decoder, one workgroup a problem; see {@link coefficientDescent} for `relative`. */
export const oneWorkgroupDescent = defineKernel({
  name: "one-workgroup-descent",
  params: {
    problems: "u32",
    words: "u32",
    contexts: "u32",
    stride: "u32",
    columns: "u32",
    steps: "u32",
    step_size: "f32",
    slowing: "f32",
    falling: "f32",
    scale: "f32",
    decay: "f32",
    number1: "f32",
    number2: "f32",
    number3: "f32",
    number4: "f32",
    number5: "f32",
  },
  bindings: {
    embeddings: { type: "f32", access: "read", length: embeddingLength },
    embeddings_t: { type: "f32", access: "read", length: embeddingLength },
    relative: { type: "f32", access: "read", length: logitLength },
    probabilities: { type: "f32", access: "read", length: logitLength },
    weights: { type: "f32", access: "read", length: (p) => p.problems * p.contexts },
    count: { type: "u32", access: "read_write", length: (p) => p.problems },
    change: { type: "f32", access: "read_write", length: logitLength },
    moving: { type: "f32", access: "read_write", length: (p) => p.problems * MOVING_PARTS * p.words * p.columns },
  },
  operations: (p) => p.problems * p.steps * p.words * (4 * p.stride * p.columns + 40 * p.contexts + 10 * p.columns),
  source: (variant: OneWorkgroupVariant) => oneWorkgroupDescentSource(variant),
  workgroups: (p) => p.problems,
});
