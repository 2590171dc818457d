// variant   {"words":10,"lanes":16,"columns":4,"quads":true}
enable subgroups;
// one-workgroup-ascent: iterations of the accelerated projected ascent on the dual of margin problems, a workgroup for each problem.
//
//   b   = y - (y K + linear),   K the Gram matrix of the contexts
//   x+  = argmin { ||x - b|| : sum_v x_v = 0, x <= room } for every context, as in dual-step
//   t, factor as in momentum from sum <y - x+, x+ - x>,   y <- x+ + factor (x+ - x),   x <- x+
//
// shapes    plan [1 + groups]: iterations, then the problem of each group; gram [problems, stride, stride]; linear, room, x, y
//           [groups, words, stride], a context is a column; state [groups, 2]: t, factor
// dispatch  one workgroup per problem that goes on, laid out on x then y; a lane has every (lanes)th context, with x, y, linear
//           and room in registers; only y is stored in each iteration, for the others to read
// order     products over contexts four at a time, within four as the quad shares them; words ascending; overlaps of a lane by
//           context, then lanes ascending
// assumes   words and contexts are those of the variant; gram is symmetric; what it and y hold past the last context is zero;
//           room as in dual-step; state[0] >= 1
// mirror    src/reference/one-workgroup-ascent.ts

