// variant   {"words":10,"lanes":4,"rows":5,"columns":4,"sharing":"quad","hasMomentum":true}


enable subgroups;

// coefficient-descent: many steps of gradient descent in one dispatch, on the coefficients of the embeddings alone.
//
//   X = C G,  G = H^T H                      what the steps so far have changed the logits by
//   R[v, j] = pi_j (q_v - p_v),              q_j the softmax of relative + X + log p on the support
//   C <- C - step_k R,                       step_k = step_size / (sqrt(1 + slowing k) (1 + falling k))
//   with momentum: U <- momentum U + R,  C <- C - step_k U
//
// and the decoder has moved by C H^T.
//
// shapes    gram G [stride, stride]; relative, probabilities p (0 off the supports), coefficients C, change X, direction U
//           [words, stride]; weights pi [contexts]; count [1]; one problem after another; stride is m rounded up to a multiple
//           of four
// dispatch  one workgroup per problem
// order     of X and R as in lib/one-workgroup-product and lib/one-workgroup-residual
// assumes   words is the variant's; columns past the last context are zeros in C and U and stay so
// mirror    src/reference/coefficient-descent.ts

struct Params {
  problems: u32,
  words: u32,
  contexts: u32,
  stride: u32,
  steps: u32,
  step_size: f32,
  slowing: f32,
  falling: f32,
  momentum: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gram: array<f32>;
@group(0) @binding(2) var<storage, read> relative: array<f32>;
@group(0) @binding(3) var<storage, read> probabilities: array<f32>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> count: array<u32>;
@group(0) @binding(6) var<storage, read_write> coefficients: array<f32>;
@group(0) @binding(7) var<storage, read_write> direction: array<f32>;
@group(0) @binding(8) var<storage, read_write> change: array<f32>;

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

fn step(i: u32, step_size: f32, residual: f32) {

  let turned = params.momentum * direction[i] + residual;
  direction[i] = turned;
  coefficients[i] -= step_size * turned;

}

@compute @workgroup_size(4)
fn coefficient_descent_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let problem = group_index(group, groups);
  if (problem >= params.problems) {
    return;
  }
  let first = problem * params.words * params.stride;
  let gram_first = problem * params.stride * params.stride;
  let taken = count[problem];
  for (var k = 0u; k < params.steps; k++) {

    {
    let quads_across = (params.stride / 4u + 3u) / 4u;
    let tiles = quads_across * 2u;
    for (var round = 0u; round < (tiles + 0u) / 1u; round++) {
      let tile = round * 1u + lane / 4u;
      let first_row = min(tile / quads_across, 1u) * 5u;
      let first_column = (tile % quads_across) * 16u + lane % 4u;
      let row_0 = first + (first_row + 0u) * params.stride + lane % 4u;
      let row_1 = first + (first_row + 1u) * params.stride + lane % 4u;
      let row_2 = first + (first_row + 2u) * params.stride + lane % 4u;
      let row_3 = first + (first_row + 3u) * params.stride + lane % 4u;
      let row_4 = first + (first_row + 4u) * params.stride + lane % 4u;
      let column_0 = gram_first + min(first_column + 0u, params.stride - 1u);
      let column_1 = gram_first + min(first_column + 4u, params.stride - 1u);
      let column_2 = gram_first + min(first_column + 8u, params.stride - 1u);
      let column_3 = gram_first + min(first_column + 12u, params.stride - 1u);
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
        let line_0 = (i + ((lane % 4u) ^ 0u)) * params.stride;
        let line_1 = (i + ((lane % 4u) ^ 1u)) * params.stride;
        let line_2 = (i + ((lane % 4u) ^ 2u)) * params.stride;
        let line_3 = (i + ((lane % 4u) ^ 3u)) * params.stride;
        let b_0_0 = gram[line_0 + column_0];
        let b_1_0 = gram[line_1 + column_0];
        let b_2_0 = gram[line_2 + column_0];
        let b_3_0 = gram[line_3 + column_0];
        let b_0_1 = gram[line_0 + column_1];
        let b_1_1 = gram[line_1 + column_1];
        let b_2_1 = gram[line_2 + column_1];
        let b_3_1 = gram[line_3 + column_1];
        let b_0_2 = gram[line_0 + column_2];
        let b_1_2 = gram[line_1 + column_2];
        let b_2_2 = gram[line_2 + column_2];
        let b_3_2 = gram[line_3 + column_2];
        let b_0_3 = gram[line_0 + column_3];
        let b_1_3 = gram[line_1 + column_3];
        let b_2_3 = gram[line_2 + column_3];
        let b_3_3 = gram[line_3 + column_3];
        let a_0_0 = coefficients[row_0 + i];
        let a_0_1 = quadSwapX(a_0_0);
        let a_0_2 = quadSwapY(a_0_0);
        let a_0_3 = quadSwapDiagonal(a_0_0);
        sum_0_0 = fma(a_0_3, b_3_0, fma(a_0_2, b_2_0, fma(a_0_1, b_1_0, fma(a_0_0, b_0_0, sum_0_0))));
        sum_0_1 = fma(a_0_3, b_3_1, fma(a_0_2, b_2_1, fma(a_0_1, b_1_1, fma(a_0_0, b_0_1, sum_0_1))));
        sum_0_2 = fma(a_0_3, b_3_2, fma(a_0_2, b_2_2, fma(a_0_1, b_1_2, fma(a_0_0, b_0_2, sum_0_2))));
        sum_0_3 = fma(a_0_3, b_3_3, fma(a_0_2, b_2_3, fma(a_0_1, b_1_3, fma(a_0_0, b_0_3, sum_0_3))));
        let a_1_0 = coefficients[row_1 + i];
        let a_1_1 = quadSwapX(a_1_0);
        let a_1_2 = quadSwapY(a_1_0);
        let a_1_3 = quadSwapDiagonal(a_1_0);
        sum_1_0 = fma(a_1_3, b_3_0, fma(a_1_2, b_2_0, fma(a_1_1, b_1_0, fma(a_1_0, b_0_0, sum_1_0))));
        sum_1_1 = fma(a_1_3, b_3_1, fma(a_1_2, b_2_1, fma(a_1_1, b_1_1, fma(a_1_0, b_0_1, sum_1_1))));
        sum_1_2 = fma(a_1_3, b_3_2, fma(a_1_2, b_2_2, fma(a_1_1, b_1_2, fma(a_1_0, b_0_2, sum_1_2))));
        sum_1_3 = fma(a_1_3, b_3_3, fma(a_1_2, b_2_3, fma(a_1_1, b_1_3, fma(a_1_0, b_0_3, sum_1_3))));
        let a_2_0 = coefficients[row_2 + i];
        let a_2_1 = quadSwapX(a_2_0);
        let a_2_2 = quadSwapY(a_2_0);
        let a_2_3 = quadSwapDiagonal(a_2_0);
        sum_2_0 = fma(a_2_3, b_3_0, fma(a_2_2, b_2_0, fma(a_2_1, b_1_0, fma(a_2_0, b_0_0, sum_2_0))));
        sum_2_1 = fma(a_2_3, b_3_1, fma(a_2_2, b_2_1, fma(a_2_1, b_1_1, fma(a_2_0, b_0_1, sum_2_1))));
        sum_2_2 = fma(a_2_3, b_3_2, fma(a_2_2, b_2_2, fma(a_2_1, b_1_2, fma(a_2_0, b_0_2, sum_2_2))));
        sum_2_3 = fma(a_2_3, b_3_3, fma(a_2_2, b_2_3, fma(a_2_1, b_1_3, fma(a_2_0, b_0_3, sum_2_3))));
        let a_3_0 = coefficients[row_3 + i];
        let a_3_1 = quadSwapX(a_3_0);
        let a_3_2 = quadSwapY(a_3_0);
        let a_3_3 = quadSwapDiagonal(a_3_0);
        sum_3_0 = fma(a_3_3, b_3_0, fma(a_3_2, b_2_0, fma(a_3_1, b_1_0, fma(a_3_0, b_0_0, sum_3_0))));
        sum_3_1 = fma(a_3_3, b_3_1, fma(a_3_2, b_2_1, fma(a_3_1, b_1_1, fma(a_3_0, b_0_1, sum_3_1))));
        sum_3_2 = fma(a_3_3, b_3_2, fma(a_3_2, b_2_2, fma(a_3_1, b_1_2, fma(a_3_0, b_0_2, sum_3_2))));
        sum_3_3 = fma(a_3_3, b_3_3, fma(a_3_2, b_2_3, fma(a_3_1, b_1_3, fma(a_3_0, b_0_3, sum_3_3))));
        let a_4_0 = coefficients[row_4 + i];
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
          change[first + (first_row + 0u) * params.stride + first_column + 0u] = sum_0_0;
          change[first + (first_row + 1u) * params.stride + first_column + 0u] = sum_1_0;
          change[first + (first_row + 2u) * params.stride + first_column + 0u] = sum_2_0;
          change[first + (first_row + 3u) * params.stride + first_column + 0u] = sum_3_0;
          change[first + (first_row + 4u) * params.stride + first_column + 0u] = sum_4_0;
        }
        if (first_column + 4u < params.stride) {
          change[first + (first_row + 0u) * params.stride + first_column + 4u] = sum_0_1;
          change[first + (first_row + 1u) * params.stride + first_column + 4u] = sum_1_1;
          change[first + (first_row + 2u) * params.stride + first_column + 4u] = sum_2_1;
          change[first + (first_row + 3u) * params.stride + first_column + 4u] = sum_3_1;
          change[first + (first_row + 4u) * params.stride + first_column + 4u] = sum_4_1;
        }
        if (first_column + 8u < params.stride) {
          change[first + (first_row + 0u) * params.stride + first_column + 8u] = sum_0_2;
          change[first + (first_row + 1u) * params.stride + first_column + 8u] = sum_1_2;
          change[first + (first_row + 2u) * params.stride + first_column + 8u] = sum_2_2;
          change[first + (first_row + 3u) * params.stride + first_column + 8u] = sum_3_2;
          change[first + (first_row + 4u) * params.stride + first_column + 8u] = sum_4_2;
        }
        if (first_column + 12u < params.stride) {
          change[first + (first_row + 0u) * params.stride + first_column + 12u] = sum_0_3;
          change[first + (first_row + 1u) * params.stride + first_column + 12u] = sum_1_3;
          change[first + (first_row + 2u) * params.stride + first_column + 12u] = sum_2_3;
          change[first + (first_row + 3u) * params.stride + first_column + 12u] = sum_3_3;
          change[first + (first_row + 4u) * params.stride + first_column + 12u] = sum_4_3;
        }
      }
    }
    }

    // the columns of X are written by other threads than read them
    storageBarrier();
    let step_size = params.step_size / (sqrt(1.0 + params.slowing * f32(taken + k)) * (1.0 + params.falling * f32(taken + k)));
    for (var j = lane; j < params.contexts; j += 4u) {
      let i = first + j;
      let weight = weights[problem * params.contexts + j];

      let x_0 = relative[i + 0u * params.stride] + change[i + 0u * params.stride];
      let x_1 = relative[i + 1u * params.stride] + change[i + 1u * params.stride];
      let x_2 = relative[i + 2u * params.stride] + change[i + 2u * params.stride];
      let x_3 = relative[i + 3u * params.stride] + change[i + 3u * params.stride];
      let x_4 = relative[i + 4u * params.stride] + change[i + 4u * params.stride];
      let x_5 = relative[i + 5u * params.stride] + change[i + 5u * params.stride];
      let x_6 = relative[i + 6u * params.stride] + change[i + 6u * params.stride];
      let x_7 = relative[i + 7u * params.stride] + change[i + 7u * params.stride];
      let x_8 = relative[i + 8u * params.stride] + change[i + 8u * params.stride];
      let x_9 = relative[i + 9u * params.stride] + change[i + 9u * params.stride];
      let p_0 = probabilities[i + 0u * params.stride];
      let p_1 = probabilities[i + 1u * params.stride];
      let p_2 = probabilities[i + 2u * params.stride];
      let p_3 = probabilities[i + 3u * params.stride];
      let p_4 = probabilities[i + 4u * params.stride];
      let p_5 = probabilities[i + 5u * params.stride];
      let p_6 = probabilities[i + 6u * params.stride];
      let p_7 = probabilities[i + 7u * params.stride];
      let p_8 = probabilities[i + 8u * params.stride];
      let p_9 = probabilities[i + 9u * params.stride];
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
      step(i + 0u * params.stride, step_size, share * select(e_0, p_0 * (a_0 - excess - off_sum), p_0 > 0.0));
      step(i + 1u * params.stride, step_size, share * select(e_1, p_1 * (a_1 - excess - off_sum), p_1 > 0.0));
      step(i + 2u * params.stride, step_size, share * select(e_2, p_2 * (a_2 - excess - off_sum), p_2 > 0.0));
      step(i + 3u * params.stride, step_size, share * select(e_3, p_3 * (a_3 - excess - off_sum), p_3 > 0.0));
      step(i + 4u * params.stride, step_size, share * select(e_4, p_4 * (a_4 - excess - off_sum), p_4 > 0.0));
      step(i + 5u * params.stride, step_size, share * select(e_5, p_5 * (a_5 - excess - off_sum), p_5 > 0.0));
      step(i + 6u * params.stride, step_size, share * select(e_6, p_6 * (a_6 - excess - off_sum), p_6 > 0.0));
      step(i + 7u * params.stride, step_size, share * select(e_7, p_7 * (a_7 - excess - off_sum), p_7 > 0.0));
      step(i + 8u * params.stride, step_size, share * select(e_8, p_8 * (a_8 - excess - off_sum), p_8 > 0.0));
      step(i + 9u * params.stride, step_size, share * select(e_9, p_9 * (a_9 - excess - off_sum), p_9 > 0.0));

    }
    // and so are those of C
    storageBarrier();
  }
  if (lane == 0u) {
    count[problem] = taken + params.steps;
  }
}
