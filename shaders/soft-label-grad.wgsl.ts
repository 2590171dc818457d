import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementary } from "./lib/elementary.wgsl.ts";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { pairArithmetic } from "./lib/pair.wgsl.ts";

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
// dispatch  one thread per context, 64 a workgroup, laid out on x then y: neighbours read neighbouring columns
// order     words and entries ascending, one f32 sum each
// assumes   L finite, the tokens of a row ascending and distinct; columns past the last context stay as they are
// mirror    src/reference/soft-label-grad.ts

struct Params {
  contexts: u32,
  words: u32,
  stride: u32,
  nnz: u32,
  zero: u32,
}

struct Entry {
  token: u32,
  probability: f32,
  log_high: f32,
  log_low: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> entries: array<Entry>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> support_logits: array<vec2f>;
@group(0) @binding(5) var<storage, read_write> logits: array<f32>;
@group(0) @binding(6) var<storage, read_write> gaps: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> in_residual: array<f32>;
${groupIndex}${pairArithmetic("f32")}${elementary}
// e^10: past it 1 + K is K to the last bit of what is asked, and p e^t could overflow
const LARGE_LOG_RATIO = 10.0;
// below every logit, and so far that a sum from it begins anew
const LEAST_PEAK = -1e38;

fn log_ratio(k: u32) -> Pair {
  let difference = two_sum(support_logits[k].x, -entries[k].log_high);
  return Pair(difference.high, difference.low + (support_logits[k].y - entries[k].log_low));
}

// p_k (e^x - 1) where x may be large but p_k e^x is not
fn scaled_exp_minus_one(k: u32, x: f32) -> f32 {
  let p = entries[k].probability;
  if (abs(x) < 0.5) {
    return p * exp_minus_one(x);
  }
  return exp(x + entries[k].log_high) - p;
}

fn scaled_exp_minus_one_minus(k: u32, x: f32) -> f32 {
  let p = entries[k].probability;
  if (abs(x) < 0.5) {
    return p * exp_minus_one_minus(x);
  }
  return exp(x + entries[k].log_high) - p - p * x;
}

@compute @workgroup_size(64)
fn soft_label_grad_main(
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
  let weight = weights[j];

  // log-ratios as differences of pairs from the most probable word's, which the mean is near to; then centred. What the
  // centring leaves, eps = sum p t, enters the divergence as eps^2 / 2.
  var likeliest = start;
  for (var k = start + 1u; k < end; k++) {
    if (entries[k].probability > entries[likeliest].probability) {
      likeliest = k;
    }
  }
  let origin = log_ratio(likeliest);
  var mean = 0.0;
  for (var k = start; k < end; k++) {
    let ratio = log_ratio(k);
    let t = (ratio.high - origin.high) + (ratio.low - origin.low);
    in_residual[k] = t;
    mean += entries[k].probability * t;
  }
  var peak = 0.0;
  for (var k = start; k < end; k++) {
    let t = in_residual[k] - mean;
    in_residual[k] = t;
    peak = max(peak, t + entries[k].log_high);
  }

  var divergence = 0.0;
  if (peak < LARGE_LOG_RATIO) {
    for (var k = start; k < end; k++) {
      divergence += scaled_exp_minus_one_minus(k, in_residual[k]);
    }
    divergence = log_one_plus(max(divergence, 0.0));
  } else {
    for (var k = start; k < end; k++) {
      divergence += exp(in_residual[k] + entries[k].log_high - peak);
    }
    divergence = peak + log(divergence);
  }
  let log_in = origin.high + (mean + divergence + origin.low);

  // log-sum-exp off the support, in one pass: the running sum is rescaled when a larger logit comes. The support's logits,
  // known better already, make way for ones that add nothing, so that the loop is the same for every word.
  for (var k = start; k < end; k++) {
    logits[entries[k].token * params.stride + j] = LEAST_PEAK;
  }
  var off_peak = LEAST_PEAK;
  var off_sum = 0.0;
  for (var v = 0u; v < params.words; v++) {
    let logit = logits[v * params.stride + j];
    let above = logit - off_peak;
    let ratio = exp(-abs(above));
    off_sum = select(off_sum + ratio, off_sum * ratio + 1.0, above > 0.0);
    off_peak = max(off_peak, logit);
  }
  let excess = off_peak + log(off_sum) - log_in;
  let odds = exp(-abs(excess));
  let off_gap = max(excess, 0.0) + log_one_plus(odds);
  let off_mass = select(odds, 1.0, excess > 0.0) / (1.0 + odds);
  gaps[j] = weight * vec2f(divergence, off_gap);

  // as if every word were off the support, then those on it
  let log_all = log_in + off_gap;
  for (var v = 0u; v < params.words; v++) {
    let i = v * params.stride + j;
    logits[i] = weight * exp(logits[i] - log_all);
  }
  var total = 0.0;
  for (var k = start; k < end; k++) {
    let x = in_residual[k] - divergence;
    // q~ by itself, not as p + (q~ - p): that sum cancels where q~ is far below p
    logits[entries[k].token * params.stride + j] = -weight * off_mass * exp(x + entries[k].log_high);
    let difference = scaled_exp_minus_one(k, x);
    in_residual[k] = difference;
    total += difference;
  }
  let centre = total / f32(end - start);
  for (var k = start; k < end; k++) {
    in_residual[k] = weight * (in_residual[k] - centre);
  }
}
`;
