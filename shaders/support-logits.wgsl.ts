import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";

/** Most entries of a thread, which share the embedding of their context. */
export const GROUP_ENTRIES = 3;
const ENTRIES = Array.from({ length: GROUP_ENTRIES }, (_, e) => e);
const LANES = ["x", "y", "z", "w"];

export const supportLogitsSource = (): string => wgsl`
// support-logits: the logits of the words in the supports alone, to about 45 bits.
//
//   l[k] = sum_i W[z_k, i] h_{j_k}[i],   decoder, embeddings and result as pairs (high, low)
//
// shapes    entry_groups [groups + 1, 2] (context j, first entry), entry_tokens z [entries]; decoder, decoder_low [words, columns], rows of W from first_word on;
//           embeddings, embeddings_low [m, columns];
//           support_logits [entries, 2]; columns is d rounded up to a multiple of four with zeros
// dispatch  one thread per group of up to ${GROUP_ENTRIES} entries of one context, 64 a workgroup, laid out on x then y
// order     four interleaved compensated sums over i ascending, then added in order (Ogita, Rump and Oishi's Dot2)
// assumes   products below 2^127; groups in the order of their entries; entries of other words than these are left as they are
// mirror    src/reference/support-logits.ts

struct Params {
  groups: u32,
  entries: u32,
  columns4: u32,
  words: u32,
  contexts: u32,
  first_word: u32,
  zero: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> entry_groups: array<u32>;
@group(0) @binding(2) var<storage, read> entry_tokens: array<u32>;
@group(0) @binding(3) var<storage, read> decoder: array<vec4f>;
@group(0) @binding(4) var<storage, read> decoder_low: array<vec4f>;
@group(0) @binding(5) var<storage, read> embeddings: array<vec4f>;
@group(0) @binding(6) var<storage, read> embeddings_low: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> support_logits: array<vec2f>;
${groupIndex}${pairArithmetic("f32")}
fn joined(high: vec4f, low: vec4f) -> vec2f {
  let first = two_sum(high.x, high.y);
  let second = two_sum(high.z, high.w);
  let whole = two_sum(first.high, second.high);
  let rest = (low.x + low.y) + (low.z + low.w) + (first.low + second.low) + whole.low;
  let result = fast_two_sum(whole.high, rest);
  return vec2f(result.high, result.low);
}

@compute @workgroup_size(64)
fn support_logits_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(group, groups) * 64u + lane;
  if (g >= params.groups) {
    return;
  }
  let h_row = entry_groups[2u * g] * params.columns4;
  let first = entry_groups[2u * g + 1u];
  let end = entry_groups[2u * g + 3u];
${ENTRIES.map(
  (e) => `  // past the end of the group the last entry once more, not stored
  let word_${e} = entry_tokens[min(first + ${e}u, end - 1u)] - params.first_word;
  let row_${e} = min(word_${e}, params.words - 1u) * params.columns4;
${LANES.map((x) => `  var high_${e}_${x} = 0.0;\n  var low_${e}_${x} = 0.0;`).join("\n")}`,
).join("\n")}
  if (${ENTRIES.map((e) => `word_${e} >= params.words`).join(" && ")}) {
    return;
  }
  for (var i = 0u; i < params.columns4; i++) {
    let h = embeddings[h_row + i];
    let h_low = embeddings_low[h_row + i];
${ENTRIES.map(
  (e) => `    let w_${e} = decoder[row_${e} + i];
    let w_low_${e} = decoder_low[row_${e} + i];
${LANES.map(
  (x) => `    {
      let product = two_prod(w_${e}.${x}, h.${x});
      let sum = two_sum(high_${e}_${x}, product.high);
      high_${e}_${x} = sum.high;
      low_${e}_${x} += sum.low + (product.low + (w_low_${e}.${x} * h.${x} + w_${e}.${x} * h_low.${x}));
    }`,
).join("\n")}`,
).join("\n")}
  }
${ENTRIES.map((e) => {
  const [high, low] = ["high", "low"].map((part) => `vec4f(${LANES.map((x) => `${part}_${e}_${x}`).join(", ")})`);
  return `  if (first + ${e}u < end && word_${e} < params.words) {
    support_logits[first + ${e}u] = joined(${high}, ${low});
  }`;
}).join("\n")}
}
`;
