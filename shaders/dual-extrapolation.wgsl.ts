import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const dualExtrapolationSource = (): string => wgsl`
// dual-extrapolation: the point beyond a step, from which the next one is taken.
//
//   y <- x+ + factor (x+ - x),   x <- x+
//
// shapes    moved (x+), x, y [length]; state [2]: t, factor
// dispatch  one thread per four values, 64 a workgroup, laid out on x then y
// order     no sums
// assumes   length is a multiple of four
// mirror    src/reference/dual-extrapolation.ts

struct Params {
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> moved: array<vec4f>;
@group(0) @binding(2) var<storage, read> state: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
${groupIndex}
@compute @workgroup_size(64)
fn dual_extrapolation_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group_index(group, groups) * 64u + lane;
  if (4u * i >= params.length) {
    return;
  }
  let next = moved[i];
  y[i] = next + state[1] * (next - x[i]);
  x[i] = next;
}
`;
