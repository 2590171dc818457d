import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { cgScalars } from "./lib/cg-scalars.wgsl.ts";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const cgDirectionSource = (): string => wgsl`
// cg-direction: the direction of the next pass of conjugate gradients.
//
//   p <- r + FACTOR p
//
// shapes    scalars [7], places in lib/cg-scalars.wgsl.ts; r, p [length]
// dispatch  one thread per element, 64 a workgroup, laid out on x then y
// order     as written
// assumes   cg-turn of the same pass has run
// mirror    src/reference/cg-direction.ts

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;
@group(0) @binding(2) var<storage, read> r: array<f32>;
@group(0) @binding(3) var<storage, read_write> p: array<f32>;
${groupIndex}${cgScalars}
@compute @workgroup_size(64)
fn cg_direction_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group_index(group, groups) * 64u + lane;
  if (i >= params.length) {
    return;
  }
  p[i] = r[i] + scalars[FACTOR] * p[i];
}
`;
