import { nesterovFactorSource } from "../../shaders/nesterov-factor.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Nesterov's next factor, in state [t, factor], from the overlaps of all contexts. */
export const nesterovFactor = defineKernel({
  name: "nesterov-factor",
  params: { contexts: "u32" },
  bindings: {
    overlap: { type: "f32", access: "read", length: (p) => p.contexts },
    state: { type: "f32", access: "read_write", length: () => 2 },
  },
  operations: (p) => p.contexts,
  source: nesterovFactorSource,
  workgroups: () => 1,
});