struct Params {
  problems: u32,
  groups: u32,
  contexts: u32,
  words: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> plan: array<u32>;
@group(0) @binding(2) var<storage, read> gram: array<f32>;
@group(0) @binding(3) var<storage, read> linear: array<f32>;
@group(0) @binding(4) var<storage, read> room: array<f32>;
@group(0) @binding(5) var<storage, read_write> x: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<storage, read_write> state: array<f32>;

fn group_index(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

const MOST_PASSES = 64u;

var<workgroup> overlaps: array<f32, 16>;

@compute @workgroup_size(16)
fn one_workgroup_ascent_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) subgroup_lane: u32,
) {
  let index = group_index(group, groups);
  if (index >= params.groups) {
    return;
  }
  let iterations = plan[0];
  let stride = params.stride;
  let start = index * params.words * stride;
  let gram_start = plan[1u + index] * stride * stride;
  let quad = subgroup_lane & 3u;
  let is_there_0 = lane + 0u < params.contexts;
  let column_0 = min(lane + 0u, params.contexts - 1u);
  let is_there_1 = lane + 16u < params.contexts;
  let column_1 = min(lane + 16u, params.contexts - 1u);
  let is_there_2 = lane + 32u < params.contexts;
  let column_2 = min(lane + 32u, params.contexts - 1u);
  let is_there_3 = lane + 48u < params.contexts;
  let column_3 = min(lane + 48u, params.contexts - 1u);
  let linear_0_0 = linear[start + 0u * stride + column_0];
  let room_0_0 = room[start + 0u * stride + column_0];
  var x_0_0 = x[start + 0u * stride + column_0];
  var y_0_0 = y[start + 0u * stride + column_0];
  let linear_1_0 = linear[start + 1u * stride + column_0];
  let room_1_0 = room[start + 1u * stride + column_0];
  var x_1_0 = x[start + 1u * stride + column_0];
  var y_1_0 = y[start + 1u * stride + column_0];
  let linear_2_0 = linear[start + 2u * stride + column_0];
  let room_2_0 = room[start + 2u * stride + column_0];
  var x_2_0 = x[start + 2u * stride + column_0];
  var y_2_0 = y[start + 2u * stride + column_0];
  let linear_3_0 = linear[start + 3u * stride + column_0];
  let room_3_0 = room[start + 3u * stride + column_0];
  var x_3_0 = x[start + 3u * stride + column_0];
  var y_3_0 = y[start + 3u * stride + column_0];
  let linear_4_0 = linear[start + 4u * stride + column_0];
  let room_4_0 = room[start + 4u * stride + column_0];
  var x_4_0 = x[start + 4u * stride + column_0];
  var y_4_0 = y[start + 4u * stride + column_0];
  let linear_5_0 = linear[start + 5u * stride + column_0];
  let room_5_0 = room[start + 5u * stride + column_0];
  var x_5_0 = x[start + 5u * stride + column_0];
  var y_5_0 = y[start + 5u * stride + column_0];
  let linear_6_0 = linear[start + 6u * stride + column_0];
  let room_6_0 = room[start + 6u * stride + column_0];
  var x_6_0 = x[start + 6u * stride + column_0];
  var y_6_0 = y[start + 6u * stride + column_0];
  let linear_7_0 = linear[start + 7u * stride + column_0];
  let room_7_0 = room[start + 7u * stride + column_0];
  var x_7_0 = x[start + 7u * stride + column_0];
  var y_7_0 = y[start + 7u * stride + column_0];
  let linear_8_0 = linear[start + 8u * stride + column_0];
  let room_8_0 = room[start + 8u * stride + column_0];
  var x_8_0 = x[start + 8u * stride + column_0];
  var y_8_0 = y[start + 8u * stride + column_0];
  let linear_9_0 = linear[start + 9u * stride + column_0];
  let room_9_0 = room[start + 9u * stride + column_0];
  var x_9_0 = x[start + 9u * stride + column_0];
  var y_9_0 = y[start + 9u * stride + column_0];
  let linear_0_1 = linear[start + 0u * stride + column_1];
  let room_0_1 = room[start + 0u * stride + column_1];
  var x_0_1 = x[start + 0u * stride + column_1];
  var y_0_1 = y[start + 0u * stride + column_1];
  let linear_1_1 = linear[start + 1u * stride + column_1];
  let room_1_1 = room[start + 1u * stride + column_1];
  var x_1_1 = x[start + 1u * stride + column_1];
  var y_1_1 = y[start + 1u * stride + column_1];
  let linear_2_1 = linear[start + 2u * stride + column_1];
  let room_2_1 = room[start + 2u * stride + column_1];
  var x_2_1 = x[start + 2u * stride + column_1];
  var y_2_1 = y[start + 2u * stride + column_1];
  let linear_3_1 = linear[start + 3u * stride + column_1];
  let room_3_1 = room[start + 3u * stride + column_1];
  var x_3_1 = x[start + 3u * stride + column_1];
  var y_3_1 = y[start + 3u * stride + column_1];
  let linear_4_1 = linear[start + 4u * stride + column_1];
  let room_4_1 = room[start + 4u * stride + column_1];
  var x_4_1 = x[start + 4u * stride + column_1];
  var y_4_1 = y[start + 4u * stride + column_1];
  let linear_5_1 = linear[start + 5u * stride + column_1];
  let room_5_1 = room[start + 5u * stride + column_1];
  var x_5_1 = x[start + 5u * stride + column_1];
  var y_5_1 = y[start + 5u * stride + column_1];
  let linear_6_1 = linear[start + 6u * stride + column_1];
  let room_6_1 = room[start + 6u * stride + column_1];
  var x_6_1 = x[start + 6u * stride + column_1];
  var y_6_1 = y[start + 6u * stride + column_1];
  let linear_7_1 = linear[start + 7u * stride + column_1];
  let room_7_1 = room[start + 7u * stride + column_1];
  var x_7_1 = x[start + 7u * stride + column_1];
  var y_7_1 = y[start + 7u * stride + column_1];
  let linear_8_1 = linear[start + 8u * stride + column_1];
  let room_8_1 = room[start + 8u * stride + column_1];
  var x_8_1 = x[start + 8u * stride + column_1];
  var y_8_1 = y[start + 8u * stride + column_1];
  let linear_9_1 = linear[start + 9u * stride + column_1];
  let room_9_1 = room[start + 9u * stride + column_1];
  var x_9_1 = x[start + 9u * stride + column_1];
  var y_9_1 = y[start + 9u * stride + column_1];
  let linear_0_2 = linear[start + 0u * stride + column_2];
  let room_0_2 = room[start + 0u * stride + column_2];
  var x_0_2 = x[start + 0u * stride + column_2];
  var y_0_2 = y[start + 0u * stride + column_2];
  let linear_1_2 = linear[start + 1u * stride + column_2];
  let room_1_2 = room[start + 1u * stride + column_2];
  var x_1_2 = x[start + 1u * stride + column_2];
  var y_1_2 = y[start + 1u * stride + column_2];
  let linear_2_2 = linear[start + 2u * stride + column_2];
  let room_2_2 = room[start + 2u * stride + column_2];
  var x_2_2 = x[start + 2u * stride + column_2];
  var y_2_2 = y[start + 2u * stride + column_2];
  let linear_3_2 = linear[start + 3u * stride + column_2];
  let room_3_2 = room[start + 3u * stride + column_2];
  var x_3_2 = x[start + 3u * stride + column_2];
  var y_3_2 = y[start + 3u * stride + column_2];
  let linear_4_2 = linear[start + 4u * stride + column_2];
  let room_4_2 = room[start + 4u * stride + column_2];
  var x_4_2 = x[start + 4u * stride + column_2];
  var y_4_2 = y[start + 4u * stride + column_2];
  let linear_5_2 = linear[start + 5u * stride + column_2];
  let room_5_2 = room[start + 5u * stride + column_2];
  var x_5_2 = x[start + 5u * stride + column_2];
  var y_5_2 = y[start + 5u * stride + column_2];
  let linear_6_2 = linear[start + 6u * stride + column_2];
  let room_6_2 = room[start + 6u * stride + column_2];
  var x_6_2 = x[start + 6u * stride + column_2];
  var y_6_2 = y[start + 6u * stride + column_2];
  let linear_7_2 = linear[start + 7u * stride + column_2];
  let room_7_2 = room[start + 7u * stride + column_2];
  var x_7_2 = x[start + 7u * stride + column_2];
  var y_7_2 = y[start + 7u * stride + column_2];
  let linear_8_2 = linear[start + 8u * stride + column_2];
  let room_8_2 = room[start + 8u * stride + column_2];
  var x_8_2 = x[start + 8u * stride + column_2];
  var y_8_2 = y[start + 8u * stride + column_2];
  let linear_9_2 = linear[start + 9u * stride + column_2];
  let room_9_2 = room[start + 9u * stride + column_2];
  var x_9_2 = x[start + 9u * stride + column_2];
  var y_9_2 = y[start + 9u * stride + column_2];
  let linear_0_3 = linear[start + 0u * stride + column_3];
  let room_0_3 = room[start + 0u * stride + column_3];
  var x_0_3 = x[start + 0u * stride + column_3];
  var y_0_3 = y[start + 0u * stride + column_3];
  let linear_1_3 = linear[start + 1u * stride + column_3];
  let room_1_3 = room[start + 1u * stride + column_3];
  var x_1_3 = x[start + 1u * stride + column_3];
  var y_1_3 = y[start + 1u * stride + column_3];
  let linear_2_3 = linear[start + 2u * stride + column_3];
  let room_2_3 = room[start + 2u * stride + column_3];
  var x_2_3 = x[start + 2u * stride + column_3];
  var y_2_3 = y[start + 2u * stride + column_3];
  let linear_3_3 = linear[start + 3u * stride + column_3];
  let room_3_3 = room[start + 3u * stride + column_3];
  var x_3_3 = x[start + 3u * stride + column_3];
  var y_3_3 = y[start + 3u * stride + column_3];
  let linear_4_3 = linear[start + 4u * stride + column_3];
  let room_4_3 = room[start + 4u * stride + column_3];
  var x_4_3 = x[start + 4u * stride + column_3];
  var y_4_3 = y[start + 4u * stride + column_3];
  let linear_5_3 = linear[start + 5u * stride + column_3];
  let room_5_3 = room[start + 5u * stride + column_3];
  var x_5_3 = x[start + 5u * stride + column_3];
  var y_5_3 = y[start + 5u * stride + column_3];
  let linear_6_3 = linear[start + 6u * stride + column_3];
  let room_6_3 = room[start + 6u * stride + column_3];
  var x_6_3 = x[start + 6u * stride + column_3];
  var y_6_3 = y[start + 6u * stride + column_3];
  let linear_7_3 = linear[start + 7u * stride + column_3];
  let room_7_3 = room[start + 7u * stride + column_3];
  var x_7_3 = x[start + 7u * stride + column_3];
  var y_7_3 = y[start + 7u * stride + column_3];
  let linear_8_3 = linear[start + 8u * stride + column_3];
  let room_8_3 = room[start + 8u * stride + column_3];
  var x_8_3 = x[start + 8u * stride + column_3];
  var y_8_3 = y[start + 8u * stride + column_3];
  let linear_9_3 = linear[start + 9u * stride + column_3];
  let room_9_3 = room[start + 9u * stride + column_3];
  var x_9_3 = x[start + 9u * stride + column_3];
  var y_9_3 = y[start + 9u * stride + column_3];
  var t = state[2u * index];
  var factor = state[2u * index + 1u];
  for (var iteration = 0u; iteration < iterations; iteration++) {
    var sum_0_0 = 0.0;
    var sum_1_0 = 0.0;
    var sum_2_0 = 0.0;
    var sum_3_0 = 0.0;
    var sum_4_0 = 0.0;
    var sum_5_0 = 0.0;
    var sum_6_0 = 0.0;
    var sum_7_0 = 0.0;
    var sum_8_0 = 0.0;
    var sum_9_0 = 0.0;
    var sum_0_1 = 0.0;
    var sum_1_1 = 0.0;
    var sum_2_1 = 0.0;
    var sum_3_1 = 0.0;
    var sum_4_1 = 0.0;
    var sum_5_1 = 0.0;
    var sum_6_1 = 0.0;
    var sum_7_1 = 0.0;
    var sum_8_1 = 0.0;
    var sum_9_1 = 0.0;
    var sum_0_2 = 0.0;
    var sum_1_2 = 0.0;
    var sum_2_2 = 0.0;
    var sum_3_2 = 0.0;
    var sum_4_2 = 0.0;
    var sum_5_2 = 0.0;
    var sum_6_2 = 0.0;
    var sum_7_2 = 0.0;
    var sum_8_2 = 0.0;
    var sum_9_2 = 0.0;
    var sum_0_3 = 0.0;
    var sum_1_3 = 0.0;
    var sum_2_3 = 0.0;
    var sum_3_3 = 0.0;
    var sum_4_3 = 0.0;
    var sum_5_3 = 0.0;
    var sum_6_3 = 0.0;
    var sum_7_3 = 0.0;
    var sum_8_3 = 0.0;
    var sum_9_3 = 0.0;
    for (var k = 0u; k < stride; k += 4u) {
      let left_0 = y[start + 0u * stride + k + quad];
      let left_1 = y[start + 1u * stride + k + quad];
      let left_2 = y[start + 2u * stride + k + quad];
      let left_3 = y[start + 3u * stride + k + quad];
      let left_4 = y[start + 4u * stride + k + quad];
      let left_5 = y[start + 5u * stride + k + quad];
      let left_6 = y[start + 6u * stride + k + quad];
      let left_7 = y[start + 7u * stride + k + quad];
      let left_8 = y[start + 8u * stride + k + quad];
      let left_9 = y[start + 9u * stride + k + quad];
      let a_0_0 = (left_0);
      let a_0_1 = quadSwapX(left_0);
      let a_0_2 = quadSwapY(left_0);
      let a_0_3 = quadSwapDiagonal(left_0);
      let a_1_0 = (left_1);
      let a_1_1 = quadSwapX(left_1);
      let a_1_2 = quadSwapY(left_1);
      let a_1_3 = quadSwapDiagonal(left_1);
      let a_2_0 = (left_2);
      let a_2_1 = quadSwapX(left_2);
      let a_2_2 = quadSwapY(left_2);
      let a_2_3 = quadSwapDiagonal(left_2);
      let a_3_0 = (left_3);
      let a_3_1 = quadSwapX(left_3);
      let a_3_2 = quadSwapY(left_3);
      let a_3_3 = quadSwapDiagonal(left_3);
      let a_4_0 = (left_4);
      let a_4_1 = quadSwapX(left_4);
      let a_4_2 = quadSwapY(left_4);
      let a_4_3 = quadSwapDiagonal(left_4);
      let a_5_0 = (left_5);
      let a_5_1 = quadSwapX(left_5);
      let a_5_2 = quadSwapY(left_5);
      let a_5_3 = quadSwapDiagonal(left_5);
      let a_6_0 = (left_6);
      let a_6_1 = quadSwapX(left_6);
      let a_6_2 = quadSwapY(left_6);
      let a_6_3 = quadSwapDiagonal(left_6);
      let a_7_0 = (left_7);
      let a_7_1 = quadSwapX(left_7);
      let a_7_2 = quadSwapY(left_7);
      let a_7_3 = quadSwapDiagonal(left_7);
      let a_8_0 = (left_8);
      let a_8_1 = quadSwapX(left_8);
      let a_8_2 = quadSwapY(left_8);
      let a_8_3 = quadSwapDiagonal(left_8);
      let a_9_0 = (left_9);
      let a_9_1 = quadSwapX(left_9);
      let a_9_2 = quadSwapY(left_9);
      let a_9_3 = quadSwapDiagonal(left_9);
      let row_0 = gram_start + (k + (quad ^ 0u)) * stride;
      let row_1 = gram_start + (k + (quad ^ 1u)) * stride;
      let row_2 = gram_start + (k + (quad ^ 2u)) * stride;
      let row_3 = gram_start + (k + (quad ^ 3u)) * stride;
      let right_0_0 = gram[row_0 + column_0];
      let right_0_1 = gram[row_1 + column_0];
      let right_0_2 = gram[row_2 + column_0];
      let right_0_3 = gram[row_3 + column_0];
      sum_0_0 = fma(a_0_3, right_0_3, fma(a_0_2, right_0_2, fma(a_0_1, right_0_1, fma(a_0_0, right_0_0, sum_0_0))));
      sum_1_0 = fma(a_1_3, right_0_3, fma(a_1_2, right_0_2, fma(a_1_1, right_0_1, fma(a_1_0, right_0_0, sum_1_0))));
      sum_2_0 = fma(a_2_3, right_0_3, fma(a_2_2, right_0_2, fma(a_2_1, right_0_1, fma(a_2_0, right_0_0, sum_2_0))));
      sum_3_0 = fma(a_3_3, right_0_3, fma(a_3_2, right_0_2, fma(a_3_1, right_0_1, fma(a_3_0, right_0_0, sum_3_0))));
      sum_4_0 = fma(a_4_3, right_0_3, fma(a_4_2, right_0_2, fma(a_4_1, right_0_1, fma(a_4_0, right_0_0, sum_4_0))));
      sum_5_0 = fma(a_5_3, right_0_3, fma(a_5_2, right_0_2, fma(a_5_1, right_0_1, fma(a_5_0, right_0_0, sum_5_0))));
      sum_6_0 = fma(a_6_3, right_0_3, fma(a_6_2, right_0_2, fma(a_6_1, right_0_1, fma(a_6_0, right_0_0, sum_6_0))));
      sum_7_0 = fma(a_7_3, right_0_3, fma(a_7_2, right_0_2, fma(a_7_1, right_0_1, fma(a_7_0, right_0_0, sum_7_0))));
      sum_8_0 = fma(a_8_3, right_0_3, fma(a_8_2, right_0_2, fma(a_8_1, right_0_1, fma(a_8_0, right_0_0, sum_8_0))));
      sum_9_0 = fma(a_9_3, right_0_3, fma(a_9_2, right_0_2, fma(a_9_1, right_0_1, fma(a_9_0, right_0_0, sum_9_0))));
      let right_1_0 = gram[row_0 + column_1];
      let right_1_1 = gram[row_1 + column_1];
      let right_1_2 = gram[row_2 + column_1];
      let right_1_3 = gram[row_3 + column_1];
      sum_0_1 = fma(a_0_3, right_1_3, fma(a_0_2, right_1_2, fma(a_0_1, right_1_1, fma(a_0_0, right_1_0, sum_0_1))));
      sum_1_1 = fma(a_1_3, right_1_3, fma(a_1_2, right_1_2, fma(a_1_1, right_1_1, fma(a_1_0, right_1_0, sum_1_1))));
      sum_2_1 = fma(a_2_3, right_1_3, fma(a_2_2, right_1_2, fma(a_2_1, right_1_1, fma(a_2_0, right_1_0, sum_2_1))));
      sum_3_1 = fma(a_3_3, right_1_3, fma(a_3_2, right_1_2, fma(a_3_1, right_1_1, fma(a_3_0, right_1_0, sum_3_1))));
      sum_4_1 = fma(a_4_3, right_1_3, fma(a_4_2, right_1_2, fma(a_4_1, right_1_1, fma(a_4_0, right_1_0, sum_4_1))));
      sum_5_1 = fma(a_5_3, right_1_3, fma(a_5_2, right_1_2, fma(a_5_1, right_1_1, fma(a_5_0, right_1_0, sum_5_1))));
      sum_6_1 = fma(a_6_3, right_1_3, fma(a_6_2, right_1_2, fma(a_6_1, right_1_1, fma(a_6_0, right_1_0, sum_6_1))));
      sum_7_1 = fma(a_7_3, right_1_3, fma(a_7_2, right_1_2, fma(a_7_1, right_1_1, fma(a_7_0, right_1_0, sum_7_1))));
      sum_8_1 = fma(a_8_3, right_1_3, fma(a_8_2, right_1_2, fma(a_8_1, right_1_1, fma(a_8_0, right_1_0, sum_8_1))));
      sum_9_1 = fma(a_9_3, right_1_3, fma(a_9_2, right_1_2, fma(a_9_1, right_1_1, fma(a_9_0, right_1_0, sum_9_1))));
      let right_2_0 = gram[row_0 + column_2];
      let right_2_1 = gram[row_1 + column_2];
      let right_2_2 = gram[row_2 + column_2];
      let right_2_3 = gram[row_3 + column_2];
      sum_0_2 = fma(a_0_3, right_2_3, fma(a_0_2, right_2_2, fma(a_0_1, right_2_1, fma(a_0_0, right_2_0, sum_0_2))));
      sum_1_2 = fma(a_1_3, right_2_3, fma(a_1_2, right_2_2, fma(a_1_1, right_2_1, fma(a_1_0, right_2_0, sum_1_2))));
      sum_2_2 = fma(a_2_3, right_2_3, fma(a_2_2, right_2_2, fma(a_2_1, right_2_1, fma(a_2_0, right_2_0, sum_2_2))));
      sum_3_2 = fma(a_3_3, right_2_3, fma(a_3_2, right_2_2, fma(a_3_1, right_2_1, fma(a_3_0, right_2_0, sum_3_2))));
      sum_4_2 = fma(a_4_3, right_2_3, fma(a_4_2, right_2_2, fma(a_4_1, right_2_1, fma(a_4_0, right_2_0, sum_4_2))));
      sum_5_2 = fma(a_5_3, right_2_3, fma(a_5_2, right_2_2, fma(a_5_1, right_2_1, fma(a_5_0, right_2_0, sum_5_2))));
      sum_6_2 = fma(a_6_3, right_2_3, fma(a_6_2, right_2_2, fma(a_6_1, right_2_1, fma(a_6_0, right_2_0, sum_6_2))));
      sum_7_2 = fma(a_7_3, right_2_3, fma(a_7_2, right_2_2, fma(a_7_1, right_2_1, fma(a_7_0, right_2_0, sum_7_2))));
      sum_8_2 = fma(a_8_3, right_2_3, fma(a_8_2, right_2_2, fma(a_8_1, right_2_1, fma(a_8_0, right_2_0, sum_8_2))));
      sum_9_2 = fma(a_9_3, right_2_3, fma(a_9_2, right_2_2, fma(a_9_1, right_2_1, fma(a_9_0, right_2_0, sum_9_2))));
      let right_3_0 = gram[row_0 + column_3];
      let right_3_1 = gram[row_1 + column_3];
      let right_3_2 = gram[row_2 + column_3];
      let right_3_3 = gram[row_3 + column_3];
      sum_0_3 = fma(a_0_3, right_3_3, fma(a_0_2, right_3_2, fma(a_0_1, right_3_1, fma(a_0_0, right_3_0, sum_0_3))));
      sum_1_3 = fma(a_1_3, right_3_3, fma(a_1_2, right_3_2, fma(a_1_1, right_3_1, fma(a_1_0, right_3_0, sum_1_3))));
      sum_2_3 = fma(a_2_3, right_3_3, fma(a_2_2, right_3_2, fma(a_2_1, right_3_1, fma(a_2_0, right_3_0, sum_2_3))));
      sum_3_3 = fma(a_3_3, right_3_3, fma(a_3_2, right_3_2, fma(a_3_1, right_3_1, fma(a_3_0, right_3_0, sum_3_3))));
      sum_4_3 = fma(a_4_3, right_3_3, fma(a_4_2, right_3_2, fma(a_4_1, right_3_1, fma(a_4_0, right_3_0, sum_4_3))));
      sum_5_3 = fma(a_5_3, right_3_3, fma(a_5_2, right_3_2, fma(a_5_1, right_3_1, fma(a_5_0, right_3_0, sum_5_3))));
      sum_6_3 = fma(a_6_3, right_3_3, fma(a_6_2, right_3_2, fma(a_6_1, right_3_1, fma(a_6_0, right_3_0, sum_6_3))));
      sum_7_3 = fma(a_7_3, right_3_3, fma(a_7_2, right_3_2, fma(a_7_1, right_3_1, fma(a_7_0, right_3_0, sum_7_3))));
      sum_8_3 = fma(a_8_3, right_3_3, fma(a_8_2, right_3_2, fma(a_8_1, right_3_1, fma(a_8_0, right_3_0, sum_8_3))));
      sum_9_3 = fma(a_9_3, right_3_3, fma(a_9_2, right_3_2, fma(a_9_1, right_3_1, fma(a_9_0, right_3_0, sum_9_3))));
    }
    var overlap = 0.0;
    {
      let b_0 = y_0_0 - (sum_0_0 + linear_0_0);
      let b_1 = y_1_0 - (sum_1_0 + linear_1_0);
      let b_2 = y_2_0 - (sum_2_0 + linear_2_0);
      let b_3 = y_3_0 - (sum_3_0 + linear_3_0);
      let b_4 = y_4_0 - (sum_4_0 + linear_4_0);
      let b_5 = y_5_0 - (sum_5_0 + linear_5_0);
      let b_6 = y_6_0 - (sum_6_0 + linear_6_0);
      let b_7 = y_7_0 - (sum_7_0 + linear_7_0);
      let b_8 = y_8_0 - (sum_8_0 + linear_8_0);
      let b_9 = y_9_0 - (sum_9_0 + linear_9_0);
      var free = 10u;
      var tau = (b_0 + b_1 + b_2 + b_3 + b_4 + b_5 + b_6 + b_7 + b_8 + b_9) / 10.0;
      for (var step = 0u; step < MOST_PASSES; step++) {
        var total = 0.0;
        var count = 0u;
        let is_free_0 = b_0 - tau < room_0_0;
        total += select(room_0_0, b_0, is_free_0);
        count += select(0u, 1u, is_free_0);
        let is_free_1 = b_1 - tau < room_1_0;
        total += select(room_1_0, b_1, is_free_1);
        count += select(0u, 1u, is_free_1);
        let is_free_2 = b_2 - tau < room_2_0;
        total += select(room_2_0, b_2, is_free_2);
        count += select(0u, 1u, is_free_2);
        let is_free_3 = b_3 - tau < room_3_0;
        total += select(room_3_0, b_3, is_free_3);
        count += select(0u, 1u, is_free_3);
        let is_free_4 = b_4 - tau < room_4_0;
        total += select(room_4_0, b_4, is_free_4);
        count += select(0u, 1u, is_free_4);
        let is_free_5 = b_5 - tau < room_5_0;
        total += select(room_5_0, b_5, is_free_5);
        count += select(0u, 1u, is_free_5);
        let is_free_6 = b_6 - tau < room_6_0;
        total += select(room_6_0, b_6, is_free_6);
        count += select(0u, 1u, is_free_6);
        let is_free_7 = b_7 - tau < room_7_0;
        total += select(room_7_0, b_7, is_free_7);
        count += select(0u, 1u, is_free_7);
        let is_free_8 = b_8 - tau < room_8_0;
        total += select(room_8_0, b_8, is_free_8);
        count += select(0u, 1u, is_free_8);
        let is_free_9 = b_9 - tau < room_9_0;
        total += select(room_9_0, b_9, is_free_9);
        count += select(0u, 1u, is_free_9);
        if (count >= free) {
          break;
        }
        free = count;
        tau = total / f32(free);
      }
      var inner = 0.0;
      let next_0 = min(b_0 - tau, room_0_0);
      inner += (y_0_0 - next_0) * (next_0 - x_0_0);
      // until the factor is known y holds the step
      y_0_0 = next_0 - x_0_0;
      x_0_0 = next_0;
      let next_1 = min(b_1 - tau, room_1_0);
      inner += (y_1_0 - next_1) * (next_1 - x_1_0);
      // until the factor is known y holds the step
      y_1_0 = next_1 - x_1_0;
      x_1_0 = next_1;
      let next_2 = min(b_2 - tau, room_2_0);
      inner += (y_2_0 - next_2) * (next_2 - x_2_0);
      // until the factor is known y holds the step
      y_2_0 = next_2 - x_2_0;
      x_2_0 = next_2;
      let next_3 = min(b_3 - tau, room_3_0);
      inner += (y_3_0 - next_3) * (next_3 - x_3_0);
      // until the factor is known y holds the step
      y_3_0 = next_3 - x_3_0;
      x_3_0 = next_3;
      let next_4 = min(b_4 - tau, room_4_0);
      inner += (y_4_0 - next_4) * (next_4 - x_4_0);
      // until the factor is known y holds the step
      y_4_0 = next_4 - x_4_0;
      x_4_0 = next_4;
      let next_5 = min(b_5 - tau, room_5_0);
      inner += (y_5_0 - next_5) * (next_5 - x_5_0);
      // until the factor is known y holds the step
      y_5_0 = next_5 - x_5_0;
      x_5_0 = next_5;
      let next_6 = min(b_6 - tau, room_6_0);
      inner += (y_6_0 - next_6) * (next_6 - x_6_0);
      // until the factor is known y holds the step
      y_6_0 = next_6 - x_6_0;
      x_6_0 = next_6;
      let next_7 = min(b_7 - tau, room_7_0);
      inner += (y_7_0 - next_7) * (next_7 - x_7_0);
      // until the factor is known y holds the step
      y_7_0 = next_7 - x_7_0;
      x_7_0 = next_7;
      let next_8 = min(b_8 - tau, room_8_0);
      inner += (y_8_0 - next_8) * (next_8 - x_8_0);
      // until the factor is known y holds the step
      y_8_0 = next_8 - x_8_0;
      x_8_0 = next_8;
      let next_9 = min(b_9 - tau, room_9_0);
      inner += (y_9_0 - next_9) * (next_9 - x_9_0);
      // until the factor is known y holds the step
      y_9_0 = next_9 - x_9_0;
      x_9_0 = next_9;
      overlap += select(0.0, inner, is_there_0);
    }
    {
      let b_0 = y_0_1 - (sum_0_1 + linear_0_1);
      let b_1 = y_1_1 - (sum_1_1 + linear_1_1);
      let b_2 = y_2_1 - (sum_2_1 + linear_2_1);
      let b_3 = y_3_1 - (sum_3_1 + linear_3_1);
      let b_4 = y_4_1 - (sum_4_1 + linear_4_1);
      let b_5 = y_5_1 - (sum_5_1 + linear_5_1);
      let b_6 = y_6_1 - (sum_6_1 + linear_6_1);
      let b_7 = y_7_1 - (sum_7_1 + linear_7_1);
      let b_8 = y_8_1 - (sum_8_1 + linear_8_1);
      let b_9 = y_9_1 - (sum_9_1 + linear_9_1);
      var free = 10u;
      var tau = (b_0 + b_1 + b_2 + b_3 + b_4 + b_5 + b_6 + b_7 + b_8 + b_9) / 10.0;
      for (var step = 0u; step < MOST_PASSES; step++) {
        var total = 0.0;
        var count = 0u;
        let is_free_0 = b_0 - tau < room_0_1;
        total += select(room_0_1, b_0, is_free_0);
        count += select(0u, 1u, is_free_0);
        let is_free_1 = b_1 - tau < room_1_1;
        total += select(room_1_1, b_1, is_free_1);
        count += select(0u, 1u, is_free_1);
        let is_free_2 = b_2 - tau < room_2_1;
        total += select(room_2_1, b_2, is_free_2);
        count += select(0u, 1u, is_free_2);
        let is_free_3 = b_3 - tau < room_3_1;
        total += select(room_3_1, b_3, is_free_3);
        count += select(0u, 1u, is_free_3);
        let is_free_4 = b_4 - tau < room_4_1;
        total += select(room_4_1, b_4, is_free_4);
        count += select(0u, 1u, is_free_4);
        let is_free_5 = b_5 - tau < room_5_1;
        total += select(room_5_1, b_5, is_free_5);
        count += select(0u, 1u, is_free_5);
        let is_free_6 = b_6 - tau < room_6_1;
        total += select(room_6_1, b_6, is_free_6);
        count += select(0u, 1u, is_free_6);
        let is_free_7 = b_7 - tau < room_7_1;
        total += select(room_7_1, b_7, is_free_7);
        count += select(0u, 1u, is_free_7);
        let is_free_8 = b_8 - tau < room_8_1;
        total += select(room_8_1, b_8, is_free_8);
        count += select(0u, 1u, is_free_8);
        let is_free_9 = b_9 - tau < room_9_1;
        total += select(room_9_1, b_9, is_free_9);
        count += select(0u, 1u, is_free_9);
        if (count >= free) {
          break;
        }
        free = count;
        tau = total / f32(free);
      }
      var inner = 0.0;
      let next_0 = min(b_0 - tau, room_0_1);
      inner += (y_0_1 - next_0) * (next_0 - x_0_1);
      // until the factor is known y holds the step
      y_0_1 = next_0 - x_0_1;
      x_0_1 = next_0;
      let next_1 = min(b_1 - tau, room_1_1);
      inner += (y_1_1 - next_1) * (next_1 - x_1_1);
      // until the factor is known y holds the step
      y_1_1 = next_1 - x_1_1;
      x_1_1 = next_1;
      let next_2 = min(b_2 - tau, room_2_1);
      inner += (y_2_1 - next_2) * (next_2 - x_2_1);
      // until the factor is known y holds the step
      y_2_1 = next_2 - x_2_1;
      x_2_1 = next_2;
      let next_3 = min(b_3 - tau, room_3_1);
      inner += (y_3_1 - next_3) * (next_3 - x_3_1);
      // until the factor is known y holds the step
      y_3_1 = next_3 - x_3_1;
      x_3_1 = next_3;
      let next_4 = min(b_4 - tau, room_4_1);
      inner += (y_4_1 - next_4) * (next_4 - x_4_1);
      // until the factor is known y holds the step
      y_4_1 = next_4 - x_4_1;
      x_4_1 = next_4;
      let next_5 = min(b_5 - tau, room_5_1);
      inner += (y_5_1 - next_5) * (next_5 - x_5_1);
      // until the factor is known y holds the step
      y_5_1 = next_5 - x_5_1;
      x_5_1 = next_5;
      let next_6 = min(b_6 - tau, room_6_1);
      inner += (y_6_1 - next_6) * (next_6 - x_6_1);
      // until the factor is known y holds the step
      y_6_1 = next_6 - x_6_1;
      x_6_1 = next_6;
      let next_7 = min(b_7 - tau, room_7_1);
      inner += (y_7_1 - next_7) * (next_7 - x_7_1);
      // until the factor is known y holds the step
      y_7_1 = next_7 - x_7_1;
      x_7_1 = next_7;
      let next_8 = min(b_8 - tau, room_8_1);
      inner += (y_8_1 - next_8) * (next_8 - x_8_1);
      // until the factor is known y holds the step
      y_8_1 = next_8 - x_8_1;
      x_8_1 = next_8;
      let next_9 = min(b_9 - tau, room_9_1);
      inner += (y_9_1 - next_9) * (next_9 - x_9_1);
      // until the factor is known y holds the step
      y_9_1 = next_9 - x_9_1;
      x_9_1 = next_9;
      overlap += select(0.0, inner, is_there_1);
    }
    {
      let b_0 = y_0_2 - (sum_0_2 + linear_0_2);
      let b_1 = y_1_2 - (sum_1_2 + linear_1_2);
      let b_2 = y_2_2 - (sum_2_2 + linear_2_2);
      let b_3 = y_3_2 - (sum_3_2 + linear_3_2);
      let b_4 = y_4_2 - (sum_4_2 + linear_4_2);
      let b_5 = y_5_2 - (sum_5_2 + linear_5_2);
      let b_6 = y_6_2 - (sum_6_2 + linear_6_2);
      let b_7 = y_7_2 - (sum_7_2 + linear_7_2);
      let b_8 = y_8_2 - (sum_8_2 + linear_8_2);
      let b_9 = y_9_2 - (sum_9_2 + linear_9_2);
      var free = 10u;
      var tau = (b_0 + b_1 + b_2 + b_3 + b_4 + b_5 + b_6 + b_7 + b_8 + b_9) / 10.0;
      for (var step = 0u; step < MOST_PASSES; step++) {
        var total = 0.0;
        var count = 0u;
        let is_free_0 = b_0 - tau < room_0_2;
        total += select(room_0_2, b_0, is_free_0);
        count += select(0u, 1u, is_free_0);
        let is_free_1 = b_1 - tau < room_1_2;
        total += select(room_1_2, b_1, is_free_1);
        count += select(0u, 1u, is_free_1);
        let is_free_2 = b_2 - tau < room_2_2;
        total += select(room_2_2, b_2, is_free_2);
        count += select(0u, 1u, is_free_2);
        let is_free_3 = b_3 - tau < room_3_2;
        total += select(room_3_2, b_3, is_free_3);
        count += select(0u, 1u, is_free_3);
        let is_free_4 = b_4 - tau < room_4_2;
        total += select(room_4_2, b_4, is_free_4);
        count += select(0u, 1u, is_free_4);
        let is_free_5 = b_5 - tau < room_5_2;
        total += select(room_5_2, b_5, is_free_5);
        count += select(0u, 1u, is_free_5);
        let is_free_6 = b_6 - tau < room_6_2;
        total += select(room_6_2, b_6, is_free_6);
        count += select(0u, 1u, is_free_6);
        let is_free_7 = b_7 - tau < room_7_2;
        total += select(room_7_2, b_7, is_free_7);
        count += select(0u, 1u, is_free_7);
        let is_free_8 = b_8 - tau < room_8_2;
        total += select(room_8_2, b_8, is_free_8);
        count += select(0u, 1u, is_free_8);
        let is_free_9 = b_9 - tau < room_9_2;
        total += select(room_9_2, b_9, is_free_9);
        count += select(0u, 1u, is_free_9);
        if (count >= free) {
          break;
        }
        free = count;
        tau = total / f32(free);
      }
      var inner = 0.0;
      let next_0 = min(b_0 - tau, room_0_2);
      inner += (y_0_2 - next_0) * (next_0 - x_0_2);
      // until the factor is known y holds the step
      y_0_2 = next_0 - x_0_2;
      x_0_2 = next_0;
      let next_1 = min(b_1 - tau, room_1_2);
      inner += (y_1_2 - next_1) * (next_1 - x_1_2);
      // until the factor is known y holds the step
      y_1_2 = next_1 - x_1_2;
      x_1_2 = next_1;
      let next_2 = min(b_2 - tau, room_2_2);
      inner += (y_2_2 - next_2) * (next_2 - x_2_2);
      // until the factor is known y holds the step
      y_2_2 = next_2 - x_2_2;
      x_2_2 = next_2;
      let next_3 = min(b_3 - tau, room_3_2);
      inner += (y_3_2 - next_3) * (next_3 - x_3_2);
      // until the factor is known y holds the step
      y_3_2 = next_3 - x_3_2;
      x_3_2 = next_3;
      let next_4 = min(b_4 - tau, room_4_2);
      inner += (y_4_2 - next_4) * (next_4 - x_4_2);
      // until the factor is known y holds the step
      y_4_2 = next_4 - x_4_2;
      x_4_2 = next_4;
      let next_5 = min(b_5 - tau, room_5_2);
      inner += (y_5_2 - next_5) * (next_5 - x_5_2);
      // until the factor is known y holds the step
      y_5_2 = next_5 - x_5_2;
      x_5_2 = next_5;
      let next_6 = min(b_6 - tau, room_6_2);
      inner += (y_6_2 - next_6) * (next_6 - x_6_2);
      // until the factor is known y holds the step
      y_6_2 = next_6 - x_6_2;
      x_6_2 = next_6;
      let next_7 = min(b_7 - tau, room_7_2);
      inner += (y_7_2 - next_7) * (next_7 - x_7_2);
      // until the factor is known y holds the step
      y_7_2 = next_7 - x_7_2;
      x_7_2 = next_7;
      let next_8 = min(b_8 - tau, room_8_2);
      inner += (y_8_2 - next_8) * (next_8 - x_8_2);
      // until the factor is known y holds the step
      y_8_2 = next_8 - x_8_2;
      x_8_2 = next_8;
      let next_9 = min(b_9 - tau, room_9_2);
      inner += (y_9_2 - next_9) * (next_9 - x_9_2);
      // until the factor is known y holds the step
      y_9_2 = next_9 - x_9_2;
      x_9_2 = next_9;
      overlap += select(0.0, inner, is_there_2);
    }
    {
      let b_0 = y_0_3 - (sum_0_3 + linear_0_3);
      let b_1 = y_1_3 - (sum_1_3 + linear_1_3);
      let b_2 = y_2_3 - (sum_2_3 + linear_2_3);
      let b_3 = y_3_3 - (sum_3_3 + linear_3_3);
      let b_4 = y_4_3 - (sum_4_3 + linear_4_3);
      let b_5 = y_5_3 - (sum_5_3 + linear_5_3);
      let b_6 = y_6_3 - (sum_6_3 + linear_6_3);
      let b_7 = y_7_3 - (sum_7_3 + linear_7_3);
      let b_8 = y_8_3 - (sum_8_3 + linear_8_3);
      let b_9 = y_9_3 - (sum_9_3 + linear_9_3);
      var free = 10u;
      var tau = (b_0 + b_1 + b_2 + b_3 + b_4 + b_5 + b_6 + b_7 + b_8 + b_9) / 10.0;
      for (var step = 0u; step < MOST_PASSES; step++) {
        var total = 0.0;
        var count = 0u;
        let is_free_0 = b_0 - tau < room_0_3;
        total += select(room_0_3, b_0, is_free_0);
        count += select(0u, 1u, is_free_0);
        let is_free_1 = b_1 - tau < room_1_3;
        total += select(room_1_3, b_1, is_free_1);
        count += select(0u, 1u, is_free_1);
        let is_free_2 = b_2 - tau < room_2_3;
        total += select(room_2_3, b_2, is_free_2);
        count += select(0u, 1u, is_free_2);
        let is_free_3 = b_3 - tau < room_3_3;
        total += select(room_3_3, b_3, is_free_3);
        count += select(0u, 1u, is_free_3);
        let is_free_4 = b_4 - tau < room_4_3;
        total += select(room_4_3, b_4, is_free_4);
        count += select(0u, 1u, is_free_4);
        let is_free_5 = b_5 - tau < room_5_3;
        total += select(room_5_3, b_5, is_free_5);
        count += select(0u, 1u, is_free_5);
        let is_free_6 = b_6 - tau < room_6_3;
        total += select(room_6_3, b_6, is_free_6);
        count += select(0u, 1u, is_free_6);
        let is_free_7 = b_7 - tau < room_7_3;
        total += select(room_7_3, b_7, is_free_7);
        count += select(0u, 1u, is_free_7);
        let is_free_8 = b_8 - tau < room_8_3;
        total += select(room_8_3, b_8, is_free_8);
        count += select(0u, 1u, is_free_8);
        let is_free_9 = b_9 - tau < room_9_3;
        total += select(room_9_3, b_9, is_free_9);
        count += select(0u, 1u, is_free_9);
        if (count >= free) {
          break;
        }
        free = count;
        tau = total / f32(free);
      }
      var inner = 0.0;
      let next_0 = min(b_0 - tau, room_0_3);
      inner += (y_0_3 - next_0) * (next_0 - x_0_3);
      // until the factor is known y holds the step
      y_0_3 = next_0 - x_0_3;
      x_0_3 = next_0;
      let next_1 = min(b_1 - tau, room_1_3);
      inner += (y_1_3 - next_1) * (next_1 - x_1_3);
      // until the factor is known y holds the step
      y_1_3 = next_1 - x_1_3;
      x_1_3 = next_1;
      let next_2 = min(b_2 - tau, room_2_3);
      inner += (y_2_3 - next_2) * (next_2 - x_2_3);
      // until the factor is known y holds the step
      y_2_3 = next_2 - x_2_3;
      x_2_3 = next_2;
      let next_3 = min(b_3 - tau, room_3_3);
      inner += (y_3_3 - next_3) * (next_3 - x_3_3);
      // until the factor is known y holds the step
      y_3_3 = next_3 - x_3_3;
      x_3_3 = next_3;
      let next_4 = min(b_4 - tau, room_4_3);
      inner += (y_4_3 - next_4) * (next_4 - x_4_3);
      // until the factor is known y holds the step
      y_4_3 = next_4 - x_4_3;
      x_4_3 = next_4;
      let next_5 = min(b_5 - tau, room_5_3);
      inner += (y_5_3 - next_5) * (next_5 - x_5_3);
      // until the factor is known y holds the step
      y_5_3 = next_5 - x_5_3;
      x_5_3 = next_5;
      let next_6 = min(b_6 - tau, room_6_3);
      inner += (y_6_3 - next_6) * (next_6 - x_6_3);
      // until the factor is known y holds the step
      y_6_3 = next_6 - x_6_3;
      x_6_3 = next_6;
      let next_7 = min(b_7 - tau, room_7_3);
      inner += (y_7_3 - next_7) * (next_7 - x_7_3);
      // until the factor is known y holds the step
      y_7_3 = next_7 - x_7_3;
      x_7_3 = next_7;
      let next_8 = min(b_8 - tau, room_8_3);
      inner += (y_8_3 - next_8) * (next_8 - x_8_3);
      // until the factor is known y holds the step
      y_8_3 = next_8 - x_8_3;
      x_8_3 = next_8;
      let next_9 = min(b_9 - tau, room_9_3);
      inner += (y_9_3 - next_9) * (next_9 - x_9_3);
      // until the factor is known y holds the step
      y_9_3 = next_9 - x_9_3;
      x_9_3 = next_9;
      overlap += select(0.0, inner, is_there_3);
    }
    overlaps[lane] = overlap;
    // every lane sums what all have found
    workgroupBarrier();
    var total = 0.0;
    for (var i = 0u; i < 16u; i++) {
      total += overlaps[i];
    }
    let next_t = 0.5 * (1.0 + sqrt(1.0 + 4.0 * t * t));
    factor = select((t - 1.0) / next_t, 0.0, total > 0.0);
    t = select(next_t, 1.0, total > 0.0);
    y_0_0 = x_0_0 + factor * y_0_0;
    y_1_0 = x_1_0 + factor * y_1_0;
    y_2_0 = x_2_0 + factor * y_2_0;
    y_3_0 = x_3_0 + factor * y_3_0;
    y_4_0 = x_4_0 + factor * y_4_0;
    y_5_0 = x_5_0 + factor * y_5_0;
    y_6_0 = x_6_0 + factor * y_6_0;
    y_7_0 = x_7_0 + factor * y_7_0;
    y_8_0 = x_8_0 + factor * y_8_0;
    y_9_0 = x_9_0 + factor * y_9_0;
    if (is_there_0) {
      y[start + 0u * stride + column_0] = y_0_0;
      y[start + 1u * stride + column_0] = y_1_0;
      y[start + 2u * stride + column_0] = y_2_0;
      y[start + 3u * stride + column_0] = y_3_0;
      y[start + 4u * stride + column_0] = y_4_0;
      y[start + 5u * stride + column_0] = y_5_0;
      y[start + 6u * stride + column_0] = y_6_0;
      y[start + 7u * stride + column_0] = y_7_0;
      y[start + 8u * stride + column_0] = y_8_0;
      y[start + 9u * stride + column_0] = y_9_0;
    }
    y_0_1 = x_0_1 + factor * y_0_1;
    y_1_1 = x_1_1 + factor * y_1_1;
    y_2_1 = x_2_1 + factor * y_2_1;
    y_3_1 = x_3_1 + factor * y_3_1;
    y_4_1 = x_4_1 + factor * y_4_1;
    y_5_1 = x_5_1 + factor * y_5_1;
    y_6_1 = x_6_1 + factor * y_6_1;
    y_7_1 = x_7_1 + factor * y_7_1;
    y_8_1 = x_8_1 + factor * y_8_1;
    y_9_1 = x_9_1 + factor * y_9_1;
    if (is_there_1) {
      y[start + 0u * stride + column_1] = y_0_1;
      y[start + 1u * stride + column_1] = y_1_1;
      y[start + 2u * stride + column_1] = y_2_1;
      y[start + 3u * stride + column_1] = y_3_1;
      y[start + 4u * stride + column_1] = y_4_1;
      y[start + 5u * stride + column_1] = y_5_1;
      y[start + 6u * stride + column_1] = y_6_1;
      y[start + 7u * stride + column_1] = y_7_1;
      y[start + 8u * stride + column_1] = y_8_1;
      y[start + 9u * stride + column_1] = y_9_1;
    }
    y_0_2 = x_0_2 + factor * y_0_2;
    y_1_2 = x_1_2 + factor * y_1_2;
    y_2_2 = x_2_2 + factor * y_2_2;
    y_3_2 = x_3_2 + factor * y_3_2;
    y_4_2 = x_4_2 + factor * y_4_2;
    y_5_2 = x_5_2 + factor * y_5_2;
    y_6_2 = x_6_2 + factor * y_6_2;
    y_7_2 = x_7_2 + factor * y_7_2;
    y_8_2 = x_8_2 + factor * y_8_2;
    y_9_2 = x_9_2 + factor * y_9_2;
    if (is_there_2) {
      y[start + 0u * stride + column_2] = y_0_2;
      y[start + 1u * stride + column_2] = y_1_2;
      y[start + 2u * stride + column_2] = y_2_2;
      y[start + 3u * stride + column_2] = y_3_2;
      y[start + 4u * stride + column_2] = y_4_2;
      y[start + 5u * stride + column_2] = y_5_2;
      y[start + 6u * stride + column_2] = y_6_2;
      y[start + 7u * stride + column_2] = y_7_2;
      y[start + 8u * stride + column_2] = y_8_2;
      y[start + 9u * stride + column_2] = y_9_2;
    }
    y_0_3 = x_0_3 + factor * y_0_3;
    y_1_3 = x_1_3 + factor * y_1_3;
    y_2_3 = x_2_3 + factor * y_2_3;
    y_3_3 = x_3_3 + factor * y_3_3;
    y_4_3 = x_4_3 + factor * y_4_3;
    y_5_3 = x_5_3 + factor * y_5_3;
    y_6_3 = x_6_3 + factor * y_6_3;
    y_7_3 = x_7_3 + factor * y_7_3;
    y_8_3 = x_8_3 + factor * y_8_3;
    y_9_3 = x_9_3 + factor * y_9_3;
    if (is_there_3) {
      y[start + 0u * stride + column_3] = y_0_3;
      y[start + 1u * stride + column_3] = y_1_3;
      y[start + 2u * stride + column_3] = y_2_3;
      y[start + 3u * stride + column_3] = y_3_3;
      y[start + 4u * stride + column_3] = y_4_3;
      y[start + 5u * stride + column_3] = y_5_3;
      y[start + 6u * stride + column_3] = y_6_3;
      y[start + 7u * stride + column_3] = y_7_3;
      y[start + 8u * stride + column_3] = y_8_3;
      y[start + 9u * stride + column_3] = y_9_3;
    }
    // the next product reads y of all lanes, the next sum writes overlaps again
    workgroupBarrier();
    storageBarrier();
  }
  if (is_there_0) {
    x[start + 0u * stride + column_0] = x_0_0;
    x[start + 1u * stride + column_0] = x_1_0;
    x[start + 2u * stride + column_0] = x_2_0;
    x[start + 3u * stride + column_0] = x_3_0;
    x[start + 4u * stride + column_0] = x_4_0;
    x[start + 5u * stride + column_0] = x_5_0;
    x[start + 6u * stride + column_0] = x_6_0;
    x[start + 7u * stride + column_0] = x_7_0;
    x[start + 8u * stride + column_0] = x_8_0;
    x[start + 9u * stride + column_0] = x_9_0;
  }
  if (is_there_1) {
    x[start + 0u * stride + column_1] = x_0_1;
    x[start + 1u * stride + column_1] = x_1_1;
    x[start + 2u * stride + column_1] = x_2_1;
    x[start + 3u * stride + column_1] = x_3_1;
    x[start + 4u * stride + column_1] = x_4_1;
    x[start + 5u * stride + column_1] = x_5_1;
    x[start + 6u * stride + column_1] = x_6_1;
    x[start + 7u * stride + column_1] = x_7_1;
    x[start + 8u * stride + column_1] = x_8_1;
    x[start + 9u * stride + column_1] = x_9_1;
  }
  if (is_there_2) {
    x[start + 0u * stride + column_2] = x_0_2;
    x[start + 1u * stride + column_2] = x_1_2;
    x[start + 2u * stride + column_2] = x_2_2;
    x[start + 3u * stride + column_2] = x_3_2;
    x[start + 4u * stride + column_2] = x_4_2;
    x[start + 5u * stride + column_2] = x_5_2;
    x[start + 6u * stride + column_2] = x_6_2;
    x[start + 7u * stride + column_2] = x_7_2;
    x[start + 8u * stride + column_2] = x_8_2;
    x[start + 9u * stride + column_2] = x_9_2;
  }
  if (is_there_3) {
    x[start + 0u * stride + column_3] = x_0_3;
    x[start + 1u * stride + column_3] = x_1_3;
    x[start + 2u * stride + column_3] = x_2_3;
    x[start + 3u * stride + column_3] = x_3_3;
    x[start + 4u * stride + column_3] = x_4_3;
    x[start + 5u * stride + column_3] = x_5_3;
    x[start + 6u * stride + column_3] = x_6_3;
    x[start + 7u * stride + column_3] = x_7_3;
    x[start + 8u * stride + column_3] = x_8_3;
    x[start + 9u * stride + column_3] = x_9_3;
  }
  if (lane == 0u) {
    state[2u * index] = t;
    state[2u * index + 1u] = factor;
  }
}
