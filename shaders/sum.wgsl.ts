import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";

export const sumSource = (): string => wgsl`
// sum: sums of the columns of a matrix, written side by side.
//
//   sums[first + c] = sum_i terms[i, c]
//
// shapes    terms [rows, columns]; sums [first + columns]
// dispatch  one workgroup per column, laid out on x then y
// order     each lane sums rows lane, lane + 64, ... ascending, then a fixed tree
// assumes   nothing
// mirror    src/reference/sum.ts

struct Params {
  rows: u32,
  columns: u32,
  first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> terms: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
${groupIndex}${sumLanes}
@compute @workgroup_size(${REDUCE_LANES})
fn sum_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = group_index(group, groups);
  var sum = 0.0;
  if (column < params.columns) {
    for (var i = lane; i < params.rows; i += ${REDUCE_LANES}u) {
      sum += terms[i * params.columns + column];
    }
  }
  let total = sum_lanes(lane, sum);
  if (lane == 0u && column < params.columns) {
    sums[params.first + column] = total;
  }
}
`;
