import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { REDUCE_LANES, sumLanes } from "./lib/reduce.wgsl.ts";

export const unitMatrixSource = (): string => wgsl`
// unit-matrix: a matrix divided by its Frobenius norm.
//
//   n = sum_i parts[i]
//   unit = matrix / sqrt(n),  0 where n < 2^-100: terms of so small a sum can have underflown, and the norm be larger than its root
//
// shapes    matrix, unit [length]; parts [terms], of the matrix's squared norm
// dispatch  one thread per value, 64 a workgroup, laid out on x then y
// order     each lane sums a stride of 64 of the parts ascending, then a fixed tree
// assumes   parts that are not negative
// mirror    src/reference/unit-matrix.ts

struct Params {
  length: u32,
  terms: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> matrix: array<f32>;
@group(0) @binding(2) var<storage, read> parts: array<f32>;
@group(0) @binding(3) var<storage, read_write> unit: array<f32>;
${groupIndex}${sumLanes}
@compute @workgroup_size(${REDUCE_LANES})
fn unit_matrix_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var sum = 0.0;
  for (var i = lane; i < params.terms; i += ${REDUCE_LANES}u) {
    sum += parts[i];
  }
  sum_lanes(lane, sum);
  // every lane needs what lane 0 has summed
  workgroupBarrier();
  let total = lane_sums[0];
  let i = group_index(group, groups) * ${REDUCE_LANES}u + lane;
  if (i >= params.length) {
    return;
  }
  unit[i] = select(0.0, matrix[i] / sqrt(total), total >= 0x1p-100);
}
`;
