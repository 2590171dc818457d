import { logitsSource } from "../../shaders/logits.wgsl.ts";
import type { ProductVariant } from "../../shaders/lib/tile-product.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { productBlocks } from "./products.ts";

/** L = W Hᵀ, words as rows: logits [rows, 4 columns4] from decoder [rows, 4 inner4] and embeddings_t [4 inner4, 4 columns4]. */
export const logits = defineKernel({
  name: "logits",
  params: { rows: "u32", inner4: "u32", columns4: "u32" },
  bindings: {
    decoder: { type: "f32", access: "read", length: (p) => p.rows * p.inner4 * 4 },
    embeddings_t: { type: "f32", access: "read", length: (p) => p.inner4 * p.columns4 * 16 },
    logits: { type: "f32", access: "read_write", length: (p) => p.rows * p.columns4 * 4 },
  },
  operations: (p) => 32 * p.rows * p.inner4 * p.columns4,
  source: (variant: ProductVariant) => logitsSource(variant),
  workgroups: (p, variant: ProductVariant) => productBlocks(p, variant),
});
