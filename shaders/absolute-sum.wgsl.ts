import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";

export const absoluteSumSource = (): string => wgsl`
// absolute-sum: partial sums of absolute values, one per workgroup.
//
//   partials[g] = sum over i = g 64 + lane, in strides of 64 partials, of |x[i]|
//
// shapes    x [length]; partials [partials]
// dispatch  one workgroup per partial sum, laid out on x then y
// order     each lane sums its stride ascending, then a fixed tree
// assumes   nothing: a lane without elements adds zero
// mirror    src/reference/absolute-sum.ts

struct Params {
  length: u32,
  partials: u32,
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
  for (var i = index * ${REDUCE_LANES}u + lane; i < params.length; i += params.partials * ${REDUCE_LANES}u) {
    sum += abs(x[i]);
  }
  let total = sum_lanes(lane, sum);
  if (lane == 0u && index < params.partials) {
    partials[index] = total;
  }
}
`;
