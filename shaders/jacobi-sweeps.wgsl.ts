import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { JACOBI_BLOCK, JACOBI_LANES, jacobiBlocks } from "./lib/jacobi-blocks.wgsl.ts";

export const jacobiSweepsSource = (): string => wgsl`
// jacobi-sweeps: one-sided Jacobi rotations that make the rows of small matrices orthogonal, a workgroup for each matrix.
//
//   rows <- T rows, rotation <- T rotation, with T an orthogonal matrix of which there is one for every sweep
//
// With rotation = I at first, rows = rotation A throughout; orthogonal rows are Sigma U^T of A = rotation^T Sigma U^T: their lengths
// are the singular values. A sweep takes every two blocks of ${JACOBI_BLOCK} vectors once. The last one is that which finds no cosine
// between two vectors above the tolerance, and leaves all as it is.
//
// shapes    rows [matrices, order, 4 length4], rotation [matrices, order, order], cosines [matrices]: the largest |cos| that the
//           last sweep has met
// dispatch  one workgroup per matrix, laid out on x then y
// order     an entry of a Gram matrix: four f32 sums, each of every fourth term, ascending; rounds of pairs as pair_of has them
// assumes   order is a multiple of ${2 * JACOBI_BLOCK}, with rows of zeros to fill up; entries whose squares and their sums are in float32's range
// mirror    src/reference/jacobi-sweeps.ts

struct Params {
  matrices: u32,
  order: u32,
  length4: u32,
  sweeps: u32,
  tolerance: f32,
  floor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> rotation: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> cosines: array<f32>;
${groupIndex}${jacobiBlocks}
@compute @workgroup_size(${JACOBI_LANES})
fn jacobi_sweeps_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let matrix = group_index(group, groups);
  if (matrix >= params.matrices) {
    return;
  }
  let block_count = params.order / ${JACOBI_BLOCK}u;
  var largest = 0.0;
  for (var sweep = 0u; sweep < params.sweeps; sweep++) {
    largest = 0.0;
    for (var round = 0u; round < block_count - 1u; round++) {
      for (var slot = 0u; slot < block_count / 2u; slot++) {
        largest = max(largest, orthogonalise(matrix, pair_of(slot, round, block_count - 1u), lane));
        // the next two blocks are read as these were left, and the memory of the workgroup is written again
        storageBarrier();
        workgroupBarrier();
      }
    }
    if (largest <= params.tolerance) {
      break;
    }
  }
  if (lane == 0u) {
    cosines[matrix] = largest;
  }
}
`;
