import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementary } from "./elementary.wgsl.ts";
import { pairArithmetic, SUM_BLOCK } from "./pair.wgsl.ts";

/** A row of the sparse supports, see `packEntries`. */
export const entryStruct: string = wgsl`struct Entry {
  token: u32,
  probability: f32,
  log_high: f32,
  log_low: f32,
}`;

/** The log-ratio l - log p of an entry as a pair; `support_logits` [nnz] are pairs. */
export const logRatioFunctions: string = wgsl`
fn log_ratio(k: u32) -> Pair {
  let difference = two_sum(support_logits[k].x, -entries[k].log_high);
  return Pair(difference.high, difference.low + (support_logits[k].y - entries[k].log_low));
}

// that of the most probable word among entries start to end, which the mean is near to
fn origin_of(start: u32, end: u32) -> Pair {
  var likeliest = start;
  for (var k = start + 1u; k < end; k++) {
    if (entries[k].probability > entries[likeliest].probability) {
      likeliest = k;
    }
  }
  return log_ratio(likeliest);
}
`;

/** What a kernel of the softmax, split into the support and the rest, is made of. */
export interface SplitSoftmax {
  /** The array [nnz] of the log-ratios t_k = log q~_k - log p_k, up to a constant of their context. */
  readonly ratios: string;
  /** The logits of word v in four contexts, element i of an array of vec4f; those of the support far below the others. */
  readonly logit: (i: string) => string;
}

/**
 * Functions of the softmax q of a context, split so that nothing cancels: q~ is the softmax within the support, lin and loff are
 * the log-sum-exp over it and off it. The sum over the vocabulary is in pairs, for which params.zero is 0.
 */
export const splitSoftmax = ({
  ratios,
  logit,
}: SplitSoftmax): string => wgsl`${elementary}${pairArithmetic("vec4f", "4")}
// e^10: past it 1 + K is K to the last bit of what is asked, and p e^t could overflow
const LARGE_LOG_RATIO = 10.0;
// e^60 times as many words as there may be is still a float32
const FARTHEST_ABOVE = 60.0;

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

// Centres the log-ratios, whose mean is given, and returns KL(p || q~) = log1p(sum_k p_k (e^t_k - 1 - t_k)): what the centring
// leaves, eps = sum p t, enters it as eps^2 / 2.
fn divergence_of(start: u32, end: u32, mean: f32) -> f32 {
  var peak = 0.0;
  for (var k = start; k < end; k++) {
    let t = ${ratios}[k] - mean;
    ${ratios}[k] = t;
    peak = max(peak, t + entries[k].log_high);
  }
  var sum = 0.0;
  if (peak < LARGE_LOG_RATIO) {
    for (var k = start; k < end; k++) {
      sum += scaled_exp_minus_one_minus(k, ${ratios}[k]);
    }
    return log_one_plus(max(sum, 0.0));
  }
  for (var k = start; k < end; k++) {
    sum += exp(${ratios}[k] + entries[k].log_high - peak);
  }
  return peak + log(sum);
}

// of four contexts
struct OffSupport {
  // log1p(e^(loff - lin))
  gap: vec4f,
  // omega = sigma(loff - lin)
  mass: vec4f,
}

// of words first to end, in four contexts
struct Block {
  // of e^(logit - origin)
  sum: vec4f,
  highest: vec4f,
}

fn block_of(column: u32, first: u32, end: u32, origin: vec4f) -> Block {
  var block = Block(vec4f(), origin);
  for (var v = first; v < end; v++) {
    let i = v * (params.stride / 4u) + column;
    let logit = ${logit("i")};
    block.sum += exp(logit - origin);
    block.highest = max(block.highest, logit);
  }
  return block;
}

fn off_support(column: u32, log_in: vec4f) -> OffSupport {
  // e^(loff - origin) in one pass: the origin moves where a logit is so far above it that the sum could overflow
  var origin = log_in;
  var total = Pair4();
  for (var first = 0u; first < params.words; first += ${SUM_BLOCK}u) {
    let end = min(first + ${SUM_BLOCK}u, params.words);
    var block = block_of(column, first, end, origin);
    let is_far = block.highest - origin > vec4f(FARTHEST_ABOVE);
    if (any(is_far)) {
      let next = select(origin, block.highest, is_far);
      let ratio = exp(origin - next);
      total = Pair4(total.high * ratio, total.low * ratio);
      origin = next;
      block = block_of(column, first, end, origin);
    }
    total = add4(total, block.sum);
  }
  let odds = total.high;
  let rest = vec4f(log_one_plus(odds.x), log_one_plus(odds.y), log_one_plus(odds.z), log_one_plus(odds.w));
  let is_above = origin > log_in;
  return OffSupport(
    select(rest, (origin - log_in) + log(odds), is_above),
    select(odds / (1.0 + odds), vec4f(1.0), is_above),
  );
}
`;
