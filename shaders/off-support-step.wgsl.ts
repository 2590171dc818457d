import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";
import { productFeatures, productMain, type ProductVariant } from "./lib/tile-product.wgsl.ts";

export const offSupportStepSource = (variant: ProductVariant): string => wgsl`
// off-support-step: the off-support half of a gradient step, and the whole that both halves make.
//
//   off[v, i] <- decay off[v, i] - step_size * sum_j B[v, j] h_j[i]
//   whole = in + off, where these contexts are the last
//
// shapes    residual B [rows = V, inner], embeddings [inner, columns]; in, off, whole as pairs (high, low) [V, columns];
//           inner is m, or a part of it, and columns is d, each rounded up to a multiple of four with zeros
// dispatch  one workgroup per block of the variant, laid out on x then y
// order     one f32 sum, j ascending; by quads: fours of j ascending, within a four q, q ^ 1, q ^ 2, q ^ 3;
//           the step is then added to the pair, which a decay of 1 leaves exact
// assumes   support-adjoint of the same iteration has run
// mirror    src/reference/off-support-step.ts

${productFeatures(variant)}struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
  zero: u32,
  is_last: u32,
  step_size: f32,
  decay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> residual: array<vec4f>;
@group(0) @binding(2) var<storage, read> embeddings: array<vec4f>;
@group(0) @binding(3) var<storage, read> in_high: array<vec4f>;
@group(0) @binding(4) var<storage, read> in_low: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> off_high: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> off_low: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> whole_high: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> whole_low: array<vec4f>;
${groupIndex}${pairArithmetic("vec4f")}
fn step(i: u32, gradient: vec4f) {
  let off = add(scaled(Pair(off_high[i], off_low[i]), vec4f(params.decay)), -params.step_size * gradient);
  off_high[i] = off.high;
  off_low[i] = off.low;
  if (params.is_last == 0u) {
    return;
  }
  let whole = add_pairs(Pair(in_high[i], in_low[i]), off);
  whole_high[i] = whole.high;
  whole_low[i] = whole.low;
}
${productMain(variant, {
  name: "off_support_step",
  left: "residual",
  right: "embeddings",
  store: (row, column, value) => `step(${row} * params.columns4 + ${column}, ${value});`,
})}`;
