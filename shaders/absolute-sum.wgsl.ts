import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";

export const absoluteSumSource = (): string => wgsl`
// absolute-sum: partial sums of absolute values, one per workgroup.
//
//   partials[g] = sum over i from g chunk to (g + 1) chunk, and below length, of |x[i]|
//
// shapes    x [length - first chunk]; partials [partials], those from the first on; chunk is a multiple of 64
// dispatch  one workgroup per partial sum, laid out on x then y
// order     each lane sums its stride of the chunk ascending, then a fixed tree
// assumes   first chunk at most length; a lane without elements adds zero
// mirror    src/reference/absolute-sum.ts

struct Params {
  length: u32,
  partials: u32,
  chunk: u32,
  first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
${groupIndex}${sumLanes}
@compute @workgroup_size(${REDUCE_LANES})
fn absolute_sum_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = group_index(group, groups);
  var sum = 0.0;
  let end = min((index + 1u) * params.chunk, params.length - params.first * params.chunk);
  for (var i = index * params.chunk + lane; i < end; i += ${REDUCE_LANES}u) {
    sum += abs(x[i]);
  }
  let total = sum_lanes(lane, sum);
  if (lane == 0u && index < params.partials) {
    partials[index] = total;
  }
}
`;
