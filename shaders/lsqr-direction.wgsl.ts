import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { lsqrScalars } from "./lib/lsqr-scalars.wgsl.ts";

export const lsqrDirectionSource = (): string => wgsl`
// lsqr-direction: the vectors of one pass of LSQR in the space of the solution.
//
//   v <- RIGHT_INVERSE v
//   x <- x + STEP w
//   w <- v - BACK w
//
// shapes    scalars [11], places in lib/lsqr-scalars.wgsl.ts; v, x, w [length]
// dispatch  one thread per element, 64 a workgroup, laid out on x then y
// order     as written
// assumes   lsqr-rotation of the same pass has run
// mirror    src/reference/lsqr-direction.ts

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> w: array<f32>;
${groupIndex}${lsqrScalars}
@compute @workgroup_size(64)
fn lsqr_direction_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group_index(group, groups) * 64u + lane;
  if (i >= params.length) {
    return;
  }
  let unit = scalars[RIGHT_INVERSE] * v[i];
  let direction = w[i];
  v[i] = unit;
  x[i] += scalars[STEP] * direction;
  w[i] = unit - scalars[BACK] * direction;
}
`;
