import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { cgScalars } from "./lib/cg-scalars.wgsl.ts";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";

export const cgMoveSource = (): string => wgsl`
// cg-move: a pass of conjugate gradients on C + lambda I moves its iterate and residual along the direction.
//
//   x <- x + STEP p
//   r <- r - STEP (C p + RIDGE p)
//   partials[g] = sum over i = g 64 + lane, in strides of 64 partials, of r[i]^2
//
// shapes    scalars [7], places in lib/cg-scalars.wgsl.ts; p, curved (C p), x, r [length]; partials [partials]
// dispatch  one workgroup per partial sum, laid out on x then y
// order     each lane sums its stride ascending, then a fixed tree
// assumes   cg-length of the same pass has run
// mirror    src/reference/cg-move.ts

struct Params {
  length: u32,
  partials: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;
@group(0) @binding(2) var<storage, read> p: array<f32>;
@group(0) @binding(3) var<storage, read> curved: array<f32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> r: array<f32>;
@group(0) @binding(6) var<storage, read_write> partials: array<f32>;
${groupIndex}${cgScalars}${sumLanes}
@compute @workgroup_size(${REDUCE_LANES})
fn cg_move_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = group_index(group, groups);
  var sum = 0.0;
  if (index < params.partials) {
    let step = scalars[STEP];
    for (var i = index * ${REDUCE_LANES}u + lane; i < params.length; i += params.partials * ${REDUCE_LANES}u) {
      x[i] += step * p[i];
      let rest = r[i] - step * (curved[i] + scalars[RIDGE] * p[i]);
      r[i] = rest;
      sum += rest * rest;
    }
  }
  let total = sum_lanes(lane, sum);
  if (lane == 0u && index < params.partials) {
    partials[index] = total;
  }
}
`;
