import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const dualStepSource = (): string => wgsl`
// dual-step: a projected gradient step on the dual of the margin problem, each context by itself.
//
//   b          = y_j - (G_j + linear_j),   G_j the gradient of the quadratic part, at y
//   x+_j       = argmin { ||x - b|| : sum_v x_v = 0, x <= room_j } = min(b - tau, room_j), where tau makes the sum zero
//   overlap[j] = <y_j - x+_j, x+_j - x_j>
//
// The sum over v of min(b - tau, room) is concave, decreasing and piecewise linear in tau. Newton's method from any tau, here
// that of the step before, comes to the right of its root and then down to it; it is there when the free words stay the same.
//
// shapes    linear, room, y, x, moved (G, then x+ in its place) [words, stride], a context is a column; overlap, shift (tau)
//           [contexts]
// dispatch  one thread per context, 32 a workgroup, laid out on x then y: neighbours read neighbouring columns
// order     words ascending, one f32 sum each
// assumes   room is above all that occurs (1e30) for a word of every context's support; columns past the last context
//           stay as they are; a row that needs more than 64 passes is left with a sum below zero
// mirror    src/reference/dual-step.ts

struct Params {
  contexts: u32,
  words: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> linear: array<f32>;
@group(0) @binding(2) var<storage, read> room: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read_write> moved: array<f32>;
@group(0) @binding(6) var<storage, read_write> overlap: array<f32>;
@group(0) @binding(7) var<storage, read_write> shift: array<f32>;
${groupIndex}
const MOST_PASSES = 64u;

@compute @workgroup_size(32)
fn dual_step_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = group_index(group, groups) * 32u + lane;
  if (j >= params.contexts) {
    return;
  }
  var tau = shift[j];
  var sum = 0.0;
  var free = 0u;
  for (var v = 0u; v < params.words; v++) {
    let i = v * params.stride + j;
    let b = y[i] - (moved[i] + linear[i]);
    moved[i] = b;
    let is_free = b - tau < room[i];
    sum += select(room[i], b, is_free);
    free += select(0u, 1u, is_free);
  }
  for (var k = 0u; k < MOST_PASSES; k++) {
    // the free words' b - tau and the others' room add up to zero
    tau = sum / f32(free);
    sum = 0.0;
    var count = 0u;
    for (var v = 0u; v < params.words; v++) {
      let i = v * params.stride + j;
      let is_free = moved[i] - tau < room[i];
      sum += select(room[i], moved[i], is_free);
      count += select(0u, 1u, is_free);
    }
    if (count == free || (k > 0u && count > free)) {
      break;
    }
    free = count;
  }
  shift[j] = tau;
  var inner = 0.0;
  for (var v = 0u; v < params.words; v++) {
    let i = v * params.stride + j;
    let next = min(moved[i] - tau, room[i]);
    moved[i] = next;
    inner += (y[i] - next) * (next - x[i]);
  }
  overlap[j] = inner;
}
`;
