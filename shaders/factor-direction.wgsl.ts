import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const factorDirectionSource = (): string => wgsl`
// factor-direction: what a step of both factors goes along, from their gradient and their ridge.
//
//   direction <- decay direction + scale (gradient + ridge factors)
//
// shapes    gradient, factors, direction [length]
// dispatch  one thread per four fours of values, 64 fours apart, 64 threads a workgroup, laid out on x then y
// order     no sums
// assumes   length is a multiple of four
// mirror    src/reference/factor-direction.ts

struct Params {
  length: u32,
  decay: f32,
  scale: f32,
  ridge: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read> factors: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> direction: array<vec4f>;
${groupIndex}
@compute @workgroup_size(64)
fn factor_direction_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = group_index(group, groups) * 256u + lane;
  for (var i = first; i < first + 256u; i += 64u) {
    if (4u * i >= params.length) {
      return;
    }
    direction[i] = params.decay * direction[i] + params.scale * (gradient[i] + params.ridge * factors[i]);
  }
}
`;
