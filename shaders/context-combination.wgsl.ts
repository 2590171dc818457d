import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const contextCombinationSource = (): string => wgsl`
// context-combination: the second half of a power iteration on K = sum_j pi_j h_j h_j^T.
//
//   x[i] = sum_j scores[j] h_j[i]
//
// shapes    embeddings [contexts, stride] (d rounded up to a multiple of four with zeros); scores [contexts]; x [stride]
// dispatch  one thread per coordinate, 64 a workgroup, laid out on x then y
// order     contexts ascending, one f32 sum
// assumes   nothing
// mirror    src/reference/context-combination.ts

struct Params {
  contexts: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> embeddings: array<f32>;
@group(0) @binding(2) var<storage, read> scores: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
${groupIndex}
@compute @workgroup_size(64)
fn context_combination_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group_index(group, groups) * 64u + lane;
  if (i >= params.stride) {
    return;
  }
  var sum = 0.0;
  for (var j = 0u; j < params.contexts; j++) {
    sum += scores[j] * embeddings[j * params.stride + i];
  }
  x[i] = sum;
}
`;
