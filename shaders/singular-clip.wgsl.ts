import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";

export const singularClipSource = (): string => wgsl`
// singular-clip: rows that are orthogonal to each other, the longer ones cut to one length, which clips singular values.
//
//   lengths[i] = ||rows_i||,  clipped_i = min(limit / lengths[i], 1) rows_i
//
// shapes    rows, clipped [count, 4 length4]; lengths [count]
// dispatch  one workgroup per row, laid out on x then y
// order     each lane sums the squares of fours lane, lane + 64, ... ascending, then a fixed tree
// assumes   squares of entries and their sums are in float32's range
// mirror    src/reference/singular-clip.ts

struct Params {
  count: u32,
  length4: u32,
  limit: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> clipped: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> lengths: array<f32>;
${groupIndex}${sumLanes}
var<workgroup> kept: f32;

@compute @workgroup_size(${REDUCE_LANES})
fn singular_clip_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group_index(group, groups);
  if (row >= params.count) {
    return;
  }
  let start = row * params.length4;
  var squares = 0.0;
  for (var k = lane; k < params.length4; k += ${REDUCE_LANES}u) {
    squares += dot(rows[start + k], rows[start + k]);
  }
  let total = sum_lanes(lane, squares);
  if (lane == 0u) {
    let length = sqrt(total);
    lengths[row] = length;
    kept = select(1.0, params.limit / length, length > params.limit);
  }
  let factor = workgroupUniformLoad(&kept);
  for (var k = lane; k < params.length4; k += ${REDUCE_LANES}u) {
    clipped[start + k] = factor * rows[start + k];
  }
}
`;
