import { CG_SCALAR_COUNT } from "../../shaders/lib/cg-scalars.wgsl.ts";
import { cgTurnSource } from "../../shaders/cg-turn.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The numbers of the next pass of conjugate gradients, from the partial sums of ‖r‖². */
export const cgTurn = defineKernel({
  name: "cg-turn",
  params: { partials: "u32", residual_tolerance: "f32", most_passes: "f32" },
  bindings: {
    partials: { type: "f32", access: "read", length: (p) => p.partials },
    scalars: { type: "f32", access: "read_write", length: () => CG_SCALAR_COUNT },
  },
  operations: (p) => p.partials,
  source: cgTurnSource,
  workgroups: () => 1,
});
