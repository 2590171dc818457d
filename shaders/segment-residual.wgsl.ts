import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { SUM_BLOCK } from "./lib/pair.wgsl.ts";
import { entryStruct, splitSoftmax } from "./lib/split-softmax.wgsl.ts";

export const segmentResidualSource = (): string => wgsl`
// segment-residual: the residual of every context, some steps into a segment.
//
//   R[v, j] = pi_j (q_v - p_v),   q_j the softmax of relative + X off the support S_j, of ratios + X + log p on it
//
// On S_j, with t, KL and omega as in soft-label-grad:  q_v - p_v = p_v expm1(t_v - KL) - omega q~_v
//
// shapes    offsets [contexts + 1]; entries [nnz] (token, p, log p as a pair); weights pi [contexts]; ratios [nnz] and
//           relative [words, stride] as segment-start leaves them; change X, then R [words, stride]; shifts t [nnz]
// dispatch  one thread per four contexts, 32 a workgroup, laid out on x then y: neighbours read neighbouring columns
// order     entries ascending, one f32 sum each; words ascending, f32 sums of ${SUM_BLOCK} added to a pair
// assumes   relative and X finite, also in the columns past the last context, which become 0; the tokens of a row distinct
// mirror    src/reference/segment-residual.ts

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
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> ratios: array<f32>;
@group(0) @binding(5) var<storage, read> relative: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> change: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> shifts: array<f32>;
${groupIndex}${splitSoftmax({ ratios: "shifts", logit: (i) => `relative[${i}] + change[${i}]` })}
@compute @workgroup_size(32)
fn segment_residual_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = group_index(group, groups) * 32u + lane;
  let columns = params.stride / 4u;
  if (column >= columns) {
    return;
  }
  let first = 4u * column;
  let count = min(4u, params.contexts - min(first, params.contexts));

  var weight = vec4f();
  var divergence = vec4f();
  var log_in = vec4f();
  for (var c = 0u; c < count; c++) {
    let start = offsets[first + c];
    let end = offsets[first + c + 1u];
    var mean = 0.0;
    for (var k = start; k < end; k++) {
      let t = ratios[k] + change[entries[k].token * columns + column][c];
      shifts[k] = t;
      mean += entries[k].probability * t;
    }
    weight[c] = weights[first + c];
    divergence[c] = divergence_of(start, end, mean);
    log_in[c] = mean + divergence[c];
  }
  let off = off_support(column, log_in);

  // as if every word were off the support, then those on it
  let log_all = log_in + off.gap;
  for (var v = 0u; v < params.words; v++) {
    let i = v * columns + column;
    change[i] = weight * exp(relative[i] + change[i] - log_all);
  }
  for (var c = 0u; c < count; c++) {
    let end = offsets[first + c + 1u];
    for (var k = offsets[first + c]; k < end; k++) {
      let x = shifts[k] - divergence[c];
      let inside = exp(x + entries[k].log_high);
      let difference = scaled_exp_minus_one(k, x) - off.mass[c] * inside;
      change[entries[k].token * columns + column][c] = weight[c] * difference;
    }
  }
}
`;
