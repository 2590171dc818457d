import { CG_SCALAR_COUNT } from "../../shaders/lib/cg-scalars.wgsl.ts";
import { cgMoveSource } from "../../shaders/cg-move.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Iterate and residual of conjugate gradients a step on, and partial sums of ‖r‖²; `partialCount` says how many. */
export const cgMove = defineKernel({
  name: "cg-move",
  params: { length: "u32", partials: "u32" },
  bindings: {
    scalars: { type: "f32", access: "read", length: () => CG_SCALAR_COUNT },
    p: { type: "f32", access: "read", length: (p) => p.length },
    curved: { type: "f32", access: "read", length: (p) => p.length },
    x: { type: "f32", access: "read_write", length: (p) => p.length },
    r: { type: "f32", access: "read_write", length: (p) => p.length },
    partials: { type: "f32", access: "read_write", length: (p) => p.partials },
  },
  operations: (p) => 8 * p.length,
  source: cgMoveSource,
  workgroups: (p) => p.partials,
});
