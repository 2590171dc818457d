import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementary } from "./lib/elementary.wgsl.ts";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";

export const adamStepSource = (): string => wgsl`
// adam-step: the moments of the gradient, and the step of the decoder that Adam takes along them.
//
//   first  <- first  + (1 - beta1) (g - first),     c1 = 1 - beta1^count
//   second <- second + (1 - beta2) (g^2 - second),  c2 = 1 - beta2^count
//   W <- W - step_length (first / c1) / (sqrt(second / c2) + epsilon),  W stays where second = 0
//
// shapes    gradient g, first, second [length]; decoder W as a pair (high, low) [length]; step_length [1]; count [1]
// dispatch  one thread per four values, 64 a workgroup, laid out on x then y
// order     no sums
// assumes   length is a multiple of four; count >= 1 numbers this step; g^2 below the largest float32; rate = 1 - beta and
//           log_beta = log(beta), -100 for 0
// mirror    src/reference/adam-step.ts

struct Params {
  length: u32,
  zero: u32,
  rate1: f32,
  log_beta1: f32,
  rate2: f32,
  log_beta2: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read> step_length: array<f32>;
@group(0) @binding(3) var<storage, read> count: array<u32>;
@group(0) @binding(4) var<storage, read_write> first_moment: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> second_moment: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> decoder: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> decoder_low: array<vec4f>;
${groupIndex}${pairArithmetic("vec4f")}${elementary}
@compute @workgroup_size(64)
fn adam_step_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group_index(group, groups) * 64u + lane;
  if (4u * i >= params.length) {
    return;
  }
  let g = gradient[i];
  let first = first_moment[i] + params.rate1 * (g - first_moment[i]);
  let second = second_moment[i] + params.rate2 * (g * g - second_moment[i]);
  first_moment[i] = first;
  second_moment[i] = second;
  let k = f32(count[0]);
  let mean = first / -exp_minus_one(k * params.log_beta1);
  let size = sqrt(second / -exp_minus_one(k * params.log_beta2));
  let ratio = select(vec4f(), mean / (size + params.epsilon), size > vec4f());
  let moved = add(Pair(decoder[i], decoder_low[i]), -step_length[0] * ratio);
  decoder[i] = moved.high;
  decoder_low[i] = moved.low;
}
`;
