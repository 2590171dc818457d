import { CG_SCALAR_COUNT } from "../../shaders/lib/cg-scalars.wgsl.ts";
import { cgDirectionSource } from "../../shaders/cg-direction.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** p ← r + FACTOR p: the direction of the next pass of conjugate gradients. */
export const cgDirection = defineKernel({
  name: "cg-direction",
  params: { length: "u32" },
  bindings: {
    scalars: { type: "f32", access: "read", length: () => CG_SCALAR_COUNT },
    r: { type: "f32", access: "read", length: (p) => p.length },
    p: { type: "f32", access: "read_write", length: (p) => p.length },
  },
  operations: (p) => 2 * p.length,
  source: cgDirectionSource,
  workgroups: (p) => Math.ceil(p.length / 64),
});
