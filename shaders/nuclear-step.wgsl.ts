import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { groupIndex } from "./lib/group-index.wgsl.ts";

export const nuclearStepSource = (): string => wgsl`
// nuclear-step: the projection of an iteration on the nuclear margin, each context by itself.
//
//   z_j  = moved_j - u_j, what the iteration before has come to;  b_j = u_j - z_j - margins_j
//   y+_j = argmin { ||y - b|| : sum_v y_v = 0, y_v <= 0 off the support } = b - tau, and min(b - tau, 0) off the support
//   moved+_j = z_j + y+_j
//
// The sum over v of y is concave, decreasing and piecewise linear in tau. Newton's method from any tau, here that of the iteration
// before, comes to the right of its root and then down to it; it is there when the free words stay the same.
//
// shapes    margins, u, moved, y: word v of context j at v * word_stride + j * context_stride; shift (tau) [contexts]; margins is
//           0 on the supports and above 0 off them
// dispatch  one thread per context, 32 a workgroup, laid out on x then y: neighbours read neighbouring columns where
//           context_stride is 1
// order     words ascending, one f32 sum each
// assumes   every context has a support; words and contexts beyond stay as they are; a row that needs more than 64 passes is left
//           with a sum below zero
// mirror    src/reference/nuclear-step.ts

struct Params {
  contexts: u32,
  words: u32,
  context_stride: u32,
  word_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> margins: array<f32>;
@group(0) @binding(2) var<storage, read> u: array<f32>;
@group(0) @binding(3) var<storage, read_write> moved: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> shift: array<f32>;
${groupIndex}
const MOST_PASSES = 64u;

@compute @workgroup_size(32)
fn nuclear_step_main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = group_index(group, groups) * 32u + lane;
  if (j >= params.contexts) {
    return;
  }
  let start = j * params.context_stride;
  var tau = shift[j];
  var sum = 0.0;
  var free = 0u;
  for (var v = 0u; v < params.words; v++) {
    let i = start + v * params.word_stride;
    let b = u[i] - (moved[i] - u[i]) - margins[i];
    y[i] = b;
    let is_free = margins[i] == 0.0 || b < tau;
    sum += select(0.0, b, is_free);
    free += select(0u, 1u, is_free);
  }
  for (var k = 0u; k < MOST_PASSES; k++) {
    tau = sum / f32(free);
    sum = 0.0;
    var count = 0u;
    for (var v = 0u; v < params.words; v++) {
      let i = start + v * params.word_stride;
      let is_free = margins[i] == 0.0 || y[i] < tau;
      sum += select(0.0, y[i], is_free);
      count += select(0u, 1u, is_free);
    }
    if (count == free || (k > 0u && count > free)) {
      break;
    }
    free = count;
  }
  shift[j] = tau;
  for (var v = 0u; v < params.words; v++) {
    let i = start + v * params.word_stride;
    let next = select(min(y[i] - tau, 0.0), y[i] - tau, margins[i] == 0.0);
    y[i] = next;
    moved[i] = (moved[i] - u[i]) + next;
  }
}
`;
