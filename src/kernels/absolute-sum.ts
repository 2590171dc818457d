import { absoluteSumSource } from "../../shaders/absolute-sum.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Partial sums of |x|, `partials` of them, as many as an inner product has. */
export const absoluteSum = defineKernel({
  name: "absolute-sum",
  params: { length: "u32", partials: "u32" },
  bindings: {
    x: { type: "f32", access: "read", length: (p) => p.length },
    partials: { type: "f32", access: "read_write", length: (p) => p.partials },
  },
  operations: (p) => p.length,
  source: absoluteSumSource,
  workgroups: (p) => p.partials,
});
