import { segmentStepSource } from "../../shaders/segment-step.wgsl.ts";
import type { ProductVariant } from "../../shaders/lib/tile-product.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { productBlocks } from "./lib/product-tiles.ts";

/** moving ← decay · moving − step_size · R H, all [rows, 4 columns4]. */
export const segmentStep = defineKernel({
  name: "segment-step",
  params: { rows: "u32", inner4: "u32", columns4: "u32", step_size: "f32", decay: "f32" },
  rows: { count: "rows" },
  bindings: {
    residual: { type: "f32", access: "read", length: (p) => p.rows * p.inner4 * 4, perRow: (p) => p.inner4 * 4 },
    embeddings: { type: "f32", access: "read", length: (p) => p.inner4 * p.columns4 * 16 },
    moving: {
      type: "f32",
      access: "read_write",
      length: (p) => p.rows * p.columns4 * 4,
      perRow: (p) => p.columns4 * 4,
    },
  },
  operations: (p) => 4 * p.rows * p.columns4 * (8 * p.inner4 + 3),
  source: (variant: ProductVariant) => segmentStepSource(variant),
  workgroups: (p, variant: ProductVariant) => productBlocks(p, variant),
});
