import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic, SUM_BLOCK } from "./lib/pair.wgsl.ts";
import { entryStruct, logRatioFunctions, splitSoftmax } from "./lib/split-softmax.wgsl.ts";

export const softLabelGradSource = (): string => wgsl`
// soft-label-grad: cross-entropy of sparse soft labels as a gap to its entropy, and its residual.
//
// Split so that nothing cancels: with lin, loff the log-sum-exp over the support S_j and off it, q~ the softmax within
// the support, t_k = log q~_k - log p_k up to a constant, centred so that sum p t = 0:
//
//   gaps[j, 0]  = pi_j KL(p_j || q~_j) = pi_j log1p(sum_k p_k (e^t_k - 1 - t_k))
//   gaps[j, 1]  = pi_j log1p(e^(loff - lin)),   omega = off-support mass = sigma(loff - lin)
//   A[k]        = pi_j centre(q~_k - p_k),      q~_k - p_k = p_k expm1(t_k - KL)
//   B[v, j]     = pi_j q_v off the support, -pi_j omega q~_v on it   (in place of the logits)
//
// shapes    offsets [contexts + 1]; entries [nnz] (token, p, log p as a pair); weights pi [contexts];
//           support_logits [nnz, 2] (pairs); logits L, then B [words, stride]; gaps [contexts, 2]; in_residual A [nnz]
// dispatch  one thread per four contexts, 32 a workgroup, laid out on x then y: neighbours read neighbouring columns
// order     entries ascending, one f32 sum each; words ascending, f32 sums of ${SUM_BLOCK} added to a pair
// assumes   L finite, also in the columns past the last context, which become 0; the tokens of a row ascending and distinct
// mirror    src/reference/soft-label-grad.ts

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
@group(0) @binding(4) var<storage, read> support_logits: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> logits: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gaps: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> in_residual: array<f32>;
${groupIndex}${pairArithmetic("f32")}${logRatioFunctions}${splitSoftmax({ ratios: "in_residual", logit: (i) => `logits[${i}]` })}
// so far below every logit that its exponential is 0
const NOWHERE = -1e38;

@compute @workgroup_size(32)
fn soft_label_grad_main(
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
    let origin = origin_of(start, end);
    var mean = 0.0;
    for (var k = start; k < end; k++) {
      let ratio = log_ratio(k);
      let t = (ratio.high - origin.high) + (ratio.low - origin.low);
      in_residual[k] = t;
      mean += entries[k].probability * t;
      // the support's logits, known better now, make way for ones that add nothing: the loop is the same for every word
      logits[entries[k].token * columns + column][c] = NOWHERE;
    }
    weight[c] = weights[first + c];
    divergence[c] = divergence_of(start, end, mean);
    log_in[c] = origin.high + (mean + divergence[c] + origin.low);
  }
  let off = off_support(column, log_in);

  // as if every word were off the support, then those on it
  let log_all = log_in + off.gap;
  for (var v = 0u; v < params.words; v++) {
    let i = v * columns + column;
    logits[i] = weight * exp(logits[i] - log_all);
  }
  for (var c = 0u; c < count; c++) {
    gaps[first + c] = weight[c] * vec2f(divergence[c], off.gap[c]);
    let start = offsets[first + c];
    let end = offsets[first + c + 1u];
    var total = 0.0;
    for (var k = start; k < end; k++) {
      let x = in_residual[k] - divergence[c];
      // q~ by itself, not as p + (q~ - p): that sum cancels where q~ is far below p
      logits[entries[k].token * columns + column][c] = -weight[c] * off.mass[c] * exp(x + entries[k].log_high);
      let difference = scaled_exp_minus_one(k, x);
      in_residual[k] = difference;
      total += difference;
    }
    let centre = total / f32(end - start);
    for (var k = start; k < end; k++) {
      in_residual[k] = weight[c] * (in_residual[k] - centre);
    }
  }
}
`;
