import { adamStepSource } from "../../shaders/adam-step.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** One step of Adam on the decoder and its two moments; `length` is a multiple of four. */
export const adamStep = defineKernel({
  name: "adam-step",
  params: {
    length: "u32",
    zero: "u32",
    rate1: "f32",
    log_beta1: "f32",
    rate2: "f32",
    log_beta2: "f32",
    epsilon: "f32",
  },
  bindings: {
    gradient: { type: "f32", access: "read", length: (p) => p.length },
    step_length: { type: "f32", access: "read", length: () => 1 },
    count: { type: "u32", access: "read", length: () => 1 },
    first_moment: { type: "f32", access: "read_write", length: (p) => p.length },
    second_moment: { type: "f32", access: "read_write", length: (p) => p.length },
    decoder: { type: "f32", access: "read_write", length: (p) => p.length },
    decoder_low: { type: "f32", access: "read_write", length: (p) => p.length },
  },
  operations: (p) => 24 * p.length,
  source: adamStepSource,
  workgroups: (p) => Math.ceil(p.length / 256),
});

/** The parameters of Adam's two averages; a β of 0 has the logarithm −100, whose exponential float32 does not tell from 0. */
export function adamRates([beta1, beta2]: readonly [number, number]): Record<
  "rate1" | "log_beta1" | "rate2" | "log_beta2",
  number
> {
  const logOf = (beta: number): number => Math.max(Math.log(beta), -100);
  return { rate1: 1 - beta1, log_beta1: logOf(beta1), rate2: 1 - beta2, log_beta2: logOf(beta2) };
}
