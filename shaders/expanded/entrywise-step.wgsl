// variant   {"numbers":["rate1","log_beta1","rate2","log_beta2","epsilon"],"averages":["first moment","second moment"],"once":"\nlet c1 = -exp_minus_one(step_number * log_beta1);\nlet c2 = -exp_minus_one(step_number * log_beta2);","entry":"\nfirst += rate1 * (g - first);\nsecond += rate2 * (g * g - second);\nlet size = sqrt(second / c2);\nlet direction = select(Entry(), (first / c1) / (size + epsilon), size > Entry());"}

// entrywise-step: the step of the decoder along what an optimiser makes of each entry of the gradient.
//
//   direction, first, second <- rule(g, first, second) of step number count
//   W <- W - step_length direction
//
// shapes    gradient g [length]; first and second average [length] where the rule has them, else [1]; decoder W as a pair
//           (high, low) [length]; step_length [1]; count [1]
// dispatch  one thread per four fours of values, 64 fours apart, 64 threads a workgroup, laid out on x then y
// order     no sums
// assumes   length is a multiple of four; count >= 1 numbers this step; for Adam g^2 below the largest float32, and
//           log_beta = log(beta), -100 for 0
// mirror    src/reference/entrywise-step.ts

alias Entry = vec4f;

struct Params {
  length: u32,
  zero: u32,
  averages: u32,
  number1: f32,
  number2: f32,
  number3: f32,
  number4: f32,
  number5: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read> step_length: array<f32>;
@group(0) @binding(3) var<storage, read> count: array<u32>;
@group(0) @binding(4) var<storage, read_write> first_average: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> second_average: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> decoder: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> decoder_low: array<vec4f>;

fn group_index(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

struct Pair {
  high: vec4f,
  low: vec4f,
}

fn seal(x: vec4f) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(x) ^ vec4u(params.zero));
}

fn two_sum(a: vec4f, b: vec4f) -> Pair {
  let sum = seal(a + b);
  let from_b = seal(sum - a);
  let from_a = seal(sum - from_b);
  return Pair(sum, seal(a - from_a) + seal(b - from_b));
}

fn fast_two_sum(a: vec4f, b: vec4f) -> Pair {
  let sum = seal(a + b);
  return Pair(sum, b - seal(sum - a));
}

fn upper_half(x: vec4f) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(x) & vec4u(0xfffff000u));
}

fn two_prod(a: vec4f, b: vec4f) -> Pair {
  let product = seal(a * b);
  let a_high = upper_half(a);
  let b_high = upper_half(b);
  let a_low = a - a_high;
  let b_low = b - b_high;
  let rest = seal(seal(seal(a_high * b_high) - product) + seal(a_high * b_low));
  return Pair(product, seal(rest + seal(a_low * b_high)) + a_low * b_low);
}

fn add(p: Pair, x: vec4f) -> Pair {
  let sum = two_sum(p.high, x);
  return fast_two_sum(sum.high, sum.low + p.low);
}

fn add_pairs(p: Pair, q: Pair) -> Pair {
  let sum = two_sum(p.high, q.high);
  return fast_two_sum(sum.high, sum.low + (p.low + q.low));
}

fn scaled(p: Pair, x: vec4f) -> Pair {
  let product = two_prod(p.high, x);
  return Pair(product.high, product.low + p.low * x);
}

fn exp_minus_one(x: f32) -> f32 {
  if (abs(x) < 0.5) {
    return x + exp_minus_one_minus(x);
  }
  return exp(x) - 1.0;
}

fn exp_minus_one_minus(x: f32) -> f32 {
  if (abs(x) < 0.5) {
    return small_exp_minus_one_minus(x);
  }
  return exp(x) - 1.0 - x;
}

fn small_exp_minus_one_minus(x: f32) -> f32 {
  let tail = 1.0 / 40320.0 + x * (1.0 / 362880.0 + x * (1.0 / 3628800.0));
  return x * x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x * (1.0 / 720.0 + x * (1.0 / 5040.0 + x * tail))))));
}

fn log_one_plus(x: f32) -> f32 {
  if (x < 0.25) {
    let s = x / (2.0 + x);
    let s2 = s * s;
    return 2.0 * s * (1.0 + s2 * (1.0 / 3.0 + s2 * (0.2 + s2 * (1.0 / 7.0 + s2 * (1.0 / 9.0)))));
  }
  return log(1.0 + x);
}

@compute @workgroup_size(64)
fn entrywise_step_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let step_number = f32(count[0]);
let rate1 = params.number1;
let log_beta1 = params.number2;
let rate2 = params.number3;
let log_beta2 = params.number4;
let epsilon = params.number5;
let c1 = -exp_minus_one(step_number * log_beta1);
let c2 = -exp_minus_one(step_number * log_beta2);
  let first_four = group_index(group, groups) * 256u + lane;
  for (var i = first_four; i < first_four + 256u; i += 64u) {
    if (4u * i >= params.length) {
      return;
    }
    let g = gradient[i];
var first = first_average[i];
var second = second_average[i];
first += rate1 * (g - first);
second += rate2 * (g * g - second);
let size = sqrt(second / c2);
let direction = select(Entry(), (first / c1) / (size + epsilon), size > Entry());
first_average[i] = first;
second_average[i] = second;
    let moved = add(Pair(decoder[i], decoder_low[i]), -step_length[0] * direction);
    decoder[i] = moved.high;
    decoder_low[i] = moved.low;
  }
}
