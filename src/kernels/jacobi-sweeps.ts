import { JACOBI_BLOCK } from "../../shaders/lib/jacobi-blocks.wgsl.ts";
import { jacobiSweepsSource } from "../../shaders/jacobi-sweeps.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** The number of vectors, rounded up to whole pairs of blocks. */
export const jacobiOrder = (vectors: number): number => Math.ceil(vectors / (2 * JACOBI_BLOCK)) * 2 * JACOBI_BLOCK;

/** Sweeps of Jacobi rotations over the rows of `matrices` matrices, at most `sweeps` of each; `order` is a {@link jacobiOrder}. */
export const jacobiSweeps = defineKernel({
  name: "jacobi-sweeps",
  params: { matrices: "u32", order: "u32", length4: "u32", sweeps: "u32", tolerance: "f32", floor: "f32" },
  bindings: {
    rows: { type: "f32", access: "read_write", length: (p) => p.matrices * p.order * 4 * p.length4 },
    rotation: { type: "f32", access: "read_write", length: (p) => p.matrices * p.order * p.order },
    cosines: { type: "f32", access: "read_write", length: (p) => p.matrices },
  },
  // a pair of blocks: the Gram matrix, and T times what both blocks have, in both arrays
  operations: (p) => ((p.sweeps * p.matrices * p.order * (p.order - JACOBI_BLOCK)) / 2) * 4 * (8 * p.length4 + p.order),
  source: jacobiSweepsSource,
  workgroups: (p) => p.matrices,
});
