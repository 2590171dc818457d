import { dualExtrapolationSource } from "../../shaders/dual-extrapolation.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** y ← x⁺ + factor (x⁺ − x), x ← x⁺; `length` is a multiple of four. */
export const dualExtrapolation = defineKernel({
  name: "dual-extrapolation",
  params: { length: "u32" },
  bindings: {
    moved: { type: "f32", access: "read", length: (p) => p.length },
    state: { type: "f32", access: "read", length: () => 2 },
    x: { type: "f32", access: "read_write", length: (p) => p.length },
    y: { type: "f32", access: "read_write", length: (p) => p.length },
  },
  operations: (p) => 4 * p.length,
  source: dualExtrapolationSource,
  workgroups: (p) => Math.ceil(p.length / 256),
});
