// variant   {"words":10,"lanes":4,"rows":5,"columns":4,"sharing":"quad","dim":8,"step":"gradient"}


enable subgroups;

// factor-descent: many steps of an optimiser on both factors in one dispatch, on what they have moved them by.
//
//   [W; H] = base + D,  L = W H^T
//   R[v, j] = pi_j (q_v - p_v),  q_j the softmax of L
//   g = scale ([R H; R^T W] + ridge [W; H])
//   D moves along g as in one-workgroup-descent, and D <- D - step_k beside [W; H]
//
// shapes    base as a pair (high, low) [padded_words + stride, columns], W above H; probabilities p (0 off the supports), their logarithms
//           (0 off them) [words, stride]; weights pi [contexts]; count [1]; moving [4, padded_words + stride, columns]: D, the gradient (that of H
//           transposed), and what the method keeps; work: W, W^T, H, H^T, then L, in its place R [padded_words, stride]
// dispatch  one workgroup
// order     of the products and R as in lib/one-workgroup-product and lib/one-workgroup-residual; ||g||^2 and sum |g| in a sum of each thread, then
//           over the threads ascending
// assumes   words, and columns (its dim), are the variant's; padded_words, stride and columns are multiples of four; base is zero in rows of no
//           word or context, and so are moving and work at first
// mirror    src/reference/factor-descent.ts

alias Entry = f32;

