import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { cgScalars } from "./lib/cg-scalars.wgsl.ts";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";

export const cgLengthSource = (): string => wgsl`
// cg-length: how far a pass of conjugate gradients on C + lambda I goes along its direction p.
//
//   STEP = RESIDUAL_SQUARED / (sum_j energy[j] + RIDGE DIRECTION_SQUARED),   the energies adding up to <p, C p>
//   STEP = 0 after the end, and where the denominator is 0
//
// shapes    energies [contexts]; scalars [7], places in lib/cg-scalars.wgsl.ts
// dispatch  one workgroup
// order     each lane sums a stride of 64 ascending, then a fixed tree
// assumes   energies and squares not negative
// mirror    src/reference/cg-length.ts

struct Params {
  contexts: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> energies: array<f32>;
@group(0) @binding(2) var<storage, read_write> scalars: array<f32>;
${groupIndex}${cgScalars}${sumLanes}
@compute @workgroup_size(${REDUCE_LANES})
fn cg_length_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var sum = 0.0;
  for (var j = lane; j < params.contexts; j += ${REDUCE_LANES}u) {
    sum += energies[j];
  }
  let total = sum_lanes(lane, sum);
  if (lane > 0u || group_index(group, groups) > 0u) {
    return;
  }
  let curvature = total + scalars[RIDGE] * scalars[DIRECTION_SQUARED];
  var step = 0.0;
  if (scalars[ENDED] == 0.0 && curvature > 0.0) {
    step = scalars[RESIDUAL_SQUARED] / curvature;
  }
  scalars[STEP] = step;
}
`;
