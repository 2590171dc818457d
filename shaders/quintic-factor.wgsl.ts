import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const quinticFactorSource = (): string => wgsl`
// quintic-factor: what an iteration towards a polar factor multiplies by, from a Gram matrix and its square.
//
//   factor = identity I + gram_weight A + square_weight A^2
//
// shapes    gram A, square A^2, factor [size, size]
// dispatch  one thread per entry, 64 a workgroup, laid out on x then y
// order     the square's term, then the Gram matrix's, then the identity's
// assumes   nothing
// mirror    src/reference/quintic-factor.ts

struct Params {
  size: u32,
  identity: f32,
  gram_weight: f32,
  square_weight: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gram: array<f32>;
@group(0) @binding(2) var<storage, read> square: array<f32>;
@group(0) @binding(3) var<storage, read_write> factor: array<f32>;
${groupIndex}
@compute @workgroup_size(64)
fn quintic_factor_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group_index(group, groups) * 64u + lane;
  if (i >= params.size * params.size) {
    return;
  }
  let diagonal = select(0.0, params.identity, i % (params.size + 1u) == 0u);
  factor[i] = diagonal + (params.gram_weight * gram[i] + params.square_weight * square[i]);
}
`;
