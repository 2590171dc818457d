import { negativeMultipleSource } from "../../shaders/negative-multiple.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** high ← −scalars[factor] high and low ← 0, for arrays of `length` elements. */
export const negativeMultiple = defineKernel({
  name: "negative-multiple",
  params: { length: "u32", factor: "u32" },
  rows: { count: "length" },
  bindings: {
    scalars: { type: "f32", access: "read", length: (p) => p.factor + 1 },
    high: { type: "f32", access: "read_write", length: (p) => p.length, perRow: () => 1 },
    low: { type: "f32", access: "read_write", length: (p) => p.length, perRow: () => 1 },
  },
  operations: (p) => 20 * p.length,
  source: negativeMultipleSource,
  workgroups: (p) => Math.ceil(p.length / 64),
});
