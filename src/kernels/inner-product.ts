import { innerProductSource } from "../../shaders/inner-product.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Partial sums of ⟨a, b⟩, `partials` of them; {@link partialCount} says how many. */
export const innerProduct = defineKernel({
  name: "inner-product",
  params: { length: "u32", partials: "u32" },
  bindings: {
    a: { type: "f32", access: "read", length: (p) => p.length },
    b: { type: "f32", access: "read", length: (p) => p.length },
    partials: { type: "f32", access: "read_write", length: (p) => p.partials },
  },
  operations: (p) => 2 * p.length,
  source: innerProductSource,
  workgroups: (p) => p.partials,
});

/** How many partial sums an inner product of `length` terms has: a function of the length alone, so that sums repeat on any device. */
export const partialCount = (length: number): number => Math.min(256, Math.ceil(length / 1024));
