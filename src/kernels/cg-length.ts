import { CG_SCALAR_COUNT } from "../../shaders/lib/cg-scalars.wgsl.ts";
import { cgLengthSource } from "../../shaders/cg-length.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** How far a pass of conjugate gradients goes along its direction, from the energies of all contexts. */
export const cgLength = defineKernel({
  name: "cg-length",
  params: { contexts: "u32" },
  bindings: {
    energies: { type: "f32", access: "read", length: (p) => p.contexts },
    scalars: { type: "f32", access: "read_write", length: () => CG_SCALAR_COUNT },
  },
  operations: (p) => p.contexts,
  source: cgLengthSource,
  workgroups: () => 1,
});
