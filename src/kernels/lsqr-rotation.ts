import { lsqrRotationSource } from "../../shaders/lsqr-rotation.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The numbers of one pass of LSQR, from the squares of the two norms; `length` is that of `scalars`. */
export const lsqrRotation = defineKernel({
  name: "lsqr-rotation",
  params: { length: "u32", residual_tolerance: "f32", angle_tolerance: "f32", most_passes: "f32" },
  bindings: { scalars: { type: "f32", access: "read_write", length: (p) => p.length } },
  operations: () => 40,
  source: lsqrRotationSource,
  workgroups: () => 1,
});
