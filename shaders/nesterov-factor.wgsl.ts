import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";

export const nesterovFactorSource = (): string => wgsl`
// nesterov-factor: the next factor of Nesterov's sequence, restarted where the step points back.
//
//   sum_j overlap[j] > 0:   factor = 0,             t <- 1
//   otherwise:              factor = (t - 1) / t+,  t <- t+ = (1 + sqrt(1 + 4 t^2)) / 2
//
// shapes    overlap [contexts]; state [2]: t, factor
// dispatch  one workgroup
// order     each lane sums a stride of 64 ascending, then a fixed tree
// assumes   state[0] >= 1
// mirror    src/reference/nesterov-factor.ts

struct Params {
  contexts: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> overlap: array<f32>;
@group(0) @binding(2) var<storage, read_write> state: array<f32>;
${groupIndex}${sumLanes}
@compute @workgroup_size(${REDUCE_LANES})
fn nesterov_factor_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var sum = 0.0;
  for (var j = lane; j < params.contexts; j += ${REDUCE_LANES}u) {
    sum += overlap[j];
  }
  let total = sum_lanes(lane, sum);
  if (lane > 0u || group_index(group, groups) > 0u) {
    return;
  }
  if (total > 0.0) {
    state[0] = 1.0;
    state[1] = 0.0;
  } else {
    let t = state[0];
    let next = 0.5 * (1.0 + sqrt(1.0 + 4.0 * t * t));
    state[0] = next;
    state[1] = (t - 1.0) / next;
  }
}
`;
