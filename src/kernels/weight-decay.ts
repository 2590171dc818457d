import { weightDecaySource } from "../../shaders/weight-decay.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** factors ← factors − step_length · ridge · factors, a pair [length]. */
export const weightDecay = defineKernel({
  name: "weight-decay",
  params: { length: "u32", zero: "u32", ridge: "f32" },
  bindings: {
    step_length: { type: "f32", access: "read", length: () => 1 },
    factors: { type: "f32", access: "read_write", length: (p) => p.length },
    factors_low: { type: "f32", access: "read_write", length: (p) => p.length },
  },
  operations: (p) => 10 * p.length,
  source: weightDecaySource,
  workgroups: (p) => Math.ceil(p.length / 1024),
});
