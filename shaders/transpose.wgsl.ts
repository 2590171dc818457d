import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

const TILE = 16;

export const transposeSource = (): string => wgsl`
// transpose: the transpose of a matrix.
//
//   transposed[c, r] = matrix[r, c]
//
// shapes    matrix [rows, columns], transposed [columns, rows]
// dispatch  one workgroup per tile of ${TILE} x ${TILE}, a thread for each element, laid out on x then y: both sides are read and
//           written along their rows
// order     no sums
// assumes   nothing
// mirror    src/reference/transpose.ts

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> matrix: array<f32>;
@group(0) @binding(2) var<storage, read_write> transposed: array<f32>;
${groupIndex}
// a column of the tile lies in banks of its own
var<workgroup> tile: array<f32, ${TILE * (TILE + 1)}>;

@compute @workgroup_size(${TILE}, ${TILE})
fn transpose_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
  let across = (params.columns + ${TILE - 1}u) / ${TILE}u;
  let index = group_index(group, groups);
  let first_row = index / across * ${TILE}u;
  let first_column = index % across * ${TILE}u;
  let row = first_row + lane.y;
  let column = first_column + lane.x;
  if (row < params.rows && column < params.columns) {
    tile[lane.y * ${TILE + 1}u + lane.x] = matrix[row * params.columns + column];
  }
  workgroupBarrier();
  let new_row = first_column + lane.y;
  let new_column = first_row + lane.x;
  if (new_row < params.columns && new_column < params.rows) {
    transposed[new_row * params.rows + new_column] = tile[lane.x * ${TILE + 1}u + lane.y];
  }
}
`;