struct Params {
  words: u32,
  contexts: u32,
  padded_words: u32,
  stride: u32,
  columns: u32,
  steps: u32,
  step_size: f32,
  slowing: f32,
  falling: f32,
  scale: f32,
  decay: f32,
  ridge: f32,
  beside: f32,
  number1: f32,
  number2: f32,
  number3: f32,
  number4: f32,
  number5: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> base_high: array<f32>;
@group(0) @binding(2) var<storage, read> base_low: array<f32>;
@group(0) @binding(3) var<storage, read> probabilities: array<f32>;
@group(0) @binding(4) var<storage, read> log_probabilities: array<f32>;
@group(0) @binding(5) var<storage, read> weights: array<f32>;
@group(0) @binding(6) var<storage, read_write> count: array<u32>;
@group(0) @binding(7) var<storage, read_write> moving: array<f32>;
@group(0) @binding(8) var<storage, read_write> work: array<f32>;

fn group_index(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
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

// e^60: sums of exponentials above it are scaled down
const LARGEST_EXPONENT = 60.0;

// exponential - scale for exponential = scale e^x
fn less_scale(exponential: f32, x: f32, scale: f32) -> f32 {
  return select(exponential - scale, scale * (x + small_exp_minus_one_minus(x)), abs(x) < 0.5);
}



// puts entry i of [W; H], as it stands, where the products read it, in both directions
fn place(i: u32) {
  let value = base_high[i] + (base_low[i] + moving[i]);
  let row = i / params.columns;
  let column = i % params.columns;
  let w_length = params.padded_words * params.columns;
  if (row < params.padded_words) {
    work[i] = value;
    work[w_length + column * params.padded_words + row] = value;
  } else {
    let h_first = 2u * w_length;
    work[h_first + i - w_length] = value;
    work[h_first + params.stride * params.columns + column * params.stride + row - params.padded_words] = value;
  }
}

// of [W; H]
fn value_of(i: u32) -> f32 {
  let w_length = params.padded_words * params.columns;
  return work[select(i + w_length, i, i < w_length)];
}

// where the gradient of entry i is, that of H being transposed
fn gradient_place(i: u32) -> u32 {
  let w_length = params.padded_words * params.columns;
  let j = i / params.columns - params.padded_words;
  return select(w_length + (i % params.columns) * params.stride + j, i, i < w_length);
}

@compute @workgroup_size(4)
fn factor_descent_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (group_index(group, groups) > 0u) {
    return;
  }
  let h_begin = params.padded_words * params.columns;
  let length = h_begin + params.stride * params.columns;
  let part = length;
  let moved_first = 0u;
  let gradient_first = length;
  let w_t_first = h_begin;
  let h_first = 2u * h_begin;
  let h_t_first = h_first + params.stride * params.columns;
  let logits_first = 2u * length;
  for (var i = lane; i < length; i += 4u) {
    place(i);
  }
  let taken = count[0];
  for (var k = 0u; k < params.steps; k++) {
    // the factors are written by other threads than read them
    storageBarrier();

    {
    let quads_across = (params.stride / 4u + 3u) / 4u;
    let tiles = quads_across * 2u;
    for (var round = 0u; round < (tiles + 0u) / 1u; round++) {
      let tile = round * 1u + lane / 4u;
      let first_row = min(tile / quads_across, 1u) * 5u;
      let first_column = (tile % quads_across) * 16u + lane % 4u;
      let row_0 = 0u + (first_row + 0u) * params.columns + lane % 4u;
      let row_1 = 0u + (first_row + 1u) * params.columns + lane % 4u;
      let row_2 = 0u + (first_row + 2u) * params.columns + lane % 4u;
      let row_3 = 0u + (first_row + 3u) * params.columns + lane % 4u;
      let row_4 = 0u + (first_row + 4u) * params.columns + lane % 4u;
      let column_0 = h_t_first + min(first_column + 0u, params.stride - 1u);
      let column_1 = h_t_first + min(first_column + 4u, params.stride - 1u);
      let column_2 = h_t_first + min(first_column + 8u, params.stride - 1u);
      let column_3 = h_t_first + min(first_column + 12u, params.stride - 1u);
      var sum_0_0 = 0.0;
      var sum_0_1 = 0.0;
      var sum_0_2 = 0.0;
      var sum_0_3 = 0.0;
      var sum_1_0 = 0.0;
      var sum_1_1 = 0.0;
      var sum_1_2 = 0.0;
      var sum_1_3 = 0.0;
      var sum_2_0 = 0.0;
      var sum_2_1 = 0.0;
      var sum_2_2 = 0.0;
      var sum_2_3 = 0.0;
      var sum_3_0 = 0.0;
      var sum_3_1 = 0.0;
      var sum_3_2 = 0.0;
      var sum_3_3 = 0.0;
      var sum_4_0 = 0.0;
      var sum_4_1 = 0.0;
      var sum_4_2 = 0.0;
      var sum_4_3 = 0.0;
      for (var i = 0u; i < params.columns; i += 4u) {
        let line_0 = (i + ((lane % 4u) ^ 0u)) * params.stride;
        let line_1 = (i + ((lane % 4u) ^ 1u)) * params.stride;
        let line_2 = (i + ((lane % 4u) ^ 2u)) * params.stride;
        let line_3 = (i + ((lane % 4u) ^ 3u)) * params.stride;
        let b_0_0 = work[line_0 + column_0];
        let b_1_0 = work[line_1 + column_0];
        let b_2_0 = work[line_2 + column_0];
        let b_3_0 = work[line_3 + column_0];
        let b_0_1 = work[line_0 + column_1];
        let b_1_1 = work[line_1 + column_1];
        let b_2_1 = work[line_2 + column_1];
        let b_3_1 = work[line_3 + column_1];
        let b_0_2 = work[line_0 + column_2];
        let b_1_2 = work[line_1 + column_2];
        let b_2_2 = work[line_2 + column_2];
        let b_3_2 = work[line_3 + column_2];
        let b_0_3 = work[line_0 + column_3];
        let b_1_3 = work[line_1 + column_3];
        let b_2_3 = work[line_2 + column_3];
        let b_3_3 = work[line_3 + column_3];
        let a_0_0 = work[row_0 + i];
        let a_0_1 = quadSwapX(a_0_0);
        let a_0_2 = quadSwapY(a_0_0);
        let a_0_3 = quadSwapDiagonal(a_0_0);
        sum_0_0 = fma(a_0_3, b_3_0, fma(a_0_2, b_2_0, fma(a_0_1, b_1_0, fma(a_0_0, b_0_0, sum_0_0))));
        sum_0_1 = fma(a_0_3, b_3_1, fma(a_0_2, b_2_1, fma(a_0_1, b_1_1, fma(a_0_0, b_0_1, sum_0_1))));
        sum_0_2 = fma(a_0_3, b_3_2, fma(a_0_2, b_2_2, fma(a_0_1, b_1_2, fma(a_0_0, b_0_2, sum_0_2))));
        sum_0_3 = fma(a_0_3, b_3_3, fma(a_0_2, b_2_3, fma(a_0_1, b_1_3, fma(a_0_0, b_0_3, sum_0_3))));
        let a_1_0 = work[row_1 + i];
        let a_1_1 = quadSwapX(a_1_0);
        let a_1_2 = quadSwapY(a_1_0);
        let a_1_3 = quadSwapDiagonal(a_1_0);
        sum_1_0 = fma(a_1_3, b_3_0, fma(a_1_2, b_2_0, fma(a_1_1, b_1_0, fma(a_1_0, b_0_0, sum_1_0))));
        sum_1_1 = fma(a_1_3, b_3_1, fma(a_1_2, b_2_1, fma(a_1_1, b_1_1, fma(a_1_0, b_0_1, sum_1_1))));
        sum_1_2 = fma(a_1_3, b_3_2, fma(a_1_2, b_2_2, fma(a_1_1, b_1_2, fma(a_1_0, b_0_2, sum_1_2))));
        sum_1_3 = fma(a_1_3, b_3_3, fma(a_1_2, b_2_3, fma(a_1_1, b_1_3, fma(a_1_0, b_0_3, sum_1_3))));
        let a_2_0 = work[row_2 + i];
        let a_2_1 = quadSwapX(a_2_0);
        let a_2_2 = quadSwapY(a_2_0);
        let a_2_3 = quadSwapDiagonal(a_2_0);
        sum_2_0 = fma(a_2_3, b_3_0, fma(a_2_2, b_2_0, fma(a_2_1, b_1_0, fma(a_2_0, b_0_0, sum_2_0))));
        sum_2_1 = fma(a_2_3, b_3_1, fma(a_2_2, b_2_1, fma(a_2_1, b_1_1, fma(a_2_0, b_0_1, sum_2_1))));
        sum_2_2 = fma(a_2_3, b_3_2, fma(a_2_2, b_2_2, fma(a_2_1, b_1_2, fma(a_2_0, b_0_2, sum_2_2))));
        sum_2_3 = fma(a_2_3, b_3_3, fma(a_2_2, b_2_3, fma(a_2_1, b_1_3, fma(a_2_0, b_0_3, sum_2_3))));
        let a_3_0 = work[row_3 + i];
        let a_3_1 = quadSwapX(a_3_0);
        let a_3_2 = quadSwapY(a_3_0);
        let a_3_3 = quadSwapDiagonal(a_3_0);
        sum_3_0 = fma(a_3_3, b_3_0, fma(a_3_2, b_2_0, fma(a_3_1, b_1_0, fma(a_3_0, b_0_0, sum_3_0))));
        sum_3_1 = fma(a_3_3, b_3_1, fma(a_3_2, b_2_1, fma(a_3_1, b_1_1, fma(a_3_0, b_0_1, sum_3_1))));
        sum_3_2 = fma(a_3_3, b_3_2, fma(a_3_2, b_2_2, fma(a_3_1, b_1_2, fma(a_3_0, b_0_2, sum_3_2))));
        sum_3_3 = fma(a_3_3, b_3_3, fma(a_3_2, b_2_3, fma(a_3_1, b_1_3, fma(a_3_0, b_0_3, sum_3_3))));
        let a_4_0 = work[row_4 + i];
        let a_4_1 = quadSwapX(a_4_0);
        let a_4_2 = quadSwapY(a_4_0);
        let a_4_3 = quadSwapDiagonal(a_4_0);
        sum_4_0 = fma(a_4_3, b_3_0, fma(a_4_2, b_2_0, fma(a_4_1, b_1_0, fma(a_4_0, b_0_0, sum_4_0))));
        sum_4_1 = fma(a_4_3, b_3_1, fma(a_4_2, b_2_1, fma(a_4_1, b_1_1, fma(a_4_0, b_0_1, sum_4_1))));
        sum_4_2 = fma(a_4_3, b_3_2, fma(a_4_2, b_2_2, fma(a_4_1, b_1_2, fma(a_4_0, b_0_2, sum_4_2))));
        sum_4_3 = fma(a_4_3, b_3_3, fma(a_4_2, b_2_3, fma(a_4_1, b_1_3, fma(a_4_0, b_0_3, sum_4_3))));
      }
      if (tile < tiles) {
        if (first_column + 0u < params.stride) {
          work[logits_first + (first_row + 0u) * params.stride + first_column + 0u] = sum_0_0;
          work[logits_first + (first_row + 1u) * params.stride + first_column + 0u] = sum_1_0;
          work[logits_first + (first_row + 2u) * params.stride + first_column + 0u] = sum_2_0;
          work[logits_first + (first_row + 3u) * params.stride + first_column + 0u] = sum_3_0;
          work[logits_first + (first_row + 4u) * params.stride + first_column + 0u] = sum_4_0;
        }
        if (first_column + 4u < params.stride) {
          work[logits_first + (first_row + 0u) * params.stride + first_column + 4u] = sum_0_1;
          work[logits_first + (first_row + 1u) * params.stride + first_column + 4u] = sum_1_1;
          work[logits_first + (first_row + 2u) * params.stride + first_column + 4u] = sum_2_1;
          work[logits_first + (first_row + 3u) * params.stride + first_column + 4u] = sum_3_1;
          work[logits_first + (first_row + 4u) * params.stride + first_column + 4u] = sum_4_1;
        }
        if (first_column + 8u < params.stride) {
          work[logits_first + (first_row + 0u) * params.stride + first_column + 8u] = sum_0_2;
          work[logits_first + (first_row + 1u) * params.stride + first_column + 8u] = sum_1_2;
          work[logits_first + (first_row + 2u) * params.stride + first_column + 8u] = sum_2_2;
          work[logits_first + (first_row + 3u) * params.stride + first_column + 8u] = sum_3_2;
          work[logits_first + (first_row + 4u) * params.stride + first_column + 8u] = sum_4_2;
        }
        if (first_column + 12u < params.stride) {
          work[logits_first + (first_row + 0u) * params.stride + first_column + 12u] = sum_0_3;
          work[logits_first + (first_row + 1u) * params.stride + first_column + 12u] = sum_1_3;
          work[logits_first + (first_row + 2u) * params.stride + first_column + 12u] = sum_2_3;
          work[logits_first + (first_row + 3u) * params.stride + first_column + 12u] = sum_3_3;
          work[logits_first + (first_row + 4u) * params.stride + first_column + 12u] = sum_4_3;
        }
      }
    }
    }

    // and so are the logits
    storageBarrier();
    for (var j = lane; j < params.contexts; j += 4u) {
      let weight = params.scale * weights[j];

      let x_0 = work[logits_first + 0u * params.stride + j] - log_probabilities[0u * params.stride + j];
      let x_1 = work[logits_first + 1u * params.stride + j] - log_probabilities[1u * params.stride + j];
      let x_2 = work[logits_first + 2u * params.stride + j] - log_probabilities[2u * params.stride + j];
      let x_3 = work[logits_first + 3u * params.stride + j] - log_probabilities[3u * params.stride + j];
      let x_4 = work[logits_first + 4u * params.stride + j] - log_probabilities[4u * params.stride + j];
      let x_5 = work[logits_first + 5u * params.stride + j] - log_probabilities[5u * params.stride + j];
      let x_6 = work[logits_first + 6u * params.stride + j] - log_probabilities[6u * params.stride + j];
      let x_7 = work[logits_first + 7u * params.stride + j] - log_probabilities[7u * params.stride + j];
      let x_8 = work[logits_first + 8u * params.stride + j] - log_probabilities[8u * params.stride + j];
      let x_9 = work[logits_first + 9u * params.stride + j] - log_probabilities[9u * params.stride + j];
      let p_0 = probabilities[0u * params.stride + j];
      let p_1 = probabilities[1u * params.stride + j];
      let p_2 = probabilities[2u * params.stride + j];
      let p_3 = probabilities[3u * params.stride + j];
      let p_4 = probabilities[4u * params.stride + j];
      let p_5 = probabilities[5u * params.stride + j];
      let p_6 = probabilities[6u * params.stride + j];
      let p_7 = probabilities[7u * params.stride + j];
      let p_8 = probabilities[8u * params.stride + j];
      let p_9 = probabilities[9u * params.stride + j];
      let mean = p_0 * x_0 + p_1 * x_1 + p_2 * x_2 + p_3 * x_3 + p_4 * x_4 + p_5 * x_5 + p_6 * x_6 + p_7 * x_7 + p_8 * x_8 + p_9 * x_9;
      let t_0 = x_0 - mean;
      let t_1 = x_1 - mean;
      let t_2 = x_2 - mean;
      let t_3 = x_3 - mean;
      let t_4 = x_4 - mean;
      let t_5 = x_5 - mean;
      let t_6 = x_6 - mean;
      let t_7 = x_7 - mean;
      let t_8 = x_8 - mean;
      let t_9 = x_9 - mean;
      let peak = max(max(max(max(max(max(max(max(max(t_0, t_1), t_2), t_3), t_4), t_5), t_6), t_7), t_8), t_9);
      let shift = max(peak - LARGEST_EXPONENT, 0.0);
      let scale = exp(-shift);
      let e_0 = exp(t_0 - shift);
      let e_1 = exp(t_1 - shift);
      let e_2 = exp(t_2 - shift);
      let e_3 = exp(t_3 - shift);
      let e_4 = exp(t_4 - shift);
      let e_5 = exp(t_5 - shift);
      let e_6 = exp(t_6 - shift);
      let e_7 = exp(t_7 - shift);
      let e_8 = exp(t_8 - shift);
      let e_9 = exp(t_9 - shift);
      let a_0 = less_scale(e_0, t_0, scale);
      let a_1 = less_scale(e_1, t_1, scale);
      let a_2 = less_scale(e_2, t_2, scale);
      let a_3 = less_scale(e_3, t_3, scale);
      let a_4 = less_scale(e_4, t_4, scale);
      let a_5 = less_scale(e_5, t_5, scale);
      let a_6 = less_scale(e_6, t_6, scale);
      let a_7 = less_scale(e_7, t_7, scale);
      let a_8 = less_scale(e_8, t_8, scale);
      let a_9 = less_scale(e_9, t_9, scale);
      let excess = p_0 * a_0 + p_1 * a_1 + p_2 * a_2 + p_3 * a_3 + p_4 * a_4 + p_5 * a_5 + p_6 * a_6 + p_7 * a_7 + p_8 * a_8 + p_9 * a_9;
      let off_sum = select(e_0, 0.0, p_0 > 0.0) + select(e_1, 0.0, p_1 > 0.0) + select(e_2, 0.0, p_2 > 0.0) + select(e_3, 0.0, p_3 > 0.0) + select(e_4, 0.0, p_4 > 0.0) + select(e_5, 0.0, p_5 > 0.0) + select(e_6, 0.0, p_6 > 0.0) + select(e_7, 0.0, p_7 > 0.0) + select(e_8, 0.0, p_8 > 0.0) + select(e_9, 0.0, p_9 > 0.0);
      let share = weight / (scale + excess + off_sum);
      work[logits_first + 0u * params.stride + j] = share * select(e_0, p_0 * (a_0 - excess - off_sum), p_0 > 0.0);
      work[logits_first + 1u * params.stride + j] = share * select(e_1, p_1 * (a_1 - excess - off_sum), p_1 > 0.0);
      work[logits_first + 2u * params.stride + j] = share * select(e_2, p_2 * (a_2 - excess - off_sum), p_2 > 0.0);
      work[logits_first + 3u * params.stride + j] = share * select(e_3, p_3 * (a_3 - excess - off_sum), p_3 > 0.0);
      work[logits_first + 4u * params.stride + j] = share * select(e_4, p_4 * (a_4 - excess - off_sum), p_4 > 0.0);
      work[logits_first + 5u * params.stride + j] = share * select(e_5, p_5 * (a_5 - excess - off_sum), p_5 > 0.0);
      work[logits_first + 6u * params.stride + j] = share * select(e_6, p_6 * (a_6 - excess - off_sum), p_6 > 0.0);
      work[logits_first + 7u * params.stride + j] = share * select(e_7, p_7 * (a_7 - excess - off_sum), p_7 > 0.0);
      work[logits_first + 8u * params.stride + j] = share * select(e_8, p_8 * (a_8 - excess - off_sum), p_8 > 0.0);
      work[logits_first + 9u * params.stride + j] = share * select(e_9, p_9 * (a_9 - excess - off_sum), p_9 > 0.0);

    }
    // and R
    storageBarrier();

    {
    let quads_across = (params.columns / 4u + 3u) / 4u;
    let tiles = quads_across * 2u;
    for (var round = 0u; round < (tiles + 0u) / 1u; round++) {
      let tile = round * 1u + lane / 4u;
      let first_row = min(tile / quads_across, 1u) * 5u;
      let first_column = (tile % quads_across) * 16u + lane % 4u;
      let row_0 = logits_first + (first_row + 0u) * params.stride + lane % 4u;
      let row_1 = logits_first + (first_row + 1u) * params.stride + lane % 4u;
      let row_2 = logits_first + (first_row + 2u) * params.stride + lane % 4u;
      let row_3 = logits_first + (first_row + 3u) * params.stride + lane % 4u;
      let row_4 = logits_first + (first_row + 4u) * params.stride + lane % 4u;
      let column_0 = h_first + min(first_column + 0u, params.columns - 1u);
      let column_1 = h_first + min(first_column + 4u, params.columns - 1u);
      let column_2 = h_first + min(first_column + 8u, params.columns - 1u);
      let column_3 = h_first + min(first_column + 12u, params.columns - 1u);
      var sum_0_0 = 0.0;
      var sum_0_1 = 0.0;
      var sum_0_2 = 0.0;
      var sum_0_3 = 0.0;
      var sum_1_0 = 0.0;
      var sum_1_1 = 0.0;
      var sum_1_2 = 0.0;
      var sum_1_3 = 0.0;
      var sum_2_0 = 0.0;
      var sum_2_1 = 0.0;
      var sum_2_2 = 0.0;
      var sum_2_3 = 0.0;
      var sum_3_0 = 0.0;
      var sum_3_1 = 0.0;
      var sum_3_2 = 0.0;
      var sum_3_3 = 0.0;
      var sum_4_0 = 0.0;
      var sum_4_1 = 0.0;
      var sum_4_2 = 0.0;
      var sum_4_3 = 0.0;
      for (var i = 0u; i < params.stride; i += 4u) {
        let line_0 = (i + ((lane % 4u) ^ 0u)) * params.columns;
        let line_1 = (i + ((lane % 4u) ^ 1u)) * params.columns;
        let line_2 = (i + ((lane % 4u) ^ 2u)) * params.columns;
        let line_3 = (i + ((lane % 4u) ^ 3u)) * params.columns;
        let b_0_0 = work[line_0 + column_0];
        let b_1_0 = work[line_1 + column_0];
        let b_2_0 = work[line_2 + column_0];
        let b_3_0 = work[line_3 + column_0];
        let b_0_1 = work[line_0 + column_1];
        let b_1_1 = work[line_1 + column_1];
        let b_2_1 = work[line_2 + column_1];
        let b_3_1 = work[line_3 + column_1];
        let b_0_2 = work[line_0 + column_2];
        let b_1_2 = work[line_1 + column_2];
        let b_2_2 = work[line_2 + column_2];
        let b_3_2 = work[line_3 + column_2];
        let b_0_3 = work[line_0 + column_3];
        let b_1_3 = work[line_1 + column_3];
        let b_2_3 = work[line_2 + column_3];
        let b_3_3 = work[line_3 + column_3];
        let a_0_0 = work[row_0 + i];
        let a_0_1 = quadSwapX(a_0_0);
        let a_0_2 = quadSwapY(a_0_0);
        let a_0_3 = quadSwapDiagonal(a_0_0);
        sum_0_0 = fma(a_0_3, b_3_0, fma(a_0_2, b_2_0, fma(a_0_1, b_1_0, fma(a_0_0, b_0_0, sum_0_0))));
        sum_0_1 = fma(a_0_3, b_3_1, fma(a_0_2, b_2_1, fma(a_0_1, b_1_1, fma(a_0_0, b_0_1, sum_0_1))));
        sum_0_2 = fma(a_0_3, b_3_2, fma(a_0_2, b_2_2, fma(a_0_1, b_1_2, fma(a_0_0, b_0_2, sum_0_2))));
        sum_0_3 = fma(a_0_3, b_3_3, fma(a_0_2, b_2_3, fma(a_0_1, b_1_3, fma(a_0_0, b_0_3, sum_0_3))));
        let a_1_0 = work[row_1 + i];
        let a_1_1 = quadSwapX(a_1_0);
        let a_1_2 = quadSwapY(a_1_0);
        let a_1_3 = quadSwapDiagonal(a_1_0);
        sum_1_0 = fma(a_1_3, b_3_0, fma(a_1_2, b_2_0, fma(a_1_1, b_1_0, fma(a_1_0, b_0_0, sum_1_0))));
        sum_1_1 = fma(a_1_3, b_3_1, fma(a_1_2, b_2_1, fma(a_1_1, b_1_1, fma(a_1_0, b_0_1, sum_1_1))));
        sum_1_2 = fma(a_1_3, b_3_2, fma(a_1_2, b_2_2, fma(a_1_1, b_1_2, fma(a_1_0, b_0_2, sum_1_2))));
        sum_1_3 = fma(a_1_3, b_3_3, fma(a_1_2, b_2_3, fma(a_1_1, b_1_3, fma(a_1_0, b_0_3, sum_1_3))));
        let a_2_0 = work[row_2 + i];
        let a_2_1 = quadSwapX(a_2_0);
        let a_2_2 = quadSwapY(a_2_0);
        let a_2_3 = quadSwapDiagonal(a_2_0);
        sum_2_0 = fma(a_2_3, b_3_0, fma(a_2_2, b_2_0, fma(a_2_1, b_1_0, fma(a_2_0, b_0_0, sum_2_0))));
        sum_2_1 = fma(a_2_3, b_3_1, fma(a_2_2, b_2_1, fma(a_2_1, b_1_1, fma(a_2_0, b_0_1, sum_2_1))));
        sum_2_2 = fma(a_2_3, b_3_2, fma(a_2_2, b_2_2, fma(a_2_1, b_1_2, fma(a_2_0, b_0_2, sum_2_2))));
        sum_2_3 = fma(a_2_3, b_3_3, fma(a_2_2, b_2_3, fma(a_2_1, b_1_3, fma(a_2_0, b_0_3, sum_2_3))));
        let a_3_0 = work[row_3 + i];
        let a_3_1 = quadSwapX(a_3_0);
        let a_3_2 = quadSwapY(a_3_0);
        let a_3_3 = quadSwapDiagonal(a_3_0);
        sum_3_0 = fma(a_3_3, b_3_0, fma(a_3_2, b_2_0, fma(a_3_1, b_1_0, fma(a_3_0, b_0_0, sum_3_0))));
        sum_3_1 = fma(a_3_3, b_3_1, fma(a_3_2, b_2_1, fma(a_3_1, b_1_1, fma(a_3_0, b_0_1, sum_3_1))));
        sum_3_2 = fma(a_3_3, b_3_2, fma(a_3_2, b_2_2, fma(a_3_1, b_1_2, fma(a_3_0, b_0_2, sum_3_2))));
        sum_3_3 = fma(a_3_3, b_3_3, fma(a_3_2, b_2_3, fma(a_3_1, b_1_3, fma(a_3_0, b_0_3, sum_3_3))));
        let a_4_0 = work[row_4 + i];
        let a_4_1 = quadSwapX(a_4_0);
        let a_4_2 = quadSwapY(a_4_0);
        let a_4_3 = quadSwapDiagonal(a_4_0);
        sum_4_0 = fma(a_4_3, b_3_0, fma(a_4_2, b_2_0, fma(a_4_1, b_1_0, fma(a_4_0, b_0_0, sum_4_0))));
        sum_4_1 = fma(a_4_3, b_3_1, fma(a_4_2, b_2_1, fma(a_4_1, b_1_1, fma(a_4_0, b_0_1, sum_4_1))));
        sum_4_2 = fma(a_4_3, b_3_2, fma(a_4_2, b_2_2, fma(a_4_1, b_1_2, fma(a_4_0, b_0_2, sum_4_2))));
        sum_4_3 = fma(a_4_3, b_3_3, fma(a_4_2, b_2_3, fma(a_4_1, b_1_3, fma(a_4_0, b_0_3, sum_4_3))));
      }
      if (tile < tiles) {
        if (first_column + 0u < params.columns) {
          moving[gradient_first + (first_row + 0u) * params.columns + first_column + 0u] = sum_0_0;
          moving[gradient_first + (first_row + 1u) * params.columns + first_column + 0u] = sum_1_0;
          moving[gradient_first + (first_row + 2u) * params.columns + first_column + 0u] = sum_2_0;
          moving[gradient_first + (first_row + 3u) * params.columns + first_column + 0u] = sum_3_0;
          moving[gradient_first + (first_row + 4u) * params.columns + first_column + 0u] = sum_4_0;
        }
        if (first_column + 4u < params.columns) {
          moving[gradient_first + (first_row + 0u) * params.columns + first_column + 4u] = sum_0_1;
          moving[gradient_first + (first_row + 1u) * params.columns + first_column + 4u] = sum_1_1;
          moving[gradient_first + (first_row + 2u) * params.columns + first_column + 4u] = sum_2_1;
          moving[gradient_first + (first_row + 3u) * params.columns + first_column + 4u] = sum_3_1;
          moving[gradient_first + (first_row + 4u) * params.columns + first_column + 4u] = sum_4_1;
        }
        if (first_column + 8u < params.columns) {
          moving[gradient_first + (first_row + 0u) * params.columns + first_column + 8u] = sum_0_2;
          moving[gradient_first + (first_row + 1u) * params.columns + first_column + 8u] = sum_1_2;
          moving[gradient_first + (first_row + 2u) * params.columns + first_column + 8u] = sum_2_2;
          moving[gradient_first + (first_row + 3u) * params.columns + first_column + 8u] = sum_3_2;
          moving[gradient_first + (first_row + 4u) * params.columns + first_column + 8u] = sum_4_2;
        }
        if (first_column + 12u < params.columns) {
          moving[gradient_first + (first_row + 0u) * params.columns + first_column + 12u] = sum_0_3;
          moving[gradient_first + (first_row + 1u) * params.columns + first_column + 12u] = sum_1_3;
          moving[gradient_first + (first_row + 2u) * params.columns + first_column + 12u] = sum_2_3;
          moving[gradient_first + (first_row + 3u) * params.columns + first_column + 12u] = sum_3_3;
          moving[gradient_first + (first_row + 4u) * params.columns + first_column + 12u] = sum_4_3;
        }
      }
    }
    }


    {
    let quads_across = (params.stride / 4u + 3u) / 4u;
    let tiles = quads_across * 2u;
    for (var round = 0u; round < (tiles + 0u) / 1u; round++) {
      let tile = round * 1u + lane / 4u;
      let first_row = min(tile / quads_across, 1u) * 4u;
      let first_column = (tile % quads_across) * 16u + lane % 4u;
      let row_0 = w_t_first + (first_row + 0u) * params.padded_words + lane % 4u;
      let row_1 = w_t_first + (first_row + 1u) * params.padded_words + lane % 4u;
      let row_2 = w_t_first + (first_row + 2u) * params.padded_words + lane % 4u;
      let row_3 = w_t_first + (first_row + 3u) * params.padded_words + lane % 4u;
      let column_0 = logits_first + min(first_column + 0u, params.stride - 1u);
      let column_1 = logits_first + min(first_column + 4u, params.stride - 1u);
      let column_2 = logits_first + min(first_column + 8u, params.stride - 1u);
      let column_3 = logits_first + min(first_column + 12u, params.stride - 1u);
      var sum_0_0 = 0.0;
      var sum_0_1 = 0.0;
      var sum_0_2 = 0.0;
      var sum_0_3 = 0.0;
      var sum_1_0 = 0.0;
      var sum_1_1 = 0.0;
      var sum_1_2 = 0.0;
      var sum_1_3 = 0.0;
      var sum_2_0 = 0.0;
      var sum_2_1 = 0.0;
      var sum_2_2 = 0.0;
      var sum_2_3 = 0.0;
      var sum_3_0 = 0.0;
      var sum_3_1 = 0.0;
      var sum_3_2 = 0.0;
      var sum_3_3 = 0.0;
      for (var i = 0u; i < params.padded_words; i += 4u) {
        let line_0 = (i + ((lane % 4u) ^ 0u)) * params.stride;
        let line_1 = (i + ((lane % 4u) ^ 1u)) * params.stride;
        let line_2 = (i + ((lane % 4u) ^ 2u)) * params.stride;
        let line_3 = (i + ((lane % 4u) ^ 3u)) * params.stride;
        let b_0_0 = work[line_0 + column_0];
        let b_1_0 = work[line_1 + column_0];
        let b_2_0 = work[line_2 + column_0];
        let b_3_0 = work[line_3 + column_0];
        let b_0_1 = work[line_0 + column_1];
        let b_1_1 = work[line_1 + column_1];
        let b_2_1 = work[line_2 + column_1];
        let b_3_1 = work[line_3 + column_1];
        let b_0_2 = work[line_0 + column_2];
        let b_1_2 = work[line_1 + column_2];
        let b_2_2 = work[line_2 + column_2];
        let b_3_2 = work[line_3 + column_2];
        let b_0_3 = work[line_0 + column_3];
        let b_1_3 = work[line_1 + column_3];
        let b_2_3 = work[line_2 + column_3];
        let b_3_3 = work[line_3 + column_3];
        let a_0_0 = work[row_0 + i];
        let a_0_1 = quadSwapX(a_0_0);
        let a_0_2 = quadSwapY(a_0_0);
        let a_0_3 = quadSwapDiagonal(a_0_0);
        sum_0_0 = fma(a_0_3, b_3_0, fma(a_0_2, b_2_0, fma(a_0_1, b_1_0, fma(a_0_0, b_0_0, sum_0_0))));
        sum_0_1 = fma(a_0_3, b_3_1, fma(a_0_2, b_2_1, fma(a_0_1, b_1_1, fma(a_0_0, b_0_1, sum_0_1))));
        sum_0_2 = fma(a_0_3, b_3_2, fma(a_0_2, b_2_2, fma(a_0_1, b_1_2, fma(a_0_0, b_0_2, sum_0_2))));
        sum_0_3 = fma(a_0_3, b_3_3, fma(a_0_2, b_2_3, fma(a_0_1, b_1_3, fma(a_0_0, b_0_3, sum_0_3))));
        let a_1_0 = work[row_1 + i];
        let a_1_1 = quadSwapX(a_1_0);
        let a_1_2 = quadSwapY(a_1_0);
        let a_1_3 = quadSwapDiagonal(a_1_0);
        sum_1_0 = fma(a_1_3, b_3_0, fma(a_1_2, b_2_0, fma(a_1_1, b_1_0, fma(a_1_0, b_0_0, sum_1_0))));
        sum_1_1 = fma(a_1_3, b_3_1, fma(a_1_2, b_2_1, fma(a_1_1, b_1_1, fma(a_1_0, b_0_1, sum_1_1))));
        sum_1_2 = fma(a_1_3, b_3_2, fma(a_1_2, b_2_2, fma(a_1_1, b_1_2, fma(a_1_0, b_0_2, sum_1_2))));
        sum_1_3 = fma(a_1_3, b_3_3, fma(a_1_2, b_2_3, fma(a_1_1, b_1_3, fma(a_1_0, b_0_3, sum_1_3))));
        let a_2_0 = work[row_2 + i];
        let a_2_1 = quadSwapX(a_2_0);
        let a_2_2 = quadSwapY(a_2_0);
        let a_2_3 = quadSwapDiagonal(a_2_0);
        sum_2_0 = fma(a_2_3, b_3_0, fma(a_2_2, b_2_0, fma(a_2_1, b_1_0, fma(a_2_0, b_0_0, sum_2_0))));
        sum_2_1 = fma(a_2_3, b_3_1, fma(a_2_2, b_2_1, fma(a_2_1, b_1_1, fma(a_2_0, b_0_1, sum_2_1))));
        sum_2_2 = fma(a_2_3, b_3_2, fma(a_2_2, b_2_2, fma(a_2_1, b_1_2, fma(a_2_0, b_0_2, sum_2_2))));
        sum_2_3 = fma(a_2_3, b_3_3, fma(a_2_2, b_2_3, fma(a_2_1, b_1_3, fma(a_2_0, b_0_3, sum_2_3))));
        let a_3_0 = work[row_3 + i];
        let a_3_1 = quadSwapX(a_3_0);
        let a_3_2 = quadSwapY(a_3_0);
        let a_3_3 = quadSwapDiagonal(a_3_0);
        sum_3_0 = fma(a_3_3, b_3_0, fma(a_3_2, b_2_0, fma(a_3_1, b_1_0, fma(a_3_0, b_0_0, sum_3_0))));
        sum_3_1 = fma(a_3_3, b_3_1, fma(a_3_2, b_2_1, fma(a_3_1, b_1_1, fma(a_3_0, b_0_1, sum_3_1))));
        sum_3_2 = fma(a_3_3, b_3_2, fma(a_3_2, b_2_2, fma(a_3_1, b_1_2, fma(a_3_0, b_0_2, sum_3_2))));
        sum_3_3 = fma(a_3_3, b_3_3, fma(a_3_2, b_2_3, fma(a_3_1, b_1_3, fma(a_3_0, b_0_3, sum_3_3))));
      }
      if (tile < tiles) {
        if (first_column + 0u < params.stride) {
          moving[gradient_first + h_begin + (first_row + 0u) * params.stride + first_column + 0u] = sum_0_0;
          moving[gradient_first + h_begin + (first_row + 1u) * params.stride + first_column + 0u] = sum_1_0;
          moving[gradient_first + h_begin + (first_row + 2u) * params.stride + first_column + 0u] = sum_2_0;
          moving[gradient_first + h_begin + (first_row + 3u) * params.stride + first_column + 0u] = sum_3_0;
        }
        if (first_column + 4u < params.stride) {
          moving[gradient_first + h_begin + (first_row + 0u) * params.stride + first_column + 4u] = sum_0_1;
          moving[gradient_first + h_begin + (first_row + 1u) * params.stride + first_column + 4u] = sum_1_1;
          moving[gradient_first + h_begin + (first_row + 2u) * params.stride + first_column + 4u] = sum_2_1;
          moving[gradient_first + h_begin + (first_row + 3u) * params.stride + first_column + 4u] = sum_3_1;
        }
        if (first_column + 8u < params.stride) {
          moving[gradient_first + h_begin + (first_row + 0u) * params.stride + first_column + 8u] = sum_0_2;
          moving[gradient_first + h_begin + (first_row + 1u) * params.stride + first_column + 8u] = sum_1_2;
          moving[gradient_first + h_begin + (first_row + 2u) * params.stride + first_column + 8u] = sum_2_2;
          moving[gradient_first + h_begin + (first_row + 3u) * params.stride + first_column + 8u] = sum_3_2;
        }
        if (first_column + 12u < params.stride) {
          moving[gradient_first + h_begin + (first_row + 0u) * params.stride + first_column + 12u] = sum_0_3;
          moving[gradient_first + h_begin + (first_row + 1u) * params.stride + first_column + 12u] = sum_1_3;
          moving[gradient_first + h_begin + (first_row + 2u) * params.stride + first_column + 12u] = sum_2_3;
          moving[gradient_first + h_begin + (first_row + 3u) * params.stride + first_column + 12u] = sum_3_3;
        }
      }
    }
    }

    // and the gradient
    storageBarrier();
    let step_size = params.step_size / (sqrt(1.0 + params.slowing * f32(taken + k)) * (1.0 + params.falling * f32(taken + k)));

    let step_number = f32(taken + k + 1u);

    for (var i = lane; i < length; i += 4u) {
      let g = (moving[gradient_first + gradient_place(i)] + params.scale * params.ridge * value_of(i));

      moving[moved_first + i] -= step_size * (g / params.scale);

      moving[moved_first + i] -= step_size * params.beside * value_of(i);
      place(i);
    }

  }
  if (lane == 0u) {
    count[0] = taken + params.steps;
  }
}
