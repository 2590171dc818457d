import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";
import { scheduledStep } from "./lib/scheduled-step.wgsl.ts";

export const stepLengthSource = (): string => wgsl`
// step-length: how far the next step goes along its direction, and the count of steps.
//
//   n = sum_i squares[i]
//   step_length = step_size / (sqrt(1 + slowing count) (1 + falling count)) / sqrt(n),  0 where n = 0
//   count <- count + 1
//
// shapes    squares [terms], the parts of the direction's squared norm, or one 1; count [1]; step_length [1]
// dispatch  one workgroup
// order     each lane sums a stride of 64 ascending, then a fixed tree
// assumes   squares that are not negative; slowing is 1 for eta / sqrt(k) in step k, falling for eta / k, else 0
// mirror    src/reference/step-length.ts

struct Params {
  terms: u32,
  step_size: f32,
  slowing: f32,
  falling: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> squares: array<f32>;
@group(0) @binding(2) var<storage, read_write> count: array<u32>;
@group(0) @binding(3) var<storage, read_write> step_length: array<f32>;
${groupIndex}${sumLanes}
@compute @workgroup_size(${REDUCE_LANES})
fn step_length_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var sum = 0.0;
  for (var i = lane; i < params.terms; i += ${REDUCE_LANES}u) {
    sum += squares[i];
  }
  let total = sum_lanes(lane, sum);
  if (lane > 0u || group_index(group, groups) > 0u) {
    return;
  }
  let taken = count[0];
  count[0] = taken + 1u;
  if (total > 0.0) {
    step_length[0] = ${scheduledStep("taken")} / sqrt(total);
  } else {
    step_length[0] = 0.0;
  }
}
`;
