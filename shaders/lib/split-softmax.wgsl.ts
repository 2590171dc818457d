import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementary } from "./elementary.wgsl.ts";

/** A row of the sparse supports, see `packEntries`. */
export const entryStruct: string = wgsl`struct Entry {
  token: u32,
  probability: f32,
  log_high: f32,
  log_low: f32,
}`;

/** The log-ratio l - log p of an entry as a pair; `support_logits` [nnz] are pairs. */
export const logRatioFunction: string = wgsl`
fn log_ratio(k: u32) -> Pair {
  let difference = two_sum(support_logits[k].x, -entries[k].log_high);
  return Pair(difference.high, difference.low + (support_logits[k].y - entries[k].log_low));
}
`;

/** Statements that give the log-ratio of the most probable word among entries start to end: the mean is near to it. */
export const origin: string = wgsl`
  var likeliest = start;
  for (var k = start + 1u; k < end; k++) {
    if (entries[k].probability > entries[likeliest].probability) {
      likeliest = k;
    }
  }
  let origin = log_ratio(likeliest);`;

/** What the statements below call; `entries` is the array of them. */
export const splitSoftmaxFunctions: string = wgsl`${elementary}
// e^10: past it 1 + K is K to the last bit of what is asked, and p e^t could overflow
const LARGE_LOG_RATIO = 10.0;
// below every logit, and so far that a sum from it begins anew
const LEAST_PEAK = -1e38;

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
`;

/**
 * Statements that centre the log-ratios t_k = log q~_k - log p_k of entries start to end, with their mean at hand, and give
 * divergence = KL(p || q~) = log1p(sum_k p_k (e^t_k - 1 - t_k)): what the centring leaves, eps = sum p t, enters it as eps^2 / 2.
 */
export const divergenceOf = (t: string): string => wgsl`
  var peak = 0.0;
  for (var k = start; k < end; k++) {
    let t = ${t}[k] - mean;
    ${t}[k] = t;
    peak = max(peak, t + entries[k].log_high);
  }

  var divergence = 0.0;
  if (peak < LARGE_LOG_RATIO) {
    for (var k = start; k < end; k++) {
      divergence += scaled_exp_minus_one_minus(k, ${t}[k]);
    }
    divergence = log_one_plus(max(divergence, 0.0));
  } else {
    for (var k = start; k < end; k++) {
      divergence += exp(${t}[k] + entries[k].log_high - peak);
    }
    divergence = peak + log(divergence);
  }`;

/**
 * Statements that give off_gap = log1p(e^(loff - lin)), off_mass = sigma(loff - lin) and log_all = log(e^loff + e^lin), with lin
 * = log_in at hand and loff the log-sum-exp of logit(i) over all words, those of the support far below the others.
 */
export const offSupport = (logit: (i: string) => string): string => wgsl`
  // in one pass: the running sum is rescaled when a larger logit comes
  var off_peak = LEAST_PEAK;
  var off_sum = 0.0;
  for (var v = 0u; v < params.words; v++) {
    let i = v * params.stride + j;
    let logit = ${logit("i")};
    let above = logit - off_peak;
    let ratio = exp(-abs(above));
    off_sum = select(off_sum + ratio, off_sum * ratio + 1.0, above > 0.0);
    off_peak = max(off_peak, logit);
  }
  let excess = off_peak + log(off_sum) - log_in;
  let odds = exp(-abs(excess));
  let off_gap = max(excess, 0.0) + log_one_plus(odds);
  let off_mass = select(odds, 1.0, excess > 0.0) / (1.0 + odds);
  let log_all = log_in + off_gap;`;
