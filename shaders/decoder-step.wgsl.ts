import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";

export const decoderStepSource = (): string => wgsl`
// decoder-step: a step of the decoder along a direction, by a length that is on the device.
//
//   W <- W - step_length direction
//
// shapes    direction, decoder W as pairs (high, low) [length]; step_length [1]
// dispatch  one thread per four values, 64 a workgroup, laid out on x then y
// order     no sums
// assumes   length is a multiple of four
// mirror    src/reference/decoder-step.ts

struct Params {
  length: u32,
  zero: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> direction_high: array<vec4f>;
@group(0) @binding(2) var<storage, read> direction_low: array<vec4f>;
@group(0) @binding(3) var<storage, read> step_length: array<f32>;
@group(0) @binding(4) var<storage, read_write> decoder: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> decoder_low: array<vec4f>;
${groupIndex}${pairArithmetic("vec4f")}
@compute @workgroup_size(64)
fn decoder_step_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group_index(group, groups) * 64u + lane;
  if (4u * i >= params.length) {
    return;
  }
  let step = scaled(Pair(direction_high[i], direction_low[i]), vec4f(-step_length[0]));
  let moved = add_pairs(Pair(decoder[i], decoder_low[i]), step);
  decoder[i] = moved.high;
  decoder_low[i] = moved.low;
}
`;
