import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const transposeSource = (): string => wgsl`
// transpose: the transpose of a matrix.
//
//   transposed[c, r] = matrix[r, c]
//
// shapes    matrix [4 rows4, 4 columns4], transposed [4 columns4, 4 rows4]
// dispatch  one thread per block of 4 x 4, 64 a workgroup, laid out on x then y: neighbours read neighbouring fours of a row. No workgroup
//           memory: on a processor that plays a GPU a barrier costs more than all the loads
// order     no sums
// assumes   nothing
// mirror    src/reference/transpose.ts

struct Params {
  rows4: u32,
  columns4: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> matrix: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> transposed: array<vec4f>;
${groupIndex}
@compute @workgroup_size(64)
fn transpose_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group_index(group, groups) * 64u + lane;
  if (block >= params.rows4 * params.columns4) {
    return;
  }
  let row4 = block / params.columns4;
  let column4 = block % params.columns4;
  let first = 4u * row4 * params.columns4 + column4;
  let a = matrix[first];
  let b = matrix[first + params.columns4];
  let c = matrix[first + 2u * params.columns4];
  let d = matrix[first + 3u * params.columns4];
  let start = 4u * column4 * params.rows4 + row4;
  transposed[start] = vec4f(a.x, b.x, c.x, d.x);
  transposed[start + params.rows4] = vec4f(a.y, b.y, c.y, d.y);
  transposed[start + 2u * params.rows4] = vec4f(a.z, b.z, c.z, d.z);
  transposed[start + 3u * params.rows4] = vec4f(a.w, b.w, c.w, d.w);
}
`;
