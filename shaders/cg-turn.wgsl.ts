import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { cgScalars } from "./lib/cg-scalars.wgsl.ts";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";

export const cgTurnSource = (): string => wgsl`
// cg-turn: the numbers of the next pass of conjugate gradients, and whether this one was the last.
//
//   FACTOR = sum partials / RESIDUAL_SQUARED,   RESIDUAL_SQUARED <- sum partials
//   DIRECTION_SQUARED <- RESIDUAL_SQUARED + FACTOR^2 DIRECTION_SQUARED,   residual and direction being orthogonal
//   the last pass is that with sqrt(RESIDUAL_SQUARED) <= residual_tolerance, or number most_passes: FACTOR = 0 then, and all stays
//
// shapes    partials [partials]; scalars [7], places in lib/cg-scalars.wgsl.ts
// dispatch  one workgroup
// order     each lane sums a stride of 64 ascending, then a fixed tree
// assumes   a right-hand side of norm 1: RESIDUAL_SQUARED is above 0 until the end
// mirror    src/reference/cg-turn.ts

struct Params {
  partials: u32,
  residual_tolerance: f32,
  most_passes: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read_write> scalars: array<f32>;
${groupIndex}${cgScalars}${sumLanes}
@compute @workgroup_size(${REDUCE_LANES})
fn cg_turn_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var sum = 0.0;
  for (var i = lane; i < params.partials; i += ${REDUCE_LANES}u) {
    sum += partials[i];
  }
  let square = sum_lanes(lane, sum);
  if (lane > 0u || group_index(group, groups) > 0u || scalars[ENDED] == 1.0) {
    return;
  }
  let factor = square / scalars[RESIDUAL_SQUARED];
  scalars[FACTOR] = factor;
  scalars[RESIDUAL_SQUARED] = square;
  scalars[DIRECTION_SQUARED] = square + factor * factor * scalars[DIRECTION_SQUARED];
  scalars[PASSES] += 1.0;
  if (sqrt(square) <= params.residual_tolerance || scalars[PASSES] >= params.most_passes) {
    scalars[FACTOR] = 0.0;
    scalars[ENDED] = 1.0;
  }
}
`;
