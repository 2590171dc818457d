import { momentumSource } from "../../shaders/momentum.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The next momentum factor, in state [t, factor], from the overlaps of all contexts. */
export const momentum = defineKernel({
  name: "momentum",
  params: { contexts: "u32" },
  bindings: {
    overlap: { type: "f32", access: "read", length: (p) => p.contexts },
    state: { type: "f32", access: "read_write", length: () => 2 },
  },
  operations: (p) => p.contexts,
  source: momentumSource,
  workgroups: () => 1,
});
