import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** Threads of a reducing workgroup. */
export const REDUCE_LANES = 64;

/** `sum_lanes(lane, value)`: the sum over the workgroup in lane 0, by a fixed binary tree; called by all lanes or none. */
export const sumLanes: string = wgsl`
var<workgroup> lane_sums: array<f32, ${REDUCE_LANES}>;

fn sum_lanes(lane: u32, value: f32) -> f32 {
  lane_sums[lane] = value;
  for (var half = ${REDUCE_LANES / 2}u; half > 0u; half /= 2u) {
    // each level reads what the one before has written
    workgroupBarrier();
    if (lane < half) {
      lane_sums[lane] += lane_sums[lane + half];
    }
  }
  return lane_sums[0];
}
`;
