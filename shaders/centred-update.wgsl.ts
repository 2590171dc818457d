import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const centredUpdateSource = (): string => wgsl`
// centred-update: support logits centred in each context, less a multiple of the vector they replace.
//
//   u_j <- C_j (l_j - scalars[factor] u_j),   C_j subtracts the mean over the support S_j
//
// shapes    offsets [contexts + 1]; support_logits l [entries, 2] (pairs); scalars [.., factor, ..]; u [entries]
// dispatch  one thread per context, 64 a workgroup, laid out on x then y
// order     entries ascending, one f32 sum; logits are taken from the first of their context before they lose their low parts
// assumes   no context is empty
// mirror    src/reference/centred-update.ts

struct Params {
  contexts: u32,
  entries: u32,
  factor: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> support_logits: array<vec2f>;
@group(0) @binding(3) var<storage, read> scalars: array<f32>;
@group(0) @binding(4) var<storage, read_write> u: array<f32>;
${groupIndex}
@compute @workgroup_size(64)
fn centred_update_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = group_index(group, groups) * 64u + lane;
  if (j >= params.contexts) {
    return;
  }
  let start = offsets[j];
  let end = offsets[j + 1u];
  let first = support_logits[start];
  var total = 0.0;
  for (var k = start; k < end; k++) {
    let difference = support_logits[k] - first;
    let value = difference.x + difference.y - scalars[params.factor] * u[k];
    total += value;
    u[k] = value;
  }
  let mean = total / f32(end - start);
  for (var k = start; k < end; k++) {
    u[k] -= mean;
  }
}
`;
