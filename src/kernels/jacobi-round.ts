import { JACOBI_BLOCK } from "../../shaders/lib/jacobi-blocks.wgsl.ts";
import { jacobiRoundSource } from "../../shaders/jacobi-round.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";

/** Round `round` of a sweep of Jacobi rotations; a sweep has `order` / 8 − 1 of them, which is at least one. */
export const jacobiRound = defineKernel({
  name: "jacobi-round",
  params: { matrices: "u32", order: "u32", length4: "u32", round: "u32", tolerance: "f32", floor: "f32" },
  bindings: {
    rows: { type: "f32", access: "read_write", length: (p) => p.matrices * p.order * 4 * p.length4 },
    rotation: { type: "f32", access: "read_write", length: (p) => p.matrices * p.order * p.order },
    cosines: { type: "f32", access: "read_write", length: (p) => p.matrices * cosinesOf(p.order) },
  },
  operations: (p) => p.matrices * p.order * 16 * 2 * (8 * p.length4 + p.order),
  source: jacobiRoundSource,
  workgroups: (p) => (p.matrices * p.order) / (2 * JACOBI_BLOCK),
});

/** Pairs of blocks of a matrix, each of which leaves a cosine. */
const cosinesOf = (order: number): number => (order / JACOBI_BLOCK - 1) * (order / (2 * JACOBI_BLOCK));
