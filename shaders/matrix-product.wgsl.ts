import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { productFeatures, productMain, type ProductVariant } from "./lib/tile-product.wgsl.ts";

export const matrixProductSource = (variant: ProductVariant): string => wgsl`
// matrix-product: a product of two matrices, the logits of every word in every context for one.
//
//   product[r, c] = sum_i left[r, i] right[i, c]   (with adds = 1: added to what it is)
//
// shapes    left [rows, inner], right [inner, columns], product [rows, columns]; inner and columns are multiples of four.
//           The logits L = W H^T are that of W [V, d] and H^T [d, m], d and m rounded up with zeros
// dispatch  one workgroup per block of the variant, laid out on x then y
// order     one f32 sum, i ascending; by quads: fours of i ascending, within a four q, q ^ 1, q ^ 2, q ^ 3
// assumes   rows >= 1
// mirror    src/reference/matrix-product.ts

${productFeatures(variant)}struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
  adds: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<vec4f>;
@group(0) @binding(2) var<storage, read> right: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> product: array<vec4f>;
${groupIndex}
${productMain(variant, {
  name: "matrix_product",
  left: "left",
  right: "right",
  store: (row, column, value) => `let at = ${row} * params.columns4 + ${column};
      product[at] = select(${value}, product[at] + ${value}, params.adds == 1u);`,
})}`;
