import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic, SUM_BLOCK } from "./lib/pair.wgsl.ts";

export const softmaxSource = (): string => wgsl`
// softmax: the probabilities of all words in each context, in place of their logits.
//
//   q[v, j] = e^(L[v, j] - peak_j) / sum_w e^(L[w, j] - peak_j),   peak_j the largest logit of context j
//
// shapes    logits L, then q [words, stride], a context is a column
// dispatch  one thread per context, 64 a workgroup, laid out on x then y: neighbours read neighbouring columns
// order     words ascending, f32 sums of ${SUM_BLOCK} added to a pair
// assumes   L finite; columns past the last context stay as they are
// mirror    src/reference/softmax.ts

struct Params {
  contexts: u32,
  words: u32,
  stride: u32,
  zero: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
${groupIndex}${pairArithmetic("f32")}
@compute @workgroup_size(64)
fn softmax_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = group_index(group, groups) * 64u + lane;
  if (j >= params.contexts) {
    return;
  }
  var peak = logits[j];
  for (var v = 1u; v < params.words; v++) {
    peak = max(peak, logits[v * params.stride + j]);
  }
  var total = Pair();
  for (var first = 0u; first < params.words; first += ${SUM_BLOCK}u) {
    let end = min(first + ${SUM_BLOCK}u, params.words);
    var block = 0.0;
    for (var v = first; v < end; v++) {
      let i = v * params.stride + j;
      let term = exp(logits[i] - peak);
      logits[i] = term;
      block += term;
    }
    total = add(total, block);
  }
  for (var v = 0u; v < params.words; v++) {
    logits[v * params.stride + j] /= total.high;
  }
}
`;
