import { stepLengthSource } from "../../shaders/step-length.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The length of the next step along a direction whose squared norm is the sum of `parts`, or the more the larger that sum where `steepness` multiplies it; `count` moves on by one. */
export const stepLength = defineKernel({
  name: "step-length",
  params: { terms: "u32", step_size: "f32", slowing: "f32", falling: "f32", steepness: "f32" },
  bindings: {
    parts: { type: "f32", access: "read", length: (p) => p.terms },
    count: { type: "u32", access: "read_write", length: () => 1 },
    step_length: { type: "f32", access: "read_write", length: () => 1 },
  },
  operations: (p) => p.terms,
  source: stepLengthSource,
  workgroups: () => 1,
});
