import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";

export const relativeLogitsSource = (): string => wgsl`
// relative-logits: logits as differences from their context's, where what float32 keeps of them is what matters.
//
//   relative[v, j] = (l_vj - log p_vj) - (l_oj - log p_oj),   log p = 0 off the support, o_j a word of the support
//
// On the support this tends to 0 as the log-odds are matched, and its digits with it.
//
// shapes    logits l, log_probabilities [rows, stride, 2] (pairs); origins [rows / words, contexts]: the numbers of the o_j
//           within their problem; relative [rows, stride]; a problem after the other has words rows
// dispatch  one thread per element, 64 a workgroup, laid out on x then y
// order     no sums
// assumes   columns past the last context stay as they are
// mirror    src/reference/relative-logits.ts

struct Params {
  rows: u32,
  words: u32,
  contexts: u32,
  stride: u32,
  zero: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<vec2f>;
@group(0) @binding(2) var<storage, read> log_probabilities: array<vec2f>;
@group(0) @binding(3) var<storage, read> origins: array<u32>;
@group(0) @binding(4) var<storage, read_write> relative: array<f32>;
${groupIndex}${pairArithmetic("f32")}
fn log_ratio(i: u32) -> Pair {
  let difference = two_sum(logits[i].x, -log_probabilities[i].x);
  return Pair(difference.high, difference.low + (logits[i].y - log_probabilities[i].y));
}

@compute @workgroup_size(64)
fn relative_logits_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = group_index(group, groups) * 64u + lane;
  let row = i / params.stride;
  let j = i % params.stride;
  if (row >= params.rows || j >= params.contexts) {
    return;
  }
  let problem = row / params.words;
  let origin_row = problem * params.words + origins[problem * params.contexts + j];
  let own = log_ratio(i);
  let origin = log_ratio(origin_row * params.stride + j);
  relative[i] = (own.high - origin.high) + (own.low - origin.low);
}
`;
