import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { entryStruct } from "./lib/split-softmax.wgsl.ts";

export const residualJoinSource = (): string => wgsl`
// residual-join: the in-support half of the residual added to the half that is written over the logits.
//
//   R[z, j] = B[z, j] + A[k] for the entry k of word z in the support of context j;  R = B elsewhere
//
// shapes    offsets [contexts + 1]; entries [nnz] (token, p, log p as a pair); in_residual A [nnz]; residual B, then R [words, stride]
// dispatch  one thread per context, 64 a workgroup, laid out on x then y
// order     one sum of two each
// assumes   the tokens of a row are distinct
// mirror    src/reference/residual-join.ts

struct Params {
  contexts: u32,
  words: u32,
  stride: u32,
  nnz: u32,
}

${entryStruct}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> entries: array<Entry>;
@group(0) @binding(3) var<storage, read> in_residual: array<f32>;
@group(0) @binding(4) var<storage, read_write> residual: array<f32>;
${groupIndex}
@compute @workgroup_size(64)
fn residual_join_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = group_index(group, groups) * 64u + lane;
  if (j >= params.contexts) {
    return;
  }
  for (var k = offsets[j]; k < offsets[j + 1u]; k++) {
    residual[entries[k].token * params.stride + j] += in_residual[k];
  }
}
`;
