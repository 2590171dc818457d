import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementary } from "./lib/elementary.wgsl.ts";
import { readAverages, ruleNumbers, writeAverages, type EntryRule } from "./lib/entry-rule.wgsl.ts";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";

const averages = ["first_average[i]", "second_average[i]"];

export const entrywiseStepSource = (rule: EntryRule): string => wgsl`
// entrywise-step: the step of the decoder along what an optimiser makes of each entry of the gradient.
//
//   direction, first, second <- rule(g, first, second) of step number count
//   W <- W - step_length direction
//
// shapes    gradient g [length]; first and second average [length] where the rule has them, else [1]; decoder W as a pair
//           (high, low) [length]; step_length [1]; count [1]
// dispatch  one thread per four fours of values, 64 fours apart, 64 threads a workgroup, laid out on x then y
// order     no sums
// assumes   length is a multiple of four; count >= 1 numbers this step; for Adam g^2 below the largest float32, and
//           log_beta = log(beta), -100 for 0
// mirror    src/reference/entrywise-step.ts

alias Entry = vec4f;

struct Params {
  length: u32,
  zero: u32,
  averages: u32,
  number1: f32,
  number2: f32,
  number3: f32,
  number4: f32,
  number5: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read> step_length: array<f32>;
@group(0) @binding(3) var<storage, read> count: array<u32>;
@group(0) @binding(4) var<storage, read_write> first_average: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> second_average: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> decoder: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> decoder_low: array<vec4f>;
${groupIndex}${pairArithmetic("vec4f")}${elementary}
@compute @workgroup_size(64)
fn entrywise_step_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let step_number = f32(count[0]);
${ruleNumbers(rule)}${rule.once}
  let first_four = group_index(group, groups) * 256u + lane;
  for (var i = first_four; i < first_four + 256u; i += 64u) {
    if (4u * i >= params.length) {
      return;
    }
    let g = gradient[i];
${readAverages(rule, averages)}${rule.entry}
${writeAverages(rule, averages)}
    let moved = add(Pair(decoder[i], decoder_low[i]), -step_length[0] * direction);
    decoder[i] = moved.high;
    decoder_low[i] = moved.low;
  }
}
`;
