import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";
import { scheduledStep } from "./lib/scheduled-step.wgsl.ts";

export const stepLengthSource = (): string => wgsl`
// step-length: how far the next step goes along its direction, and the count of steps.
//
//   n = sum_i parts[i]
//   step_length = step_size / (sqrt(1 + slowing count) (1 + falling count)) / sqrt(n),  0 where n = 0
//   with a steepness: step_length = step_size / (sqrt(1 + slowing count) (1 + falling count)) (n steepness)
//   count <- count + 1
//
// shapes    parts [terms], of the direction's squared norm, or one 1; of a dual norm of the gradient with a steepness; count [1]; step_length [1]
// dispatch  one workgroup
// order     each lane sums a stride of 64 ascending, then a fixed tree
// assumes   parts that are not negative; slowing is 1 for eta / sqrt(k) in step k, falling for eta / k, else 0
// mirror    src/reference/step-length.ts

struct Params {
  terms: u32,
  step_size: f32,
  slowing: f32,
  falling: f32,
  steepness: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
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
    sum += parts[i];
  }
  let total = sum_lanes(lane, sum);
  if (lane > 0u || group_index(group, groups) > 0u) {
    return;
  }
  let taken = count[0];
  count[0] = taken + 1u;
  if (total > 0.0) {
    let step_size = ${scheduledStep("taken")};
    step_length[0] = select(step_size / sqrt(total), step_size * (total * params.steepness), params.steepness > 0.0);
  } else {
    step_length[0] = 0.0;
  }
}
`;
