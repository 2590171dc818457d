import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { productFeatures, productMain, type ProductVariant } from "./lib/tile-product.wgsl.ts";

export const logitsSource = (variant: ProductVariant): string => wgsl`
// logits: every word's logit in every context.
//
//   L[v, j] = sum_i W[v, i] h_j[i]
//
// shapes    decoder W [rows = V, inner], embeddings_t [inner, columns], logits [V, columns];
//           inner is d and columns is m, each rounded up to a multiple of four with zeros
// dispatch  one workgroup per block of the variant, laid out on x then y
// order     one f32 sum, i ascending; by quads: fours of i ascending, within a four q, q ^ 1, q ^ 2, q ^ 3
// assumes   V >= 1
// mirror    src/reference/logits.ts

${productFeatures(variant)}struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> decoder: array<vec4f>;
@group(0) @binding(2) var<storage, read> embeddings_t: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> logits: array<vec4f>;
${groupIndex}
${productMain(variant, {
  name: "logits",
  left: "decoder",
  right: "embeddings_t",
  store: (row, column, value) => `logits[${row} * params.columns4 + ${column}] = ${value};`,
})}`;
