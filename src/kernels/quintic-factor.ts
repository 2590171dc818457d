import { quinticFactorSource } from "../../shaders/quintic-factor.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** identity I + gram_weight A + square_weight A² of matrices [size, size]. */
export const quinticFactor = defineKernel({
  name: "quintic-factor",
  params: { size: "u32", identity: "f32", gram_weight: "f32", square_weight: "f32" },
  bindings: {
    gram: { type: "f32", access: "read", length: (p) => p.size ** 2 },
    square: { type: "f32", access: "read", length: (p) => p.size ** 2 },
    factor: { type: "f32", access: "read_write", length: (p) => p.size ** 2 },
  },
  operations: (p) => 4 * p.size ** 2,
  source: quinticFactorSource,
  workgroups: (p) => Math.ceil(p.size ** 2 / 64),
});
