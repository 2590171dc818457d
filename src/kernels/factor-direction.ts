import { factorDirectionSource } from "../../shaders/factor-direction.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** direction ← decay · direction + scale · (gradient + ridge · factors), all [length]. */
export const factorDirection = defineKernel({
  name: "factor-direction",
  params: { length: "u32", decay: "f32", scale: "f32", ridge: "f32" },
  bindings: {
    gradient: { type: "f32", access: "read", length: (p) => p.length },
    factors: { type: "f32", access: "read", length: (p) => p.length },
    direction: { type: "f32", access: "read_write", length: (p) => p.length },
  },
  operations: (p) => 5 * p.length,
  source: factorDirectionSource,
  workgroups: (p) => Math.ceil(p.length / 1024),
});
