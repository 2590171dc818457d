import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";

export const supportLogitsSource = (): string => wgsl`
// support-logits: the logits of the words in the supports alone, to about 45 bits.
//
//   l[k] = sum_i W[z_k, i] h_{j_k}[i],   decoder, embeddings and result as pairs (high, low)
//
// shapes    entry_contexts j, entry_tokens z [entries]; decoder, decoder_low [V, columns]; embeddings, embeddings_low [m, columns];
//           support_logits [entries, 2]; columns is d rounded up to a multiple of four with zeros
// dispatch  one thread per entry, 64 a workgroup, laid out on x then y
// order     four interleaved compensated sums over i ascending, then added in order (Ogita, Rump and Oishi's Dot2)
// assumes   products below 2^127
// mirror    src/reference/support-logits.ts

struct Params {
  entries: u32,
  columns4: u32,
  words: u32,
  contexts: u32,
  zero: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> entry_contexts: array<u32>;
@group(0) @binding(2) var<storage, read> entry_tokens: array<u32>;
@group(0) @binding(3) var<storage, read> decoder: array<vec4f>;
@group(0) @binding(4) var<storage, read> decoder_low: array<vec4f>;
@group(0) @binding(5) var<storage, read> embeddings: array<vec4f>;
@group(0) @binding(6) var<storage, read> embeddings_low: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> support_logits: array<vec2f>;
${groupIndex}${pairArithmetic("vec4f")}
@compute @workgroup_size(64)
fn support_logits_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = group_index(group, groups) * 64u + lane;
  if (k >= params.entries) {
    return;
  }
  let w = entry_tokens[k] * params.columns4;
  let h = entry_contexts[k] * params.columns4;
  var high = vec4f();
  var low = vec4f();
  for (var i = 0u; i < params.columns4; i++) {
    let product = two_prod(decoder[w + i], embeddings[h + i]);
    let sum = two_sum(high, product.high);
    high = sum.high;
    let small = decoder_low[w + i] * embeddings[h + i] + decoder[w + i] * embeddings_low[h + i];
    low += sum.low + (product.low + small);
  }
  // the lanes of a vector meet as vectors too, so that one set of pair functions serves
  let first = two_sum(vec4f(high.x), vec4f(high.y));
  let second = two_sum(vec4f(high.z), vec4f(high.w));
  let whole = two_sum(first.high, second.high);
  let rest = (low.x + low.y) + (low.z + low.w) + (first.low.x + second.low.x) + whole.low.x;
  let result = fast_two_sum(whole.high, vec4f(rest));
  support_logits[k] = vec2f(result.high.x, result.low.x);
}
`;
