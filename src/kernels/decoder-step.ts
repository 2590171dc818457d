import { decoderStepSource } from "../../shaders/decoder-step.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** W ← W − step_length · direction in pairs; `length` is a multiple of four. */
export const decoderStep = defineKernel({
  name: "decoder-step",
  params: { length: "u32", zero: "u32" },
  rows: { count: "length" },
  bindings: {
    direction_high: { type: "f32", access: "read", length: (p) => p.length, perRow: () => 1 },
    direction_low: { type: "f32", access: "read", length: (p) => p.length, perRow: () => 1 },
    step_length: { type: "f32", access: "read", length: () => 1 },
    decoder: { type: "f32", access: "read_write", length: (p) => p.length, perRow: () => 1 },
    decoder_low: { type: "f32", access: "read_write", length: (p) => p.length, perRow: () => 1 },
  },
  operations: (p) => 36 * p.length,
  source: decoderStepSource,
  workgroups: (p) => Math.ceil(p.length / 256),
});
