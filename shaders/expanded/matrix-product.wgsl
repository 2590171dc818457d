// variant   {"sharing":"none","rows":4,"columns":4,"across":8,"down":8}

// matrix-product: a product of two matrices, the logits of every word in every context for one.
//
//   product[r, c] = sum_i left[r, i] right[i, c]   (with adds = 1: added to what it is)
//
// shapes    left [rows, inner], right [inner, columns], product [rows, columns]; inner and columns are multiples of four.
//           The logits L = W H^T are that of W [V, d] and H^T [d, m], d and m rounded up with zeros
// dispatch  one workgroup per block of the variant, laid out on x then y
// order     one f32 sum, i ascending; by quads: fours of i ascending, within a four q, q ^ 1, q ^ 2, q ^ 3
// assumes   rows >= 1
// mirror    src/reference/matrix-product.ts

struct Params {
  rows: u32,
  inner4: u32,
  columns4: u32,
  adds: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<vec4f>;
@group(0) @binding(2) var<storage, read> right: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> product: array<vec4f>;

fn group_index(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}


@compute @workgroup_size(8, 8)
fn matrix_product_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lane: vec3u,
) {
  let blocks_across = (params.columns4 + 7u) / 8u;
  let index = group_index(group, groups);
  let block_row = (index / blocks_across) * 32u;
  let block_column = (index % blocks_across) * 8u;
  let first_row = block_row + lane.y * 4u;
  let first_column = block_column + lane.x * 1u;
  // a thread without elements
  if (first_row >= params.rows || first_column >= params.columns4) {
    return;
  }
  var sum_0_0_x = 0.0;
  var sum_0_0_y = 0.0;
  var sum_0_0_z = 0.0;
  var sum_0_0_w = 0.0;
  var sum_1_0_x = 0.0;
  var sum_1_0_y = 0.0;
  var sum_1_0_z = 0.0;
  var sum_1_0_w = 0.0;
  var sum_2_0_x = 0.0;
  var sum_2_0_y = 0.0;
  var sum_2_0_z = 0.0;
  var sum_2_0_w = 0.0;
  var sum_3_0_x = 0.0;
  var sum_3_0_y = 0.0;
  var sum_3_0_z = 0.0;
  var sum_3_0_w = 0.0;
  let row_0 = min(first_row + 0u, params.rows - 1u) * params.inner4;
  let row_1 = min(first_row + 1u, params.rows - 1u) * params.inner4;
  let row_2 = min(first_row + 2u, params.rows - 1u) * params.inner4;
  let row_3 = min(first_row + 3u, params.rows - 1u) * params.inner4;
  let column_0 = min(first_column + 0u, params.columns4 - 1u);
  for (var k = 0u; k < params.inner4; k++) {
    let b_0_0 = right[(4u * k + 0u) * params.columns4 + column_0];
    let b_1_0 = right[(4u * k + 1u) * params.columns4 + column_0];
    let b_2_0 = right[(4u * k + 2u) * params.columns4 + column_0];
    let b_3_0 = right[(4u * k + 3u) * params.columns4 + column_0];
    let a_0 = left[row_0 + k];
    let a_0_0 = a_0.x;
    let a_0_1 = a_0.y;
    let a_0_2 = a_0.z;
    let a_0_3 = a_0.w;
    sum_0_0_x = fma(a_0_3, b_3_0.x, fma(a_0_2, b_2_0.x, fma(a_0_1, b_1_0.x, fma(a_0_0, b_0_0.x, sum_0_0_x))));
    sum_0_0_y = fma(a_0_3, b_3_0.y, fma(a_0_2, b_2_0.y, fma(a_0_1, b_1_0.y, fma(a_0_0, b_0_0.y, sum_0_0_y))));
    sum_0_0_z = fma(a_0_3, b_3_0.z, fma(a_0_2, b_2_0.z, fma(a_0_1, b_1_0.z, fma(a_0_0, b_0_0.z, sum_0_0_z))));
    sum_0_0_w = fma(a_0_3, b_3_0.w, fma(a_0_2, b_2_0.w, fma(a_0_1, b_1_0.w, fma(a_0_0, b_0_0.w, sum_0_0_w))));
    let a_1 = left[row_1 + k];
    let a_1_0 = a_1.x;
    let a_1_1 = a_1.y;
    let a_1_2 = a_1.z;
    let a_1_3 = a_1.w;
    sum_1_0_x = fma(a_1_3, b_3_0.x, fma(a_1_2, b_2_0.x, fma(a_1_1, b_1_0.x, fma(a_1_0, b_0_0.x, sum_1_0_x))));
    sum_1_0_y = fma(a_1_3, b_3_0.y, fma(a_1_2, b_2_0.y, fma(a_1_1, b_1_0.y, fma(a_1_0, b_0_0.y, sum_1_0_y))));
    sum_1_0_z = fma(a_1_3, b_3_0.z, fma(a_1_2, b_2_0.z, fma(a_1_1, b_1_0.z, fma(a_1_0, b_0_0.z, sum_1_0_z))));
    sum_1_0_w = fma(a_1_3, b_3_0.w, fma(a_1_2, b_2_0.w, fma(a_1_1, b_1_0.w, fma(a_1_0, b_0_0.w, sum_1_0_w))));
    let a_2 = left[row_2 + k];
    let a_2_0 = a_2.x;
    let a_2_1 = a_2.y;
    let a_2_2 = a_2.z;
    let a_2_3 = a_2.w;
    sum_2_0_x = fma(a_2_3, b_3_0.x, fma(a_2_2, b_2_0.x, fma(a_2_1, b_1_0.x, fma(a_2_0, b_0_0.x, sum_2_0_x))));
    sum_2_0_y = fma(a_2_3, b_3_0.y, fma(a_2_2, b_2_0.y, fma(a_2_1, b_1_0.y, fma(a_2_0, b_0_0.y, sum_2_0_y))));
    sum_2_0_z = fma(a_2_3, b_3_0.z, fma(a_2_2, b_2_0.z, fma(a_2_1, b_1_0.z, fma(a_2_0, b_0_0.z, sum_2_0_z))));
    sum_2_0_w = fma(a_2_3, b_3_0.w, fma(a_2_2, b_2_0.w, fma(a_2_1, b_1_0.w, fma(a_2_0, b_0_0.w, sum_2_0_w))));
    let a_3 = left[row_3 + k];
    let a_3_0 = a_3.x;
    let a_3_1 = a_3.y;
    let a_3_2 = a_3.z;
    let a_3_3 = a_3.w;
    sum_3_0_x = fma(a_3_3, b_3_0.x, fma(a_3_2, b_2_0.x, fma(a_3_1, b_1_0.x, fma(a_3_0, b_0_0.x, sum_3_0_x))));
    sum_3_0_y = fma(a_3_3, b_3_0.y, fma(a_3_2, b_2_0.y, fma(a_3_1, b_1_0.y, fma(a_3_0, b_0_0.y, sum_3_0_y))));
    sum_3_0_z = fma(a_3_3, b_3_0.z, fma(a_3_2, b_2_0.z, fma(a_3_1, b_1_0.z, fma(a_3_0, b_0_0.z, sum_3_0_z))));
    sum_3_0_w = fma(a_3_3, b_3_0.w, fma(a_3_2, b_2_0.w, fma(a_3_1, b_1_0.w, fma(a_3_0, b_0_0.w, sum_3_0_w))));
  }
  var sums = array<vec4f, 4>(
    vec4f(sum_0_0_x, sum_0_0_y, sum_0_0_z, sum_0_0_w),
    vec4f(sum_1_0_x, sum_1_0_y, sum_1_0_z, sum_1_0_w),
    vec4f(sum_2_0_x, sum_2_0_y, sum_2_0_z, sum_2_0_w),
    vec4f(sum_3_0_x, sum_3_0_y, sum_3_0_z, sum_3_0_w),
  );
  for (var i = 0u; i < 4u; i++) {
    let row = first_row + (i / 1u) * 1u;
    let column = first_column + (i % 1u) * 1u;
    if (row < params.rows && column < params.columns4) {
      let at = row * params.columns4 + column;
      product[at] = select(sums[i], product[at] + sums[i], params.adds == 1u);
    }
  }
}
