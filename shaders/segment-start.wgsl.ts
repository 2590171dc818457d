import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";
import { entryStruct, logRatioFunctions } from "./lib/split-softmax.wgsl.ts";

export const segmentStartSource = (): string => wgsl`
// segment-start: what the logits are where a segment of steps begins, as differences within each context.
//
//   ratios[k]      = (l_k - log p_k) - (l_o - log p_o),   k, o in the support S_j, o the most probable word
//   relative[v, j] = L[v, j] - (l_o - log p_o) off the support, NOWHERE on it
//
// The ratios tend to 0 as the log-odds are matched, and their digits with them.
//
// shapes    offsets [contexts + 1]; entries [nnz] (token, p, log p as a pair); support_logits l [nnz, 2] (pairs);
//           logits L, relative [words, stride]; ratios [nnz]
// dispatch  one thread per context, 64 a workgroup, laid out on x then y: neighbours write neighbouring columns
// order     no sums
// assumes   the tokens of a row distinct; columns past the last context stay as they are
// mirror    src/reference/segment-start.ts

struct Params {
  contexts: u32,
  words: u32,
  stride: u32,
  nnz: u32,
  zero: u32,
}

${entryStruct}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> entries: array<Entry>;
@group(0) @binding(3) var<storage, read> support_logits: array<vec2f>;
@group(0) @binding(4) var<storage, read> logits: array<f32>;
@group(0) @binding(5) var<storage, read_write> relative: array<f32>;
@group(0) @binding(6) var<storage, read_write> ratios: array<f32>;
${groupIndex}${pairArithmetic("f32")}
// so far below every logit that its exponential is 0, and stays there whatever steps add
const NOWHERE = -1e30;${logRatioFunctions}
@compute @workgroup_size(64)
fn segment_start_main(
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
  let origin = origin_of(start, end);
  for (var v = 0u; v < params.words; v++) {
    let i = v * params.stride + j;
    relative[i] = (logits[i] - origin.high) - origin.low;
  }
  for (var k = start; k < end; k++) {
    let ratio = log_ratio(k);
    ratios[k] = (ratio.high - origin.high) + (ratio.low - origin.low);
    relative[entries[k].token * params.stride + j] = NOWHERE;
  }
}
`;
