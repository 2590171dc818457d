import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";
import { JACOBI_BLOCK, JACOBI_LANES, jacobiBlocks } from "./lib/jacobi-blocks.wgsl.ts";

export const jacobiRoundSource = (): string => wgsl`
// jacobi-round: one round of a sweep of one-sided Jacobi rotations: every block of vectors meets one other.
//
//   rows <- T rows, rotation <- T rotation, with T an orthogonal matrix of a pair of blocks of ${JACOBI_BLOCK} vectors
//
// What it is for is said at jacobi-sweeps, which does all rounds of a small matrix in one dispatch.
//
// shapes    rows [matrices, order, 4 length4], rotation [matrices, order, order], cosines [matrices, order / ${JACOBI_BLOCK} - 1, order / ${2 * JACOBI_BLOCK}]:
//           the largest |cos| that a pair of blocks has met, by round
// dispatch  one workgroup per pair of blocks of each matrix, laid out on x then y
// order     as jacobi-sweeps
// assumes   as jacobi-sweeps; round < order / ${JACOBI_BLOCK} - 1
// mirror    src/reference/jacobi-round.ts

struct Params {
  matrices: u32,
  order: u32,
  length4: u32,
  round: u32,
  tolerance: f32,
  floor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> rows: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> rotation: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> cosines: array<f32>;
${groupIndex}${jacobiBlocks}
@compute @workgroup_size(${JACOBI_LANES})
fn jacobi_round_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let last = params.order / ${JACOBI_BLOCK}u - 1u;
  let pairs = (last + 1u) / 2u;
  let index = group_index(group, groups);
  if (index >= params.matrices * pairs) {
    return;
  }
  let matrix = index / pairs;
  let slot = index % pairs;
  let largest = orthogonalise(matrix, pair_of(slot, params.round, last), lane);
  if (lane == 0u) {
    cosines[(matrix * last + params.round) * pairs + slot] = largest;
  }
}
`;
