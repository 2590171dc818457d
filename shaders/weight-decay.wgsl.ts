import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";

export const weightDecaySource = (): string => wgsl`
// weight-decay: decoupled weight decay, which shortens what is trained beside the step and not by way of its gradient.
//
//   factors <- factors - step_length ridge factors
//
// shapes    factors as a pair (high, low) [length]; step_length [1]
// dispatch  one thread per four fours of values, 64 fours apart, 64 threads a workgroup, laid out on x then y
// order     no sums
// assumes   length is a multiple of four
// mirror    src/reference/weight-decay.ts

struct Params {
  length: u32,
  zero: u32,
  ridge: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> step_length: array<f32>;
@group(0) @binding(2) var<storage, read_write> factors: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> factors_low: array<vec4f>;
${groupIndex}${pairArithmetic("vec4f")}
@compute @workgroup_size(64)
fn weight_decay_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = group_index(group, groups) * 256u + lane;
  for (var i = first; i < first + 256u; i += 64u) {
    if (4u * i >= params.length) {
      return;
    }
    let moved = add(Pair(factors[i], factors_low[i]), -(step_length[0] * params.ridge) * factors[i]);
    factors[i] = moved.high;
    factors_low[i] = moved.low;
  }
}
`;
