import { offSupportStepSource } from "../../shaders/off-support-step.wgsl.ts";
import type { ProductVariant } from "../../shaders/lib/tile-product.wgsl.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { productBlocks } from "./lib/product-tiles.ts";

type Shape = Readonly<Record<"rows" | "inner4" | "columns4", number>>;
const ofDecoder = {
  type: "f32",
  length: (p: Shape): number => p.rows * p.columns4 * 4,
  perRow: (p: Shape): number => p.columns4 * 4,
} as const;

/** The off-support half of a gradient step, and where it `is_last`, whole = in + off: all [rows, 4 columns4], `off` and `whole` written. */
export const offSupportStep = defineKernel({
  name: "off-support-step",
  params: {
    rows: "u32",
    inner4: "u32",
    columns4: "u32",
    zero: "u32",
    is_last: "u32",
    step_size: "f32",
    decay: "f32",
  },
  rows: { count: "rows" },
  bindings: {
    residual: { type: "f32", access: "read", length: (p) => p.rows * p.inner4 * 4, perRow: (p) => p.inner4 * 4 },
    embeddings: { type: "f32", access: "read", length: (p) => p.inner4 * p.columns4 * 16 },
    in_high: { ...ofDecoder, access: "read" },
    in_low: { ...ofDecoder, access: "read" },
    off_high: { ...ofDecoder, access: "read_write" },
    off_low: { ...ofDecoder, access: "read_write" },
    whole_high: { ...ofDecoder, access: "read_write" },
    whole_low: { ...ofDecoder, access: "read_write" },
  },
  operations: (p) => 4 * p.rows * p.columns4 * (8 * p.inner4 + 52),
  source: (variant: ProductVariant) => offSupportStepSource(variant),
  workgroups: (p, variant: ProductVariant) => productBlocks(p, variant),
});
