import { matrixProductSource } from "../../shaders/matrix-product.wgsl.ts";
import type { ProductVariant } from "../../shaders/lib/tile-product.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { productBlocks } from "./lib/product-tiles.ts";

/**
 * product [rows, 4 columns4] of left [rows, 4 inner4] and right [4 inner4, 4 columns4]; the logits L = W Hᵀ, words as rows, for one.
 * With `adds` 1 it is added to what `product` is, with 0 it takes its place.
 */
export const matrixProduct = defineKernel({
  name: "matrix-product",
  params: { rows: "u32", inner4: "u32", columns4: "u32", adds: "u32" },
  rows: { count: "rows" },
  bindings: {
    left: { type: "f32", access: "read", length: (p) => p.rows * p.inner4 * 4, perRow: (p) => p.inner4 * 4 },
    right: { type: "f32", access: "read", length: (p) => p.inner4 * p.columns4 * 16 },
    product: {
      type: "f32",
      access: "read_write",
      length: (p) => p.rows * p.columns4 * 4,
      perRow: (p) => p.columns4 * 4,
    },
  },
  operations: (p) => 32 * p.rows * p.inner4 * p.columns4,
  source: (variant: ProductVariant) => matrixProductSource(variant),
  workgroups: (p, variant: ProductVariant) => productBlocks(p, variant),
});
