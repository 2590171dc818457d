import { factorDescentSource, type FactorVariant } from "../../shaders/factor-descent.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { MOVING_PARTS } from "./one-workgroup-descent.ts";

type Shape = Readonly<Record<"words" | "padded_words" | "stride" | "columns", number>>;
const factorLength = (p: Shape): number => (p.padded_words + p.stride) * p.columns;
const logitLength = (p: Shape): number => p.words * p.stride;

/** Values that the kernel works on: both factors, in both directions, and the logits. */
export const factorWork = (p: Pick<Shape, "padded_words" | "stride" | "columns">): number =>
  2 * (p.padded_words + p.stride) * p.columns + p.padded_words * p.stride;

/** Many steps of an optimiser on a change of both factors, in one workgroup. */
export const factorDescent = defineKernel({
  name: "factor-descent",
  params: {
    words: "u32",
    contexts: "u32",
    padded_words: "u32",
    stride: "u32",
    columns: "u32",
    steps: "u32",
    step_size: "f32",
    slowing: "f32",
    falling: "f32",
    scale: "f32",
    decay: "f32",
    ridge: "f32",
    beside: "f32",
    number1: "f32",
    number2: "f32",
    number3: "f32",
    number4: "f32",
    number5: "f32",
  },
  bindings: {
    base_high: { type: "f32", access: "read", length: factorLength },
    base_low: { type: "f32", access: "read", length: factorLength },
    probabilities: { type: "f32", access: "read", length: logitLength },
    log_probabilities: { type: "f32", access: "read", length: logitLength },
    weights: { type: "f32", access: "read", length: (p) => p.contexts },
    count: { type: "u32", access: "read_write", length: () => 1 },
    moving: { type: "f32", access: "read_write", length: (p) => MOVING_PARTS * factorLength(p) },
    work: { type: "f32", access: "read_write", length: (p) => factorWork(p) },
  },
  operations: (p) => p.steps * (6 * p.words * p.stride * p.columns + 40 * p.words * p.contexts + 12 * factorLength(p)),
  source: (variant: FactorVariant) => factorDescentSource(variant),
  workgroups: () => 1,
});
