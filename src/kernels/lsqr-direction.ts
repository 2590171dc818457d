import { LSQR_SCALAR_COUNT } from "../../shaders/lib/lsqr-scalars.wgsl.ts";
import { lsqrDirectionSource } from "../../shaders/lsqr-direction.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The vectors of one pass of LSQR in the space of the solution: v to unit norm, x a step on, w the next direction. */
export const lsqrDirection = defineKernel({
  name: "lsqr-direction",
  params: { length: "u32" },
  rows: { count: "length" },
  bindings: {
    scalars: { type: "f32", access: "read", length: () => LSQR_SCALAR_COUNT },
    v: { type: "f32", access: "read_write", length: (p) => p.length, perRow: () => 1 },
    x: { type: "f32", access: "read_write", length: (p) => p.length, perRow: () => 1 },
    w: { type: "f32", access: "read_write", length: (p) => p.length, perRow: () => 1 },
  },
  operations: (p) => 6 * p.length,
  source: lsqrDirectionSource,
  workgroups: (p) => Math.ceil(p.length / 64),
});
