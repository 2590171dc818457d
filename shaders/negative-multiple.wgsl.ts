import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const negativeMultipleSource = (): string => wgsl`
// negative-multiple: an array times the negative of a number that is on the device, as the start of an accumulation in pairs.
//
//   high[i] <- -scalars[factor] high[i]
//   low[i]  <- 0
//
// shapes    scalars [.., factor, ..]; high, low [length]
// dispatch  one thread per element, 64 a workgroup, laid out on x then y
// order     one product each
// assumes   nothing
// mirror    src/reference/negative-multiple.ts

struct Params {
  length: u32,
  factor: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;
@group(0) @binding(2) var<storage, read_write> high: array<f32>;
@group(0) @binding(3) var<storage, read_write> low: array<f32>;
${groupIndex}
@compute @workgroup_size(64)
fn negative_multiple_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group_index(group, groups) * 64u + lane;
  if (i >= params.length) {
    return;
  }
  high[i] = -scalars[params.factor] * high[i];
  low[i] = 0.0;
}
`;
