import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const contextScoresSource = (): string => wgsl`
// context-scores: the first half of a power iteration on K = sum_j pi_j h_j h_j^T.
//
//   scores[j] = pi_j <h_j, x> / ||x||,   ||x||^2 given in norm_squared[0]
//
// shapes    embeddings_t [rows, stride] (d and m rounded up to multiples of four with zeros); weights pi [contexts]; x [rows];
//           norm_squared [1]; scores [contexts]
// dispatch  one thread per context, 64 a workgroup, laid out on x then y
// order     coordinates ascending, one f32 sum
// assumes   norm_squared[0] > 0
// mirror    src/reference/context-scores.ts

struct Params {
  contexts: u32,
  rows: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> embeddings_t: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> norm_squared: array<f32>;
@group(0) @binding(5) var<storage, read_write> scores: array<f32>;
${groupIndex}
@compute @workgroup_size(64)
fn context_scores_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = group_index(group, groups) * 64u + lane;
  if (j >= params.contexts) {
    return;
  }
  var sum = 0.0;
  for (var i = 0u; i < params.rows; i++) {
    sum += embeddings_t[i * params.stride + j] * x[i];
  }
  scores[j] = weights[j] * sum / sqrt(norm_squared[0]);
}
`;
