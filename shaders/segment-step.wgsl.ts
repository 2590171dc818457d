import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { productFeatures, productMain, type ProductVariant } from "./lib/tile-product.wgsl.ts";

export const segmentStepSource = (variant: ProductVariant): string => wgsl`
// segment-step: the gradient of a residual, added to what steps have moved, or to their direction.
//
//   moving[v, i] <- decay moving[v, i] - step_size * sum_j R[v, j] h_j[i]
//
// shapes    residual R [rows = V, inner], embeddings [inner, columns], moving [rows, columns]; inner is m and columns is d,
//           each rounded up to a multiple of four with zeros
// dispatch  one workgroup per block of the variant, laid out on x then y
// order     one f32 sum, j ascending; by quads: fours of j ascending, within a four q, q ^ 1, q ^ 2, q ^ 3
// assumes   V >= 1
// mirror    src/reference/segment-step.ts

${productFeatures(variant)}struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
  step_size: f32,
  decay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> residual: array<vec4f>;
@group(0) @binding(2) var<storage, read> embeddings: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> moving: array<vec4f>;
${groupIndex}
fn step(i: u32, gradient: vec4f) {
  moving[i] = params.decay * moving[i] - params.step_size * gradient;
}
${productMain(variant, {
  name: "segment_step",
  left: "residual",
  right: "embeddings",
  store: (row, column, value) => `step(${row} * params.columns4 + ${column}, ${value});`,
})}`;
