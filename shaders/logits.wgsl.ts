import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { tileProduct, TILE_GROUP, type Tile } from "./lib/tile-product.wgsl.ts";

/** A register tile of logits per thread. */
export const logitsSource = (tile: Tile): string => wgsl`
// logits: every word's logit in every context.
//
//   L[v, j] = sum_i W[v, i] h_j[i]
//
// shapes    decoder W [rows = V, inner], embeddings_t [inner, columns], logits [V, columns];
//           inner is d and columns is m, each rounded up to a multiple of four with zeros
// dispatch  one workgroup per 8 x 8 tiles, laid out on x then y
// order     i ascending, one f32 sum
// assumes   V >= 1
// mirror    src/reference/logits.ts

struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> decoder: array<vec4f>;
@group(0) @binding(2) var<storage, read> embeddings_t: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> logits: array<vec4f>;
${groupIndex}
@compute @workgroup_size(${TILE_GROUP}, ${TILE_GROUP})
fn logits_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
${tileProduct(tile, "decoder", "embeddings_t", (row, column, value) => `logits[${row} * params.columns4 + ${column}] = ${value};`)}
}
`;
